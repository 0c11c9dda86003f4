/**
 * A constant in one of TensorFlow Lite's types: its layout, its scales along the layout's own axis, and its bytes.
 *
 * 1. Dense numbers in their own type; float16 as FLOAT16.
 * 2. Affine: the INT type of its bits. Unsigned codes are shifted into the signed range together with their zero points, which
 *    changes no value; UINT8 stays UINT8 where it has one scale.
 * 3. Blocks and palettes have no counterpart: float32, with a note.
 */
import { decodeFloats, sizeOf, type AffineEncoding, type Shape, type Tensor } from '../../ir/tensor';
import { WhittleError } from '../../lib/errors';
import type { FlatQuantization, TensorType } from './flat-model';

export interface StoredConstant {
  readonly type: TensorType;
  readonly shape: Shape;
  readonly quantization?: FlatQuantization;
  readonly bytes: () => Uint8Array;
}

/** How a constant's numbers are laid out in the file. */
export interface Layout {
  readonly shape: Shape;
  /** The source's axes in the file's order; null: as they lie. */
  readonly permutation: readonly number[] | null;
  /** Scales are written out for every channel. */
  readonly isPerChannel?: boolean;
  /** The grid of an affine encoding in this layout. */
  grid(encoding: AffineEncoding): Grid;
}

interface Grid {
  readonly axis: number;
  readonly scale: Float32Array;
  readonly zeroPoint: Float64Array;
}

export function asItLies(shape: Shape): Layout {
  return { shape, permutation: null, grid: ({ axis, scale, zeroPoint }) => ({ axis: axis ?? 0, scale, zeroPoint }) };
}

export function permuted(shape: Shape, permutation: readonly number[]): Layout {
  return {
    shape: permutation.map((axis) => shape[axis]!),
    permutation,
    grid: ({ axis, scale, zeroPoint }) => ({ axis: axis === null ? 0 : permutation.indexOf(axis), scale, zeroPoint }),
  };
}

/**
 * [h, w, C, M] as [1, h, w, C·M]: the numbers stay where they are, scales are repeated for every output channel. Also a single
 * one where `isPerChannel`: the hybrid kernel reads as many scales as channels without looking how many there are.
 */
export function depthwise([height, width, channels, multiplier]: Shape, isPerChannel = false): Layout {
  const channelOf = (axis: number, output: number): number => (axis === 2 ? Math.floor(output / multiplier!) : output % multiplier!);
  return perOutput([1, height!, width!, channels! * multiplier!], isPerChannel, channelOf);
}

/** The same of a convolution in as many groups as channels: [h, w, 1, O]. */
export function ofGroups([height, width, , outputs]: Shape, isPerChannel = false): Layout {
  return perOutput([1, height!, width!, outputs!], isPerChannel, (axis, output) => (axis === 3 ? output : 0));
}

/** Scales along the outputs, or along the window, where the source has them. */
function perOutput(shape: Shape, isPerChannel: boolean, scaleOf: (axis: number, output: number) => number): Layout {
  return {
    shape,
    permutation: null,
    isPerChannel,
    grid({ axis, scale, zeroPoint }) {
      if (axis === null && !isPerChannel) return { axis: 0, scale, zeroPoint };
      if (axis === 0 || axis === 1) return { axis: axis + 1, scale, zeroPoint };
      const places = Array.from({ length: shape[3]! }, (_, output) => (axis === null ? 0 : scaleOf(axis, output)));
      return { axis: 3, scale: Float32Array.from(places, (i) => scale[i]!), zeroPoint: Float64Array.from(places, (i) => zeroPoint[i]!) };
    },
  };
}

/** Why TensorFlow Lite cannot hold the encoding; undefined: it can. */
export function storageProblem(tensor: Tensor): string | undefined {
  const { encoding } = tensor;
  if (encoding.kind === 'palette') return 'TensorFlow Lite has no palettes';
  if (encoding.kind === 'affine' && encoding.blockSize !== null) return 'TensorFlow Lite has no scales for blocks; quantize per channel';
  if (encoding.kind === 'affine' && !encoding.zeroPoint.every((point) => isCode(point, encoding))) {
    return 'zero points are whole numbers within the range of the codes in TensorFlow Lite';
  }
  if (encoding.kind === 'affine' && encoding.bits === 16 && !(encoding.axis === null && encoding.signed && encoding.zeroPoint[0] === 0)) {
    return 'numbers of 16 bits have one scale and zero point 0 in TensorFlow Lite; use 8 bits or float16';
  }
  return undefined;
}

function isCode(value: number, { bits, signed }: AffineEncoding): boolean {
  const lowest = signed ? -(2 ** (bits - 1)) : 0;
  return Number.isInteger(value) && value >= lowest && value < lowest + 2 ** bits;
}

export function storeConstant(tensor: Tensor, layout: Layout): StoredConstant {
  const { encoding } = tensor;
  if (encoding.kind === 'affine' && !storageProblem(tensor)) return storeAffine(tensor, encoding, layout);
  const { shape } = layout;
  if (encoding.kind !== 'dense') return { type: 'FLOAT32', shape, bytes: () => bytesOf(arranged(decodeFloats(tensor), tensor.shape, layout)) };
  switch (encoding.storage) {
    case 'float32':
      return { type: 'FLOAT32', shape, bytes: () => bytesOf(arranged(encoding.data, tensor.shape, layout)) };
    case 'float16':
      return { type: 'FLOAT16', shape, bytes: () => bytesOf(arranged(encoding.data, tensor.shape, layout)) };
    case 'int32':
      return { type: 'INT32', shape, bytes: () => bytesOf(arranged(encoding.data, tensor.shape, layout)) };
    case 'bool':
      return { type: 'BOOL', shape, bytes: () => bytesOf(arranged(encoding.data, tensor.shape, layout)) };
    case 'string':
      throw new WhittleError('ExportError', 'TensorFlow Lite constants of text are not written. Remove the layers that look words up.');
    default: {
      const never: never = encoding;
      return never;
    }
  }
}

