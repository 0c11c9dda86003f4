/**
 * Opens what was dropped as data: arrays (.npz, .npy), MNIST's IDX, pictures, or a table; loose, in folders or in a zip.
 * What it is, is told by content; names only choose between arrays and give pictures their class.
 */
import { throwIfCancelled, WhittleError } from '../lib/errors';
import type { ReportProgress } from '../lib/progress';
import { baseName, readBytes, type SourceFile } from '../lib/source-file';
import { isZip, openZip } from '../lib/zip';
import { arrayDataset } from './array-dataset';
import { readCsv } from './csv';
import { asDataErrors, dataError } from './data-error';
import type { Dataset } from './dataset';
import { gunzip, isGzip } from './gunzip';
import { isIdx, openIdx } from './idx';
import type { ImageDecoder } from './image-decoder';
import { imageDataset, type LazyFile } from './image-dataset';
import { imageFormatOf } from './image-header';
import { readLabels } from './labels';
import { isNpy, openNpy } from './npy';
import { openNpz, stemOf, type ArrayOpeners } from './npz';
import { selectArrays, type SelectedArrays } from './select-arrays';
import type { StoredArray } from './stored-array';

const HEAD_NBYTES = 16;
/** Files that systems leave in folders and archives. */
const strayNames = /(^|\/)(\.[^/]*|Thumbs\.db|desktop\.ini|__MACOSX\/.*)$/;
const imageNames = /\.(png|jpe?g|webp|bmp)$/i;
const tableNames = /\.(csv|tsv|txt)$/i;
const WHAT_IS_READ = 'Data are read from .npz, .npy, IDX, CSV, and pictures (PNG, JPEG, WebP, BMP) in folders or a zip.';

/** What was dropped, sorted by what it is. */
interface Found {
  readonly npz: SourceFile[];
  readonly npy: SourceFile[];
  readonly idx: SourceFile[];
  readonly images: LazyFile[];
  readonly tables: SourceFile[];
}

/** DataError: nothing that is read, damaged, or examples that cannot be told from labels. */
export async function openDataset(
  files: readonly SourceFile[],
  decodeImage: ImageDecoder,
  report: ReportProgress,
  signal?: AbortSignal,
): Promise<Dataset> {
  report({ stage: 'data', fraction: null });
  const found: Found = { npz: [], npy: [], idx: [], images: [], tables: [] };
  const entries = await listEntries(files);
  for (const [i, entry] of entries.entries()) {
    throwIfCancelled(signal);
    await sortEntry(entry, found);
    if (i % 256 === 0) report({ stage: 'data', fraction: i / entries.length, detail: entry.name });
  }
  const name = nameOf(files);
  refuseMixture(found);
  if (found.npz.length > 0) return fromArrays(found.npz[0]!.name, 'npz', await openNpz(onlyOne(found.npz)));
  if (found.npy.length > 0) return fromArrays(name, 'npy', new Map(found.npy.map((file) => [stemOf(file.name), () => openNpy(file)])));
  if (found.idx.length > 0) return fromIdx(name, await Promise.all(found.idx.map(openIdx)));
  if (found.images.length > 0) return imageDataset(name, found.images, decodeImage);
  if (found.tables.length > 0) {
    const table = onlyOne(found.tables);
    return arrayDataset({ name: baseName(table.name), kind: 'csv', ...(await readCsv(table)) });
  }
  const names = files.slice(0, 3).map((file) => baseName(file.name));
  throw new WhittleError('DataError', `No data were found in ${names.join(', ')}${files.length > 3 ? ', …' : ''}. ${WHAT_IS_READ}`);
}

/** Loose files, and the members of archives that are no .npz. */
async function listEntries(files: readonly SourceFile[]): Promise<LazyFile[]> {
  const entries: LazyFile[] = [];
  for (const file of files) {
    const zip = isZip(await readBytes(file, 0, HEAD_NBYTES)) ? await asDataErrors(() => openZip(file)) : undefined;
    const isArchive = zip && !zip.members.some((member) => member.name.endsWith('.npy') && !member.name.includes('/'));
    if (!isArchive) entries.push({ name: file.name, nbytes: file.blob.size, open: async () => file });
    else for (const { name, nbytes } of zip.members) entries.push({ name, nbytes, open: () => asDataErrors(() => zip.open(name)) });
  }
  return entries.filter((entry) => !strayNames.test(entry.name));
}

