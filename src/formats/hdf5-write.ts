/**
 * Writes HDF5 files through h5wasm, in its memory file system. The library may leave out what it could not write without a
 * word, so the finished file is opened again and everything in it compared. The same content gives the same bytes.
 */
import { WhittleError, messageOf } from '../lib/errors';
import { fileOf } from '../lib/source-file';
import { sizeOf, type Shape } from '../ir/tensor';
import { withHdf5, type Hdf5 } from './hdf5';

export type Hdf5Numbers = Float32Array<ArrayBufferLike> | Int32Array<ArrayBufferLike>;

export interface Hdf5Writer {
  /** Adds a group, with those above it. */
  group(path: string): void;
  /** A text as an attribute of a group. */
  text(path: string, name: string, value: string): void;
  /** A list of texts as an attribute of a group; a list too long for one attribute is split, as Keras does. */
  texts(path: string, name: string, values: readonly string[]): void;
  dataset(path: string, shape: Shape, data: Hdf5Numbers): void;
}

/** Bytes of names in one attribute, of Keras's own writer (HDF5_OBJECT_HEADER_LIMIT). */
const LARGEST_NAME_LIST_NBYTES = 64512;

interface Content {
  readonly groups: Set<string>;
  readonly texts: { readonly path: string; readonly name: string; readonly value: string | readonly string[] }[];
  readonly datasets: { readonly path: string; readonly shape: Shape; readonly data: Hdf5Numbers }[];
}

/** Throws an ExportError when the file cannot be written or does not read back as it was meant. */
export async function writeHdf5(write: (hdf5: Hdf5Writer) => void): Promise<Uint8Array<ArrayBuffer>> {
  const content: Content = { groups: new Set(), texts: [], datasets: [] };
  write(collector(content));
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = await fileBytes(content);
  } catch (error) {
    throw new WhittleError('ExportError', `The HDF5 file could not be written: ${messageOf(error)}`, { cause: error });
  }
  await withHdf5(fileOf('export.h5', bytes), (hdf5) => checkContent(hdf5, content));
  return bytes;
}

function collector(content: Content): Hdf5Writer {
  const addGroup = (path: string): void => {
    const parts = path.split('/').filter((part) => part !== '');
    parts.forEach((_, i) => content.groups.add(`/${parts.slice(0, i + 1).join('/')}`));
  };
  return {
    group: addGroup,
    text: (path, name, value) => void content.texts.push({ path, name, value }),
    texts(path, name, values) {
      // A fixed-length list takes as many bytes for each name as the longest has.
      const longest = Math.max(1, ...values.map((value) => new TextEncoder().encode(value).length));
      const perList = Math.max(1, Math.floor(LARGEST_NAME_LIST_NBYTES / longest));
      if (values.length <= perList) content.texts.push({ path, name, value: values });
      else {
        for (let i = 0; i * perList < values.length; i++) {
          content.texts.push({ path, name: `${name}${i}`, value: values.slice(i * perList, (i + 1) * perList) });
        }
      }
    },
    dataset(path, shape, data) {
      addGroup(path.slice(0, path.lastIndexOf('/')));
      if (data.length !== sizeOf(shape)) {
        throw new WhittleError('ExportError', `The weight ${path} has ${data.length} numbers for the shape [${shape.join(', ')}].`);
      }
      content.datasets.push({ path, shape, data });
    },
  };
}

let writtenCount = 0;

async function fileBytes(content: Content): Promise<Uint8Array<ArrayBuffer>> {
  const { ready, File, Group } = await import('h5wasm');
  const library = await ready;
  library.activate_throwing_error_handler();
  const path = `/write-${++writtenCount}.h5`;
  const startSeconds = Math.floor(Date.now() / 1000);
  const file = new File(path, 'w', { libver: ['earliest', 'v108'] });
  try {
    const groupAt = (at: string): InstanceType<typeof Group> => new Group(file.file_id, at);
    for (const group of content.groups) {
      const end = group.lastIndexOf('/');
      groupAt(end === 0 ? '/' : group.slice(0, end)).create_group(group.slice(end + 1));
    }
    for (const { path: at, shape, data } of content.datasets) {
      const end = at.lastIndexOf('/');
      const dtype = data instanceof Int32Array ? '<i' : '<f';
      groupAt(at.slice(0, end)).create_dataset({ name: at.slice(end + 1), data, shape: [...shape], dtype });
    }
    for (const { path: at, name, value } of content.texts) {
      const group = groupAt(at);
      if (typeof value === 'string') group.create_attribute(name, value);
      // h5py writes an empty list as no numbers.
      else if (value.length === 0) group.create_attribute(name, new Float64Array(0), [0], '<d');
      else group.create_attribute(name, [...value]);
    }
    file.flush();
  } finally {
    file.close();
  }
  try {
    const bytes = new Uint8Array(library.FS.readFile(path) as Uint8Array);
    clearTimes(bytes, startSeconds, Math.ceil(Date.now() / 1000));
    return bytes;
  } finally {
    library.FS.unlink(path);
  }
}

/** A header message of type 18 and 8 bytes: any flags, version 1, then the time. */
const TIME_MESSAGE = [0x12, 0, 8, 0, null, 0, 0, 0, 1, 0, 0, 0] as const;

/**
 * Sets the times at which datasets were made to zero (HDF5 specification, IV.A.2.s "Object Modification Time"): HDF5
 * stores them unless told otherwise, and h5wasm cannot tell it. Only times of this very writing are touched.
 */
function clearTimes(bytes: Uint8Array, fromSeconds: number, toSeconds: number): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // Messages begin at multiples of 8.
  for (let at = 0; at + TIME_MESSAGE.length + 4 <= bytes.length; at += 8) {
    if (!TIME_MESSAGE.every((byte, i) => byte === null || bytes[at + i] === byte)) continue;
    const seconds = view.getUint32(at + TIME_MESSAGE.length, true);
    if (seconds >= fromSeconds && seconds <= toSeconds) view.setUint32(at + TIME_MESSAGE.length, 0, true);
  }
}

function checkContent(hdf5: Hdf5, content: Content): void {
  const fail = (what: string): never => {
    throw new WhittleError('ExportError', `The HDF5 file does not read back as it was written: ${what}.`);
  };
  for (const group of content.groups) if (hdf5.kindOf(group) !== 'group') fail(`the group ${group} is missing`);
  for (const { path, shape, data } of content.datasets) {
    const tensor = hdf5.tensor(path);
    const { encoding } = tensor;
    const back = encoding.kind === 'dense' && encoding.storage !== 'string' ? encoding.data : fail(`${path} holds no numbers`);
    const isSame = tensor.shape.join() === shape.join() && back.length === data.length && data.every((value, i) => Object.is(value, back[i]));
    if (!isSame) fail(`${path} differs`);
  }
  for (const { path, name, value } of content.texts) {
    const back = typeof value === 'string' ? hdf5.text(path, name) : hdf5.texts(path, name);
    if (JSON.stringify(back) !== JSON.stringify(value)) fail(`the attribute ${name} of ${path} differs`);
  }
}