/** The numbers as they are, without any encoding. */
export function storeFloats(tensor: Tensor, layout: Layout): StoredConstant {
  return { type: 'FLOAT32', shape: layout.shape, bytes: () => bytesOf(arranged(decodeFloats(tensor), tensor.shape, layout)) };
}

export function bytesOf(data: ArrayBufferView): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

function storeAffine(tensor: Tensor, encoding: AffineEncoding, layout: Layout): StoredConstant {
  const { axis, scale, zeroPoint } = layout.grid(encoding);
  const keepsUnsigned = !encoding.signed && encoding.bits === 8 && scale.length === 1;
  const shift = encoding.signed || keepsUnsigned ? 0 : 2 ** (encoding.bits - 1);
  const type = keepsUnsigned ? 'UINT8' : INTEGER_TYPES[encoding.bits];
  return {
    type,
    shape: layout.shape,
    quantization: { scale, zeroPoint: Array.from(zeroPoint, (point) => point - shift), axis },
    bytes: () => packed(type, arranged(encoding.values, tensor.shape, layout), shift),
  };
}

const INTEGER_TYPES: Readonly<Record<AffineEncoding['bits'], TensorType>> = { 2: 'INT2', 4: 'INT4', 8: 'INT8', 16: 'INT16', 32: 'INT32' };

function packed(type: TensorType, values: ArrayLike<number>, shift: number): Uint8Array {
  switch (type) {
    case 'INT2':
      return packBits(values, shift, 2);
    case 'INT4':
      return packBits(values, shift, 4);
    case 'INT8':
      return bytesOf(shifted(new Int8Array(values.length), values, shift));
    case 'UINT8':
      return bytesOf(Uint8Array.from(values));
    case 'INT16':
      return bytesOf(shifted(new Int16Array(values.length), values, shift));
    default:
      return bytesOf(shifted(new Int32Array(values.length), values, shift));
  }
}

/** `target`, filled. A loop: `from` with a function takes ten times as long. */
function shifted<A extends Int8Array | Int16Array | Int32Array>(target: A, values: ArrayLike<number>, shift: number): A {
  if (shift === 0) target.set(values);
  else for (let i = 0; i < values.length; i++) target[i] = values[i]! - shift;
  return target;
}

/** Several codes a byte, the first in the lowest bits, row-major over the whole tensor. */
function packBits(values: ArrayLike<number>, shift: number, bits: 2 | 4): Uint8Array {
  const perByte = 8 / bits;
  const mask = (1 << bits) - 1;
  const bytes = new Uint8Array(Math.ceil(values.length / perByte));
  for (let i = 0; i < values.length; i++) bytes[Math.floor(i / perByte)]! |= ((values[i]! - shift) & mask) << ((i % perByte) * bits);
  return bytes;
}

type Numbers = Float32Array | Int32Array | Uint16Array | Int16Array | Uint8Array | Int8Array;

/** Rows and columns of this many numbers are moved together, so that both sides stay in the processor's cache. */
const TILE = 32;

/** Row-major in the layout's order of axes. Every layout takes one run of axes before another: a matrix is flipped, once for each index before. */
function arranged<A extends Numbers>(data: A, shape: Shape, { permutation }: Layout): A {
  if (!permutation || permutation.every((axis, i) => axis === i)) return data;
  const fixed = permutation.findIndex((axis, i) => axis !== i);
  const tail = permutation.length - permutation.toReversed().findIndex((axis, i) => axis !== permutation.length - 1 - i);
  const first = permutation[fixed]!;
  const isFlip = permutation.every((axis, i) => i < fixed || i >= tail || axis === (i - fixed < tail - first ? first + i - fixed : i - (tail - first)));
  if (!isFlip) throw new WhittleError('GraphError', `The layout [${permutation.join(', ')}] is not one of TensorFlow Lite's.`);
  const outer = sizeOf(shape.slice(0, fixed));
  const rows = sizeOf(shape.slice(fixed, first));
  const columns = sizeOf(shape.slice(first, tail));
  const inner = sizeOf(shape.slice(tail));
  const result = new (data.constructor as new (length: number) => A)(data.length);
  for (let block = 0; block < outer; block++) flip(data, result, block * rows * columns * inner, rows, columns, inner);
  return result;
}

/** [rows, columns, inner] → [columns, rows, inner] from `start` on. */
function flip(data: Numbers, result: Numbers, start: number, rows: number, columns: number, inner: number): void {
  for (let top = 0; top < rows; top += TILE) {
    for (let left = 0; left < columns; left += TILE) {
      const bottom = Math.min(top + TILE, rows);
      const right = Math.min(left + TILE, columns);
      for (let row = top; row < bottom; row++) {
        for (let column = left; column < right; column++) {
          const from = start + (row * columns + column) * inner;
          const to = start + (column * rows + row) * inner;
          for (let i = 0; i < inner; i++) result[to + i] = data[from + i]!;
        }
      }
    }
  }
}
