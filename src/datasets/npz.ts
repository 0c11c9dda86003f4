/** NumPy's .npz: a zip archive of .npy files, and arrays by name for the command line's inputs and outputs. */
import { zipSync } from 'fflate';
import { baseName, readBytes, type SourceFile } from '../lib/source-file';
import { isZip, openZip } from '../lib/zip';
import { asDataErrors, dataError } from './data-error';
import { isNpy, openNpy, writeNpy, type TextArray, type WritableArray } from './npy';
import { allRows, type ArrayDType, type NumberData, type StoredArray } from './stored-array';

export interface NamedArray {
  readonly shape: readonly number[];
  readonly dtype: ArrayDType;
  readonly data: NumberData;
}

export type NamedArrays = ReadonlyMap<string, NamedArray>;

/** The first moment that zip can write, so that the same arrays give the same bytes. */
const FIXED_TIME = '1980-01-01T00:00:00';

/** An array's header is read when it is asked for. */
export type ArrayOpeners = ReadonlyMap<string, () => Promise<StoredArray | TextArray>>;

/** The arrays of an .npz by their names, without `.npy`. */
export async function openNpz(file: SourceFile): Promise<ArrayOpeners> {
  const zip = await asDataErrors(() => openZip(file));
  const arrays = zip.members.filter((member) => member.name.endsWith('.npy'));
  return new Map(
    arrays.map(({ name }) => [
      name.slice(0, -'.npy'.length),
      async () => {
        const member = await asDataErrors(() => zip.open(name));
        return openNpy({ name: `${name} in ${baseName(file.name)}`, blob: member.blob });
      },
    ]),
  );
}

/** Every array of a .npy (by the file's own name) or .npz, read whole. Wide numbers are narrowed to float32 and int32. */
export async function readArrays(file: SourceFile): Promise<Map<string, NamedArray>> {
  const head = await readBytes(file, 0, 8);
  if (isNpy(head)) return new Map([[stemOf(file.name), await readWhole(await openNpy(file))]]);
  if (!isZip(head)) throw dataError(file.name, 'it is neither a .npy nor an .npz file. Save the arrays with numpy.save or numpy.savez.');
  const arrays = new Map<string, NamedArray>();
  for (const [name, open] of await openNpz(file)) arrays.set(name, await readWhole(await open()));
  if (arrays.size === 0) throw dataError(file.name, 'it is a zip archive without arrays. Save them with numpy.savez.');
  return arrays;
}

/** The bytes of an .npz that numpy.load opens. */
export function writeNpz(arrays: ReadonlyMap<string, WritableArray>): Uint8Array<ArrayBuffer> {
  const members = Object.fromEntries([...arrays].map(([name, array]) => [`${name}.npy`, writeNpy(array)]));
  return zipSync(members, { level: 6, mtime: FIXED_TIME });
}

/** A file's name without folders and its last extension. */
export function stemOf(path: string): string {
  return baseName(path).replace(/\.[^.]*$/, '');
}

async function readWhole(array: StoredArray | TextArray): Promise<NamedArray> {
  if (array.dtype === 'text') throw dataError(array.name, 'it holds texts, not numbers. Leave it out.');
  return { shape: array.shape, dtype: array.dtype, data: await allRows(array) };
}
