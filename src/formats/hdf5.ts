/**
 * HDF5 files through h5wasm, which is loaded when the first one is opened. The file is laid into the library's memory
 * file system slice by slice and taken out again; every error of the library becomes a FormatError that says where.
 */
import { WhittleError, messageOf } from '../lib/errors';
import { baseName, readBytes, type SourceFile } from '../lib/source-file';
import type { Encoding, Tensor } from '../ir/tensor';
import { checkedSize } from './checked-size';

/** A dataset, and all that are read together, may expand this far past the file, as in Keras; more is a bomb. */
const LARGEST_EXPANSION = 100;
/** Bytes that any file may expand to, so that tiny compressed models open. */
const ALWAYS_ALLOWED_NBYTES = 1024 * 1024;
/** More names than any model has layers or weights. */
const LARGEST_NAME_COUNT = 1_000_000;
/** Slice in which a file is copied into the library's file system, and large datasets out of its memory. */
const COPY_STEP_NBYTES = 4 * 1024 * 1024;

/** HDF5's own filters 1 to 6 but szip, which the library lacks: deflate, shuffle, fletcher32, nbit, scale-offset. */
const KNOWN_FILTERS = new Set([1, 2, 3, 5, 6]);
const SMALLEST_USER_BLOCK_NBYTES = 512;
const SIGNATURE = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];

export interface Hdf5 {
  /** `null` when there is nothing at `path`. */
  kindOf(path: string): 'group' | 'dataset' | null;
  /** Names in a group, in alphabetical order. */
  namesIn(path: string): string[];
  hasAttribute(path: string, name: string): boolean;
  /** A text attribute; null when it is absent. */
  text(path: string, name: string): string | null;
  /** A list of texts, also one that was split into `name0`, `name1`, … because it was long; null when it is absent. */
  texts(path: string, name: string): string[] | null;
  /** Reads a dataset. float64 becomes float32 and 64-bit integers int32; halves stay halves. */
  tensor(path: string): Tensor;
}

/** True for the first bytes of an HDF5 file; a user block of 512 · 2^n bytes may come before the signature. */
export function isHdf5(head: Uint8Array): boolean {
  for (let start = 0; start < head.length; start = start === 0 ? SMALLEST_USER_BLOCK_NBYTES : start * 2) {
    if (SIGNATURE.every((byte, i) => head[start + i] === byte)) return true;
  }
  return false;
}

/** Opens `file` for the time of `read`. FormatError: not HDF5, truncated, damaged. */
export async function withHdf5<T>(file: SourceFile, read: (hdf5: Hdf5) => T | Promise<T>): Promise<T> {
  const library = await loadLibrary();
  const path = `/${++openedCount}.h5`;
  let id: bigint | undefined;
  try {
    await copyInto(library, path, file);
    id = guarded(file, 'it cannot be opened', () => library.open(path, library.H5F_ACC_RDONLY, false, -1, -1));
    return await read(access(library, id, file));
  } finally {
    release(library, path, id);
  }
}

type Library = Awaited<typeof import('h5wasm')['ready']>;

let openedCount = 0;
let loading: Promise<Library> | undefined;

function loadLibrary(): Promise<Library> {
  loading ??= import('h5wasm').then(async ({ ready }) => {
    const library = await ready;
    // Otherwise errors are printed to the console and reading goes on with whatever was in memory.
    library.activate_throwing_error_handler();
    return library;
  });
  return loading;
}

async function copyInto(library: Library, path: string, file: SourceFile): Promise<void> {
  const { FS } = library;
  const stream = FS.open(path, 'w');
  try {
    FS.truncate(path, file.blob.size);
    for (let offset = 0; offset < file.blob.size; offset += COPY_STEP_NBYTES) {
      const slice = await readBytes(file, offset, Math.min(file.blob.size, offset + COPY_STEP_NBYTES));
      FS.write(stream, slice, 0, slice.length, offset);
    }
  } finally {
    FS.close(stream);
  }
}

function release(library: Library, path: string, id: bigint | undefined): void {
  try {
    if (id !== undefined) library.close_file(id);
  } catch {
    // A damaged file may refuse to close; what counts is that its bytes are let go below.
  }
  try {
    library.FS.truncate(path, 0);
    library.FS.unlink(path);
  } catch {
    // The file was never laid down.
  }
}