async function sortEntry(entry: LazyFile, found: Found): Promise<void> {
  // Thousands of pictures are not opened one by one only to look; the decoder has the last word.
  if (imageNames.test(entry.name)) {
    found.images.push(entry);
    return;
  }
  let file = await entry.open();
  let head = await readBytes(file, 0, HEAD_NBYTES);
  if (isGzip(head)) {
    file = await gunzip(file);
    head = await readBytes(file, 0, HEAD_NBYTES);
  }
  if (isNpy(head)) found.npy.push(file);
  else if (isZip(head)) found.npz.push(file);
  else if (isIdx(head)) found.idx.push(file);
  else if (imageFormatOf(head)) found.images.push(entry);
  else if (tableNames.test(file.name) && isText(head)) found.tables.push(file);
}

async function fromArrays(name: string, kind: 'npz' | 'npy', arrays: ArrayOpeners): Promise<Dataset> {
  const selected = selectArrays(name, [...arrays.keys()]);
  const names = selected.classNames === null ? null : await arrays.get(selected.classNames)!();
  const open = async (part: Pick<SelectedArrays, 'examples' | 'labels'>, training: Dataset['training']): Promise<Dataset> => {
    const examples = await arrays.get(part.examples)!();
    if (examples.dtype === 'text') throw dataError(examples.name, 'it holds texts, not numbers. Examples are numbers.');
    const labels = part.labels === null ? null : await readLabels(await arrays.get(part.labels)!(), examples.shape[0] ?? 0);
    const classNames = labels?.classNames ?? (names?.dtype === 'text' ? names.texts : null);
    return arrayDataset({ name: baseName(name), kind, examples, labels: labels && { ...labels, classNames }, training });
  };
  const { training } = selected;
  return open(selected, training && once(() => open(training, null)));
}

/** The result of the first call, for all. */
function once<T>(work: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined;
  return () => (result ??= work());
}

/** Labels have one axis, examples more. Of MNIST's four files the test set is taken, and the others are for training. */
async function fromIdx(name: string, arrays: readonly StoredArray[]): Promise<Dataset> {
  const rest = arrays.filter((array) => !/t10k|test/i.test(array.name));
  const isSplit = rest.length > 0 && rest.length < arrays.length;
  return fromIdxPair(name, arrays, isSplit && rest.some((array) => array.shape.length > 1) ? once(() => fromIdxPair(name, rest, null)) : null);
}

async function fromIdxPair(name: string, arrays: readonly StoredArray[], training: Dataset['training']): Promise<Dataset> {
  const one = (found: readonly StoredArray[]): StoredArray | undefined => {
    const tests = found.filter((array) => /t10k|test/i.test(array.name));
    const chosen = found.length > 1 ? tests : found;
    if (found.length > 1 && tests.length !== 1) {
      throw dataError(name, `it holds ${found.map((array) => baseName(array.name)).join(', ')}; give one file of examples and one of labels.`);
    }
    return chosen[0];
  };
  const examples = one(arrays.filter((array) => array.shape.length > 1));
  if (!examples) throw dataError(name, 'it holds labels alone. Give the file of images too.');
  const labels = one(arrays.filter((array) => array.shape.length === 1));
  return arrayDataset({ name, kind: 'idx', examples, labels: labels ? await readLabels(labels, examples.shape[0]!) : null, training });
}

/** A table beside other data describes them and is left out; anything else is a second data set. */
function refuseMixture({ npz, npy, idx, images }: Found): void {
  const kinds = Object.entries({ '.npz': npz, '.npy': npy, IDX: idx, pictures: images }).filter(([, files]) => files.length > 0);
  if (kinds.length < 2) return;
  throw new WhittleError('DataError', `These are several data sets: ${kinds.map(([kind]) => kind).join(' and ')}. Give one at a time.`);
}

function onlyOne(files: readonly SourceFile[]): SourceFile {
  if (files.length === 1) return files[0]!;
  throw new WhittleError('DataError', `${files.map((file) => baseName(file.name)).join(', ')} were given together. Give one data set at a time.`);
}

/** No zero bytes: text, whatever the language. */
function isText(head: Uint8Array): boolean {
  return !head.includes(0);
}

/** The dropped folder's name, or the file's, or the first of several. */
function nameOf(files: readonly SourceFile[]): string {
  const first = files[0]?.name ?? 'data';
  const folder = files.length > 1 ? first.split('/').find((part, i, parts) => part !== '' && i < parts.length - 1) : undefined;
  return folder ?? baseName(first);
}
