/**
 * Opens whatever was dropped: one file, several, a folder's files, or a zip of any of those. The model among them is
 * found by content; none and several are errors that say what was found.
 */
import { WhittleError, throwIfCancelled } from '../lib/errors';
import type { ReportProgress } from '../lib/progress';
import { baseName, type SourceFile } from '../lib/source-file';
import { isZip, openZip } from '../lib/zip';
import { formatIds, formatLabels } from './catalog';
import { detect, parsedOrNull, readHead } from './detect';
import { describeForeign } from './foreign';
import type { FormatId, ReadResult } from './format';
import { loadFormat } from './index';
import { isRecipe } from './is-recipe';
import { isObject } from './json';

export interface OpenedModel extends ReadResult {
  readonly format: FormatId;
  /** The file that the format was found in. */
  readonly main: SourceFile;
  /** Bytes of the files that were given. */
  readonly fileBytes: number;
}

/** A folder with more files is no model; looking into each would take long. */
const LARGEST_FILE_COUNT = 10_000;
/** What a model's files are called; nothing else is unpacked from a zip. */
const MODEL_MEMBER = /\.(json|bin|h5|hdf5|keras|tflite|pb|onnx)$|shard\d+of\d+$/i;
/** What systems put beside files. */
const STRAY = /(^|\/)(__MACOSX\/|\._|\.DS_Store$|Thumbs\.db$|desktop\.ini$)/;

/** FormatError: no model, several, broken. UnsupportedError: a model of another kind, or with parts that cannot be read. */
export async function openModel(
  given: readonly SourceFile[],
  report: ReportProgress,
  signal?: AbortSignal,
): Promise<OpenedModel> {
  report({ stage: 'Looking at the files', fraction: null });
  const files = await unpacked(given.filter((file) => !STRAY.test(file.name)));
  const { main, format } = await findModel(files, signal);
  const reader = await loadFormat(format);
  const result = await reader.read({ main, files, report, ...(signal ? { signal } : {}) });
  return { ...result, format, main, fileBytes: given.reduce((sum, file) => sum + file.blob.size, 0) };
}

interface Found {
  readonly main: SourceFile;
  readonly format: FormatId;
}

async function findModel(files: readonly SourceFile[], signal: AbortSignal | undefined): Promise<Found> {
  if (files.length === 0) throw new WhittleError('FormatError', `There is no file to open. Whittle reads: ${formatLabels}.`);
  if (files.length > LARGEST_FILE_COUNT) {
    throw new WhittleError('FormatError', `${files.length} files were given, too many for a model. Drop the model's own folder.`);
  }
  const found: Found[] = [];
  for (const main of files) {
    throwIfCancelled(signal);
    const certainties = await detect(main);
    for (const format of formatIds) {
      if (certainties[format] > 0) found.push({ main, format });
    }
  }
  if (found.length > 1) {
    const names = found.slice(0, 5).map((one) => one.main.name);
    const rest = found.length - names.length;
    throw new WhittleError(
      'FormatError',
      `Several models were given: ${names.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}. Drop the files of one.`,
    );
  }
  return found[0] ?? refuse(files);
}

/** Files that hold no model of ours: says the most helpful thing that is known of them. */
async function refuse(files: readonly SourceFile[]): Promise<never> {
  const names = files.length === 1 ? baseName(files[0]!.name) : `${baseName(files[0]!.name)} and ${files.length - 1} more`;
  for (const file of files) {
    const sentence = await describeForeign(file);
    if (sentence) throw new WhittleError('UnsupportedError', sentence);
  }
  for (const file of files) {
    if (await isRecipe(file)) {
      throw new WhittleError('FormatError', `${baseName(file.name)} is a recipe, not a model. Open a model, then apply the recipe to it.`);
    }
    if (await isWeightList(file)) {
      throw new WhittleError('FormatError', `${baseName(file.name)} lists weights without a network. Drop the model.json that holds the topology too.`);
    }
  }
  const isShards = files.every((file) => /\.bin$|shard\d+of\d+$/i.test(file.name));
  if (isShards && files.every((file) => file.blob.size > 0)) {
    throw new WhittleError('FormatError', `No model.json is among the files (${names}): they look like weights. Drop the model.json together with them.`);
  }
  throw new WhittleError('FormatError', `${names}: no model that Whittle knows. It reads: ${formatLabels}.`);
}

/** A bare weights manifest, as old converters wrote beside the topology. */
async function isWeightList(file: SourceFile): Promise<boolean> {
  if (!file.name.toLowerCase().endsWith('.json') || file.blob.size > LARGEST_MANIFEST_NBYTES) return false;
  const json = await parsedOrNull(file);
  const groups = isObject(json) ? json.weightsManifest : json;
  return Array.isArray(groups) && groups.length > 0 && groups.every((group) => isObject(group) && 'paths' in group && 'weights' in group);
}

const LARGEST_MANIFEST_NBYTES = 16 * 1024 * 1024;

/** A single zip that is no model itself is opened; its files stand for it. */
async function unpacked(files: readonly SourceFile[]): Promise<readonly SourceFile[]> {
  const [only] = files;
  if (files.length !== 1 || !only || !isZip((await readHead(only)).bytes)) return files;
  const certainties = await detect(only);
  if (Object.values(certainties).some((certainty) => certainty > 0)) return files;
  if (await describeForeign(only)) return files;
  const zip = await openZip(only);
  const members = zip.members.filter((member) => MODEL_MEMBER.test(member.name) && !STRAY.test(member.name));
  if (members.length === 0) return files;
  if (members.length > LARGEST_FILE_COUNT) return files;
  return Promise.all(members.map((member) => zip.open(member.name)));
}