function access(library: Library, id: bigint, file: SourceFile): Hdf5 {
  const limit = Math.max(ALWAYS_ALLOWED_NBYTES, file.blob.size * LARGEST_EXPANSION);
  let readNbytes = 0;

  const kindOf = (path: string): 'group' | 'dataset' | null => {
    try {
      const type = library.get_type(id, path);
      if (type === library.H5G_GROUP) return 'group';
      return type === library.H5G_DATASET ? 'dataset' : null;
    } catch {
      return null;
    }
  };
  const attributeNames = (path: string): string[] =>
    guarded(file, `the attributes of ${path} cannot be read`, () => library.get_attribute_names(id, path));

  /** The bytes of an attribute or dataset, in the library's memory while `use` runs. */
  const withData = <T>(what: string, nbytes: number, fill: (pointer: bigint) => void, use: (pointer: number) => T): T => {
    if (!(nbytes <= limit)) {
      throw damaged(file, `${what} claims ${nbytes} bytes, over ${LARGEST_EXPANSION} times the size of the file`);
    }
    const pointer = library._malloc(Math.max(nbytes, 1));
    if (pointer === 0) throw damaged(file, `there is no memory for the ${nbytes} bytes of ${what}`);
    try {
      guarded(file, `${what} cannot be read`, () => fill(BigInt(pointer)));
      return use(pointer);
    } finally {
      library._free(pointer);
    }
  };

  const readTexts = (path: string, name: string): string[] => {
    const what = `the attribute ${name} of ${path}`;
    const metadata = guarded(file, `${what} cannot be read`, () => library.get_attribute_metadata(id, path, name));
    const count = metadata.total_size;
    // An empty list of texts is written as an empty list of numbers.
    if (count === 0 || metadata.shape === null) return [];
    if (metadata.type !== library.H5T_class_t.H5T_STRING.value) throw damaged(file, `${what} is no text`);
    if (count > LARGEST_NAME_COUNT) throw damaged(file, `${what} lists ${count} texts`);
    const decoder = new TextDecoder();
    return withData(
      what,
      metadata.size * count,
      (pointer) => library.get_attribute_data(id, path, name, pointer),
      (pointer) => {
        const texts: string[] = [];
        for (let i = 0; i < count; i++) {
          const start = pointer + i * metadata.size;
          if (metadata.vlen) {
            const target = new DataView(library.HEAPU8.buffer).getUint32(start, true);
            texts.push(target === 0 ? '' : library.UTF8ToString(target));
          } else {
            const bytes = library.HEAPU8.slice(start, start + metadata.size);
            const end = bytes.indexOf(0);
            texts.push(decoder.decode(end === -1 ? bytes : bytes.subarray(0, end)));
          }
        }
        if (metadata.vlen) library.reclaim_vlen_memory(id, path, name, BigInt(pointer));
        return texts;
      },
    );
  };

  /** True for a dataset that is filtered, by filters that can be unpacked. */
  const isFiltered = (path: string, what: string): boolean => {
    const filters = guarded(file, `${what} cannot be read`, () => library.get_dataset_filters(id, path));
    for (const filter of filters) {
      if (KNOWN_FILTERS.has(filter.id)) continue;
      throw new WhittleError(
        'UnsupportedError',
        `${what} of ${baseName(file.name)} is compressed by ${filter.name || 'an unknown filter'} (${filter.id}); Whittle unpacks gzip, shuffle and their like. Save the model again with Keras.`,
      );
    }
    return filters.length > 0;
  };

  return {
    kindOf,
    namesIn: (path) => guarded(file, `the group ${path} cannot be read`, () => library.get_names(id, path, false)).sort(),
    hasAttribute: (path, name) => attributeNames(path).includes(name),
    text(path, name) {
      if (!attributeNames(path).includes(name)) return null;
      return readTexts(path, name)[0] ?? '';
    },
    texts(path, name) {
      const names = new Set(attributeNames(path));
      if (names.has(name)) return readTexts(path, name);
      if (!names.has(`${name}0`)) return null;
      const parts: string[] = [];
      for (let i = 0; names.has(`${name}${i}`); i++) for (const text of readTexts(path, `${name}${i}`)) parts.push(text);
      return parts;
    },
    tensor(path) {
      const what = `the dataset ${path}`;
      if (kindOf(path) !== 'dataset') throw damaged(file, `${what} is missing`);
      const metadata = guarded(file, `${what} cannot be read`, () => library.get_dataset_metadata(id, path));
      const shape = metadata.shape ?? [];
      const size = checkedSize(shape, `${what} of ${baseName(file.name)}`);
      if (metadata.shape === null || size !== metadata.total_size) throw damaged(file, `${what} is empty or of an odd shape`);
      readNbytes += size * metadata.size;
      if (readNbytes > limit) throw damaged(file, `its datasets expand past ${LARGEST_EXPANSION} times its size`);
      const filtered = isFiltered(path, what);
      const isBfloat16 = metadata.size === 2 && attributeNames(path).includes('dtype') && readTexts(path, 'dtype')[0] === 'bfloat16';
      const kind = isBfloat16 ? 'bfloat16' : storageKind(library, metadata);
      if (kind === null) {
        throw new WhittleError(
          'UnsupportedError',
          `${what} of ${baseName(file.name)} has a number type that Whittle does not read (float16, bfloat16, float32, float64 and integers are). Save the model again with Keras.`,
        );
      }
      const bytes = new Uint8Array(size * metadata.size);
      for (const rows of rowRanges(shape, metadata.size, filtered)) {
        withData(
          what,
          rows.nbytes,
          (pointer) => void library.get_dataset_data(id, path, rows.count, rows.offset, rows.strides, pointer),
          (pointer) => bytes.set(library.HEAPU8.subarray(pointer, pointer + rows.nbytes), rows.start),
        );
      }
      return tensorFrom(kind, shape, bytes);
    },
  };
}

