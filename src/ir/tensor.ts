/**
 * A constant tensor and its encoding. The encoding says how the numbers are stored; `nbytes` is known without
 * decoding, writers choose how to store an encoding, and the executor decodes it. Tensors are never changed in place:
 * an edit makes a new tensor, so that graphs can share them.
 */
import type { DType } from '../ops/signatures';
import { halvesToFloats } from '../lib/half';
import { WhittleError } from '../lib/errors';

export type Shape = readonly number[];

/** One number an element. float16 is kept as its bits; bool as 0 and 1. */
export type DenseEncoding =
  | { readonly kind: 'dense'; readonly storage: 'float32'; readonly data: Float32Array }
  | { readonly kind: 'dense'; readonly storage: 'float16'; readonly data: Uint16Array }
  | { readonly kind: 'dense'; readonly storage: 'int32'; readonly data: Int32Array }
  | { readonly kind: 'dense'; readonly storage: 'bool'; readonly data: Uint8Array }
  | { readonly kind: 'dense'; readonly storage: 'string'; readonly data: readonly string[] };

/**
 * value = (q − zeroPoint) · scale. One scale and zero point for the tensor (`axis` null), for each index of `axis`, or,
 * with `blockSize`, for each run of `blockSize` indices of `axis` (see `scaleIndexer`). `values` holds one number an
 * element whatever the bits; the packed size counts in `nbytes`. 32 bits: a bias on the grid of its products. Zero points are whole numbers in everything Whittle
 * makes; TF.js files may hold fractions.
 */
export interface AffineEncoding {
  readonly kind: 'affine';
  readonly bits: 2 | 4 | 8 | 16 | 32;
  readonly signed: boolean;
  readonly values: Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array;
  readonly scale: Float32Array;
  readonly zeroPoint: Float64Array;
  readonly axis: number | null;
  /** Blocks along `axis`; every other dimension's index has its own run of blocks. */
  readonly blockSize: number | null;
}

/** value = codebook[group · entries + index]; one codebook (`axis` null) or one for each index of `axis`. */
export interface PaletteEncoding {
  readonly kind: 'palette';
  /** Bits of an index: entries = codebook.length / groups ≤ 2^bits. */
  readonly bits: 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;
  readonly indices: Uint8Array;
  readonly codebook: Float32Array;
  /** How the codebook's values are stored. */
  readonly codebookStorage: 'float32' | 'float16';
  readonly axis: number | null;
}

export type Encoding = DenseEncoding | AffineEncoding | PaletteEncoding;

export interface Tensor {
  readonly dtype: DType;
  readonly shape: Shape;
  readonly encoding: Encoding;
}

/** Number of elements; a dimension of −1 is a GraphError. */
export function sizeOf(shape: Shape): number {
  let size = 1;
  for (const dimension of shape) {
    if (dimension < 0) throw new WhittleError('GraphError', `Shape [${shape.join(', ')}] is not fully known.`);
    size *= dimension;
  }
  return size;
}

export function float32Tensor(shape: Shape, data: Float32Array | readonly number[]): Tensor {
  const values = data instanceof Float32Array ? data : Float32Array.from(data);
  return { dtype: 'float32', shape, encoding: { kind: 'dense', storage: 'float32', data: values } };
}

export function int32Tensor(shape: Shape, data: Int32Array | readonly number[]): Tensor {
  const values = data instanceof Int32Array ? data : Int32Array.from(data);
  return { dtype: 'int32', shape, encoding: { kind: 'dense', storage: 'int32', data: values } };
}

/** Bytes of the numbers in their own encoding, packed, with scales, zero points and codebooks; no container. */
export function nbytesOf(tensor: Tensor): number {
  const { encoding } = tensor;
  switch (encoding.kind) {
    case 'dense':
      if (encoding.storage === 'string') return encoding.data.reduce((sum, text) => sum + 4 + text.length, 0);
      return encoding.data.byteLength;
    case 'affine':
      return Math.ceil((encoding.values.length * encoding.bits) / 8) + encoding.scale.length * 4 + encoding.zeroPoint.length;
    case 'palette':
      return (
        Math.ceil((encoding.indices.length * encoding.bits) / 8) +
        encoding.codebook.length * (encoding.codebookStorage === 'float16' ? 2 : 4)
      );
    default: {
      const never: never = encoding;
      return never;
    }
  }
}

