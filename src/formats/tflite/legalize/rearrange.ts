/**
 * Constants in another order: every element of the new tensor is one of the old, or zero. The encoding is kept where its scales
 * can follow, so that a quantized kernel stays one; otherwise the numbers become floats.
 */
import { stridesOf } from '../../../ops/contents';
import type { AffineEncoding, Encoding, Shape, Tensor } from '../../../ir/tensor';
import { decodeFloats, decodeIntegers, float32Tensor, int32Tensor, scaleIndexer, sizeOf } from '../../../ir/tensor';

/** In `sources`: no element, a zero. */
export const ZERO = -1;

/** `sources[i]` is the place of the new element i in the old tensor, or ZERO. */
export function rearranged(tensor: Tensor, shape: Shape, sources: Int32Array): Tensor {
  const encoding = rearrangedEncoding(tensor, shape, sources);
  if (encoding) return { dtype: tensor.dtype, shape, encoding };
  const pick = <A extends Float32Array | Int32Array>(from: A, into: A): A => {
    sources.forEach((source, i) => (into[i] = source === ZERO ? 0 : from[source]!));
    return into;
  };
  if (tensor.dtype === 'int32') return int32Tensor(shape, pick(decodeIntegers(tensor), new Int32Array(sources.length)));
  return float32Tensor(shape, pick(decodeFloats(tensor), new Float32Array(sources.length)));
}

export function reshaped(tensor: Tensor, shape: Shape): Tensor {
  const { encoding } = tensor;
  if (encoding.kind === 'dense' || encoding.axis === null) return { ...tensor, shape };
  return rearranged(tensor, shape, Int32Array.from({ length: sizeOf(shape) }, (_, i) => i));
}

export function transposed(tensor: Tensor, permutation: readonly number[]): Tensor {
  const shape = permutation.map((axis) => tensor.shape[axis]!);
  const strides = stridesOf(tensor.shape);
  return rearranged(tensor, shape, sourcesOf(shape, (indices) => indices.reduce((place, index, i) => place + index * strides[permutation[i]!]!, 0)));
}

/** The part from `start` to `start + size` of an axis. */
export function sliced(tensor: Tensor, axis: number, start: number, size: number): Tensor {
  const shape = tensor.shape.with(axis, size);
  const strides = stridesOf(tensor.shape);
  return rearranged(tensor, shape, sourcesOf(shape, (indices) => indices.reduce((place, index, i) => place + (i === axis ? index + start : index) * strides[i]!, 0)));
}

/** A kernel with dilations − 1 zeros between its cells, which does without dilations what the first does with. */
export function dilated(tensor: Tensor, dilations: readonly number[]): Tensor {
  const shape = tensor.shape.map((size, axis) => (size - 1) * (dilations[axis] ?? 1) + 1);
  const strides = stridesOf(tensor.shape);
  return rearranged(
    tensor,
    shape,
    sourcesOf(shape, (indices) => {
      let place = 0;
      for (const [axis, index] of indices.entries()) {
        const dilation = dilations[axis] ?? 1;
        if (index % dilation !== 0) return ZERO;
        place += (index / dilation) * strides[axis]!;
      }
      return place;
    }),
  );
}

function sourcesOf(shape: Shape, sourceOf: (indices: readonly number[]) => number): Int32Array {
  const indices = shape.map(() => 0);
  const sources = new Int32Array(sizeOf(shape));
  for (let i = 0; i < sources.length; i++) {
    sources[i] = sourceOf(indices);
    for (let axis = shape.length - 1; axis >= 0 && ++indices[axis]! === shape[axis]!; axis--) indices[axis] = 0;
  }
  return sources;
}

function rearrangedEncoding({ shape: oldShape, encoding }: Tensor, shape: Shape, sources: Int32Array): Encoding | null {
  switch (encoding.kind) {
    case 'dense':
      if (encoding.storage === 'float16' || encoding.storage === 'bool') {
        // Zero has only zero bits in both.
        const { data, storage } = encoding;
        const moved = storage === 'float16' ? new Uint16Array(sources.length) : new Uint8Array(sources.length);
        sources.forEach((source, i) => (moved[i] = source === ZERO ? 0 : data[source]!));
        return { kind: 'dense', storage, data: moved } as Encoding;
      }
      return null;
    case 'affine': {
      if (encoding.blockSize !== null) return null;
      const scales = followScales(oldShape, encoding.axis, shape, sources);
      if (!scales) return null;
      const { values, zeroPoint } = encoding;
      const moved = new (values.constructor as Int8ArrayConstructor)(sources.length) as AffineEncoding['values'];
      const zeroOf = scaleIndexer(shape, scales.axis, null);
      sources.forEach((source, i) => (moved[i] = source === ZERO ? zeroPoint[scales.picks?.[zeroOf(i)] ?? 0]! : values[source]!));
      if (!scales.picks) return { ...encoding, values: moved };
      const picks = scales.picks;
      return {
        ...encoding,
        values: moved,
        axis: scales.axis,
        scale: Float32Array.from(picks, (pick) => encoding.scale[pick]!),
        zeroPoint: Float64Array.from(picks, (pick) => zeroPoint[pick]!),
      };
    }
    case 'palette': {
      if (encoding.axis !== null || sources.includes(ZERO)) return null;
      return { ...encoding, indices: Uint8Array.from(sources, (source) => encoding.indices[source]!) };
    }
    default: {
      const never: never = encoding;
      return never;
    }
  }
}

/** The axis of the new shape that the old scales run along, and which old scale each of its indices has. */
function followScales(oldShape: Shape, oldAxis: number | null, shape: Shape, sources: Int32Array): { axis: number | null; picks: Int32Array | null } | null {
  if (oldAxis === null) return { axis: null, picks: null };
  const scaleOf = scaleIndexer(oldShape, oldAxis, null);
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const indexOf = scaleIndexer(shape, axis, null);
    const picks = new Int32Array(shape[axis]!).fill(ZERO);
    const agrees = sources.every((source, i) => {
      if (source === ZERO) return true;
      const [index, scale] = [indexOf(i), scaleOf(source)];
      if (picks[index] === ZERO) picks[index] = scale;
      return picks[index] === scale;
    });
    // An index with zeros only takes any scale.
    if (agrees) return { axis, picks: picks.map((pick) => Math.max(pick, 0)) };
  }
  return null;
}