interface RowRange {
  readonly start: number;
  readonly nbytes: number;
  /** The library's hyperslab; null: all. */
  readonly count: bigint[] | null;
  readonly offset: bigint[] | null;
  readonly strides: bigint[] | null;
}

/** A large dataset goes through the library's memory, which never shrinks, in runs of rows; a filtered one whole, for its chunks are unpacked once. */
function rowRanges(shape: readonly number[], elementNbytes: number, isFiltered: boolean): RowRange[] {
  const [rows = 1, ...inner] = shape;
  const rowNbytes = inner.reduce((product, length) => product * length, elementNbytes);
  const nbytes = rows * rowNbytes;
  if (isFiltered || nbytes <= COPY_STEP_NBYTES) return [{ start: 0, nbytes, count: null, offset: null, strides: null }];
  const step = Math.max(1, Math.floor(COPY_STEP_NBYTES / rowNbytes));
  return Array.from({ length: Math.ceil(rows / step) }, (_, i) => {
    const first = i * step;
    const count = Math.min(step, rows - first);
    return {
      start: first * rowNbytes,
      nbytes: count * rowNbytes,
      count: [count, ...inner].map(BigInt),
      offset: [first, ...inner.map(() => 0)].map(BigInt),
      strides: shape.map(() => 1n),
    };
  });
}

type StorageKind = 'float16' | 'bfloat16' | 'float32' | 'float64' | 'int8' | 'uint8' | 'int16' | 'uint16' | 'int32' | 'uint32' | 'int64';

function storageKind(library: Library, metadata: { type: number; size: number; signed: boolean }): StorageKind | null {
  const { type, size, signed } = metadata;
  const classes = library.H5T_class_t;
  if (type === classes.H5T_FLOAT.value) return size === 2 ? 'float16' : size === 4 ? 'float32' : size === 8 ? 'float64' : null;
  // h5py writes bool as an enumeration of one byte.
  if (type === classes.H5T_ENUM.value) return size === 1 ? 'uint8' : null;
  if (type !== classes.H5T_INTEGER.value) return null;
  if (size === 8) return 'int64';
  if (size === 4) return signed ? 'int32' : 'uint32';
  if (size === 2) return signed ? 'int16' : 'uint16';
  return size === 1 ? (signed ? 'int8' : 'uint8') : null;
}

function tensorFrom(kind: StorageKind, shape: readonly number[], bytes: Uint8Array<ArrayBuffer>): Tensor {
  const { buffer } = bytes;
  const floats = (data: Float32Array): Tensor => ({ dtype: 'float32', shape, encoding: { kind: 'dense', storage: 'float32', data } });
  const integers = (data: Int32Array): Tensor => ({ dtype: 'int32', shape, encoding: { kind: 'dense', storage: 'int32', data } });
  switch (kind) {
    case 'float16': {
      const encoding: Encoding = { kind: 'dense', storage: 'float16', data: new Uint16Array(buffer) };
      return { dtype: 'float32', shape, encoding };
    }
    case 'bfloat16': {
      // A bfloat16 is the upper half of a float32.
      const bits = Uint32Array.from(new Uint16Array(buffer), (half) => half << 16);
      return floats(new Float32Array(bits.buffer));
    }
    case 'float32':
      return floats(new Float32Array(buffer));
    case 'float64':
      return floats(Float32Array.from(new Float64Array(buffer)));
    case 'int8':
      return integers(Int32Array.from(new Int8Array(buffer)));
    case 'uint8':
      return integers(Int32Array.from(bytes));
    case 'int16':
      return integers(Int32Array.from(new Int16Array(buffer)));
    case 'uint16':
      return integers(Int32Array.from(new Uint16Array(buffer)));
    case 'int32':
    case 'uint32':
      return integers(new Int32Array(buffer));
    case 'int64':
      return integers(Int32Array.from(new BigInt64Array(buffer), Number));
    default: {
      const never: never = kind;
      return never;
    }
  }
}

/** Runs a call of the library and tells its errors as what they mean for the person. */
function guarded<T>(file: SourceFile, what: string, call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw damaged(file, `${what} (${reasonOf(error)})`, error);
  }
}

/** The innermost sentence of HDF5's error stack. */
function reasonOf(error: unknown): string {
  const message = messageOf(error);
  const sentences = [...message.matchAll(/in \w+\(\): ([^\n]+)/g)].map((match) => match[1]!);
  return (sentences.at(-1) ?? message.split('\n')[0]!).slice(0, 200);
}

function damaged(file: SourceFile, why: string, cause?: unknown): WhittleError {
  return new WhittleError('FormatError', `${baseName(file.name)} is no complete HDF5 file: ${why}. Get the file again.`, { cause });
}