/** Bits of one weight as stored, codebooks and scales left out. */
export function bitsOf(tensor: Tensor): number {
  const { encoding } = tensor;
  if (encoding.kind !== 'dense') return encoding.bits;
  const bits = { float32: 32, float16: 16, int32: 32, bool: 8, string: 8 } as const;
  return bits[encoding.storage];
}

/** The numbers as float32. A dense float32 tensor gives its own array: do not write into the result. */
export function decodeFloats(tensor: Tensor): Float32Array {
  const { encoding } = tensor;
  switch (encoding.kind) {
    case 'dense':
      switch (encoding.storage) {
        case 'float32':
          return encoding.data;
        case 'float16':
          return halvesToFloats(encoding.data);
        case 'int32':
        case 'bool':
          return Float32Array.from(encoding.data);
        case 'string':
          throw new WhittleError('GraphError', 'A string tensor has no numbers.');
        default: {
          const never: never = encoding;
          return never;
        }
      }
    case 'affine':
      return decodeAffine(tensor.shape, encoding);
    case 'palette':
      return decodePalette(tensor.shape, encoding);
    default: {
      const never: never = encoding;
      return never;
    }
  }
}

/** The numbers as integers, of an int32 or bool tensor. */
export function decodeIntegers(tensor: Tensor): Int32Array {
  const { encoding } = tensor;
  if (encoding.kind === 'dense' && encoding.storage === 'int32') return encoding.data;
  return Int32Array.from(decodeFloats(tensor), Math.round);
}

/**
 * For element `i` of a tensor (row-major), which scale, zero point or codebook it uses. For blocks, scales are laid out
 * as the tensor's shape with `axis` shortened to ⌈size / blockSize⌉, row-major.
 */
export function scaleIndexer(shape: Shape, axis: number | null, blockSize: number | null): (index: number) => number {
  if (axis === null) return () => 0;
  const inner = sizeOf(shape.slice(axis + 1));
  const length = shape[axis]!;
  if (blockSize === null) return (index) => Math.floor(index / inner) % length;
  const blocks = Math.ceil(length / blockSize);
  return (index) => {
    const position = Math.floor(index / inner);
    const outer = Math.floor(position / length);
    return (outer * blocks + Math.floor((position % length) / blockSize)) * inner + (index % inner);
  };
}

/** How many scales the indexer reaches. */
export function scaleCount(shape: Shape, axis: number | null, blockSize: number | null): number {
  if (axis === null) return 1;
  if (blockSize === null) return shape[axis]!;
  return (sizeOf(shape) / Math.max(shape[axis]!, 1)) * Math.ceil(shape[axis]! / blockSize);
}

function decodeAffine(shape: Shape, encoding: AffineEncoding): Float32Array {
  const { values, scale, zeroPoint } = encoding;
  const floats = new Float32Array(values.length);
  if (encoding.axis === null) {
    for (let i = 0; i < values.length; i++) floats[i] = (values[i]! - zeroPoint[0]!) * scale[0]!;
    return floats;
  }
  if (encoding.blockSize === null) {
    const inner = sizeOf(shape.slice(encoding.axis + 1));
    const length = shape[encoding.axis]!;
    for (let i = 0; i < values.length; ) {
      for (let s = 0; s < length; s++) {
        for (const end = i + inner; i < end; i++) floats[i] = (values[i]! - zeroPoint[s]!) * scale[s]!;
      }
    }
    return floats;
  }
  const indexOf = scaleIndexer(shape, encoding.axis, encoding.blockSize);
  for (let i = 0; i < values.length; i++) {
    const s = indexOf(i);
    floats[i] = (values[i]! - zeroPoint[s]!) * scale[s]!;
  }
  return floats;
}

function decodePalette(shape: Shape, encoding: PaletteEncoding): Float32Array {
  const { indices, codebook } = encoding;
  const floats = new Float32Array(indices.length);
  const indexOf = scaleIndexer(shape, encoding.axis, null);
  const entries = codebook.length / scaleCount(shape, encoding.axis, null);
  for (let i = 0; i < indices.length; i++) floats[i] = codebook[indexOf(i) * entries + indices[i]!]!;
  return floats;
}
