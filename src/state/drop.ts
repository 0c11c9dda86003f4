/**
 * Tells what was dropped: a model, data, a recipe, or several of these together. By content where it matters; the
 * engine's readers have the last word, and their error says what is wrong.
 */
import { baseName, readBytes, type SourceFile } from '../lib/source-file';
import { zipNames } from './zip-names';

export type FileKind = 'model' | 'data' | 'recipe';

export interface Dropped {
  readonly model: readonly SourceFile[];
  readonly data: readonly SourceFile[];
  readonly recipe: SourceFile | null;
}

/** A recipe is small; a JSON file larger than this is a model's. */
const LARGEST_RECIPE_NBYTES = 4_000_000;
const HEAD_NBYTES = 16;

const dataNames = /\.(npz|npy|csv|tsv|idx\d?|png|jpe?g|webp|bmp|gif)$|-(images|labels)[.-]idx\d-ubyte(\.gz)?$|idx\d-ubyte(\.gz)?$/i;
/** Files that systems leave in folders and nobody means to drop. */
const strayNames = /(^|\/)(\.DS_Store|Thumbs\.db|desktop\.ini|__MACOSX(\/.*)?|\._[^/]*)$/;

export async function sortDropped(files: readonly SourceFile[]): Promise<Dropped> {
  const model: SourceFile[] = [];
  const data: SourceFile[] = [];
  let recipe: SourceFile | null = null;
  for (const file of files) {
    if (strayNames.test(file.name)) continue;
    const kind = await kindOf(file);
    if (kind === 'recipe') recipe = file;
    else if (kind === 'data') data.push(file);
    else model.push(file);
  }
  return { model, data, recipe };
}

export async function kindOf(file: SourceFile): Promise<FileKind> {
  const head = await readBytes(file, 0, HEAD_NBYTES);
  if (startsWith(head, [0x50, 0x4b, 0x03, 0x04])) return kindOfZip(file);
  if (startsWith(head, [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59])) return 'data'; // "\x93NUMPY"
  if (startsWith(head, [0x89, 0x48, 0x44, 0x46])) return 'model'; // "\x89HDF"
  if (file.name.toLowerCase().endsWith('.json')) return (await isRecipe(file)) ? 'recipe' : 'model';
  return dataNames.test(baseName(file.name)) ? 'data' : 'model';
}

async function kindOfZip(file: SourceFile): Promise<FileKind> {
  const names = (await zipNames(file)).filter((name) => !name.endsWith('/') && !strayNames.test(name));
  const isModel = names.some((name) => /(^|\/)(model\.json|config\.json|model\.weights\.h5)$|\.(keras|h5|hdf5|tflite)$/.test(name));
  if (isModel || names.length === 0) return 'model';
  return names.some((name) => dataNames.test(name)) ? 'data' : 'model';
}

async function isRecipe(file: SourceFile): Promise<boolean> {
  if (file.blob.size > LARGEST_RECIPE_NBYTES) return false;
  try {
    const value: unknown = JSON.parse(await file.blob.text());
    return typeof value === 'object' && value !== null && 'version' in value && 'steps' in value && !('modelTopology' in value);
  } catch {
    return false;
  }
}

function startsWith(head: Uint8Array, magic: readonly number[]): boolean {
  return magic.every((byte, index) => head[index] === byte);
}
