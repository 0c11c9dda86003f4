/**
 * An array of numbers in a file: a shape, a number type, and rows that are read when asked for. `.npy` and IDX headers
 * lead here; both are only a description of the bytes that follow.
 */
import { halvesToFloats } from '../lib/half';
import { readBytes, type SourceFile } from '../lib/source-file';
import { dataError, shapeText } from './data-error';

/** NumPy's names without the byte order: kind and bytes of one number. */
export type NumberType = 'b1' | 'u1' | 'u2' | 'u4' | 'u8' | 'i1' | 'i2' | 'i4' | 'i8' | 'f2' | 'f4' | 'f8';
export type NumberData = Float32Array | Int32Array | Uint8Array;
export type ArrayDType = 'float32' | 'int32' | 'uint8' | 'bool';

export interface StoredArray {
  /** The file or member, for messages. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: ArrayDType;
  /** Rows [start, end) of the first axis, in row-major order. */
  rows(start: number, end: number): Promise<NumberData>;
}

export interface RawArray {
  readonly file: SourceFile;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly type: NumberType;
  readonly isLittleEndian: boolean;
  readonly isFortranOrder: boolean;
}

/** NumPy arrays have up to 64 axes; data have fewer. */
const LARGEST_RANK = 16;
/** Typed arrays of more bytes do not exist in every browser. */
const LARGEST_NBYTES = 2 ** 32;

/** Checks that the file holds what the header claims, then reads on demand. */
export function storedArray(raw: RawArray): StoredArray {
  const { file, shape, type } = raw;
  checkShape(file.name, shape);
  const rowSize = shape.slice(1).reduce((product, size) => product * size, 1);
  const nbytes = (shape[0] ?? 1) * rowSize * nbytesOf(type);
  if (nbytes > LARGEST_NBYTES) {
    throw dataError(file.name, `the shape ${shapeText(shape)} needs ${nbytes} bytes, more than can be measured at once. Take fewer examples.`);
  }
  if (raw.offset + nbytes > file.blob.size) {
    throw dataError(file.name, `the shape ${shapeText(shape)} needs ${nbytes} bytes and the file holds ${file.blob.size - raw.offset}: it was cut off. Get it again.`);
  }
  const read = async (start: number, end: number): Promise<NumberData> => {
    const first = raw.offset + start * rowSize * nbytesOf(type);
    const bytes = await readBytes(file, first, first + (end - start) * rowSize * nbytesOf(type));
    return decodeNumbers(bytes, type, raw.isLittleEndian, file.name);
  };
  const isTransposed = raw.isFortranOrder && shape.length > 1;
  let whole: Promise<NumberData> | undefined;
  return {
    name: file.name,
    shape,
    dtype: dtypeOf(type),
    async rows(start, end) {
      if (!isTransposed) return read(start, end);
      // Rows of a column-major array lie scattered over the whole file.
      whole ??= read(0, shape[0]!).then((data) => rowMajor(data, shape));
      return (await whole).slice(start * rowSize, end * rowSize);
    },
  };
}

/** The whole array; a scalar is one row. */
export function allRows(array: StoredArray): Promise<NumberData> {
  return array.rows(0, array.shape[0] ?? 1);
}

/** An array that is in memory already. */
export function arrayInMemory(name: string, shape: readonly number[], dtype: ArrayDType, data: NumberData): StoredArray {
  const rowSize = shape.slice(1).reduce((product, size) => product * size, 1);
  return { name, shape, dtype, rows: async (start, end) => data.slice(start * rowSize, end * rowSize) };
}

function checkShape(name: string, shape: readonly number[]): void {
  const isShape = shape.length <= LARGEST_RANK && shape.every((size) => Number.isSafeInteger(size) && size >= 0);
  if (!isShape) throw dataError(name, `the shape [${shape.join(', ').slice(0, 100)}] is no list of sizes. Write the file again.`);
}

function nbytesOf(type: NumberType): number {
  return Number(type.slice(1));
}

function dtypeOf(type: NumberType): ArrayDType {
  if (type === 'b1') return 'bool';
  if (type === 'u1') return 'uint8';
  return type.startsWith('f') ? 'float32' : 'int32';
}

/** Typed arrays are little-endian wherever browsers and Node run, so only big-endian bytes are turned. */
function decodeNumbers(bytes: Uint8Array<ArrayBuffer>, type: NumberType, isLittleEndian: boolean, name: string): NumberData {
  if (!isLittleEndian) swapBytes(bytes, nbytesOf(type));
  const { buffer } = bytes;
  switch (type) {
    case 'u1':
      return bytes;
    case 'b1':
      return bytes.map((byte) => (byte === 0 ? 0 : 1));
    case 'i1':
      return Int32Array.from(new Int8Array(buffer));
    case 'i2':
      return Int32Array.from(new Int16Array(buffer));
    case 'u2':
      return Int32Array.from(new Uint16Array(buffer));
    case 'i4':
      return new Int32Array(buffer);
    case 'u4':
      return narrowed(new Uint32Array(buffer), name);
    case 'i8':
      return narrowed(new BigInt64Array(buffer), name);
    case 'u8':
      return narrowed(new BigUint64Array(buffer), name);
    case 'f2':
      return halvesToFloats(new Uint16Array(buffer));
    case 'f4':
      return new Float32Array(buffer);
    case 'f8':
      return Float32Array.from(new Float64Array(buffer));
    default: {
      const never: never = type;
      return never;
    }
  }
}

function swapBytes(bytes: Uint8Array, nbytes: number): void {
  for (let i = 0; i < bytes.length; i += nbytes) bytes.subarray(i, i + nbytes).reverse();
}

/** Wide integers as int32, which is what models take; a number that does not fit is refused. */
function narrowed(wide: Uint32Array | BigInt64Array | BigUint64Array, name: string): Int32Array {
  const narrow = new Int32Array(wide.length);
  for (let i = 0; i < wide.length; i++) {
    const value = Number(wide[i]);
    narrow[i] = value;
    if (narrow[i] !== value) throw dataError(name, `number ${i} is ${wide[i]}, which 32 bits do not hold. Store it as float32 or smaller numbers.`);
  }
  return narrow;
}

/** Column-major to row-major: the first index runs fastest in the file, the last one in the result. */
function rowMajor(data: NumberData, shape: readonly number[]): NumberData {
  const result = data.slice();
  const strides = shape.map((_, axis) => shape.slice(0, axis).reduce((product, size) => product * size, 1));
  const index = new Array<number>(shape.length).fill(0);
  let source = 0;
  for (let i = 0; i < result.length; i++) {
    result[i] = data[source]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis]!++;
      source += strides[axis]!;
      if (index[axis]! < shape[axis]!) break;
      source -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return result;
}
