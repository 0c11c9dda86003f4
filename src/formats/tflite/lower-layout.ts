/** Constants in the graph's own layouts, in their own encoding: no number is decoded and rounded again. */
import { WhittleError } from '../../lib/errors';
import { sizeOf, type AffineEncoding, type Encoding, type Shape, type Tensor } from '../../ir/tensor';

/** Dimension i of the result is dimension `permutation[i]` of the tensor. */
export function transposeTensor(tensor: Tensor, permutation: readonly number[]): Tensor {
  const { shape, encoding } = tensor;
  const source = permutedOffsets(shape, permutation);
  const move = <A extends Movable>(data: A): A => moved(data, source);
  const made = (changed: Encoding): Tensor => ({ dtype: tensor.dtype, shape: permutation.map((axis) => shape[axis]!), encoding: changed });
  const newAxis = (axis: number | null): number | null => (axis === null ? null : permutation.indexOf(axis));
  switch (encoding.kind) {
    case 'dense':
      if (encoding.storage === 'string') throw new WhittleError('GraphError', 'A string tensor has no layout.');
      return made({ ...encoding, data: move(encoding.data) } as Encoding);
    case 'affine':
      if (encoding.blockSize !== null) throw new WhittleError('GraphError', 'Blocks of scales are not laid out anew.');
      return made({ ...encoding, values: move(encoding.values), axis: newAxis(encoding.axis) });
    case 'palette':
      return made({ ...encoding, indices: move(encoding.indices), axis: newAxis(encoding.axis) });
    default: {
      const never: never = encoding;
      return never;
    }
  }
}

/** [1, kh, kw, C·M] → [kh, kw, C, M]: the numbers stay where they are, only scales of single outputs need a place. */
export function depthwiseTensor(tensor: Tensor, multiplier: number): Tensor {
  const [, height, width, outputs] = tensor.shape as readonly [number, number, number, number];
  const channels = outputs / multiplier;
  const shape = [height, width, channels, multiplier];
  const { encoding } = tensor;
  if (encoding.kind !== 'affine' || encoding.axis === null) return { ...tensor, shape };
  return { ...tensor, shape, encoding: { ...encoding, ...depthwiseScales(encoding, height, width, channels, multiplier) } };
}

function depthwiseScales(
  { scale, zeroPoint }: AffineEncoding,
  height: number,
  width: number,
  channels: number,
  multiplier: number,
): Pick<AffineEncoding, 'scale' | 'zeroPoint' | 'axis' | 'blockSize'> {
  if (multiplier === 1) return { scale, zeroPoint, axis: 2, blockSize: null };
  if (channels === 1) return { scale, zeroPoint, axis: 3, blockSize: null };
  const isShared = (list: Float32Array | Float64Array): boolean => list.every((number, output) => number === list[output - (output % multiplier)]);
  if (isShared(scale) && isShared(zeroPoint)) {
    const firsts = <A extends Float32Array | Float64Array>(list: A): A => list.filter((_, output) => output % multiplier === 0) as A;
    return { scale: firsts(scale), zeroPoint: firsts(zeroPoint), axis: 2, blockSize: null };
  }
  // One scale for each pair of channel and multiple: blocks as high as the kernel, so that a scale stands for a column of it.
  return {
    scale: Float32Array.from({ length: width * scale.length }, (_, i) => scale[i % scale.length]!),
    zeroPoint: Float64Array.from({ length: width * scale.length }, (_, i) => zeroPoint[i % scale.length]!),
    axis: 0,
    blockSize: height,
  };
}

/** Another shape for a vector or scalar, whose scales run along its one dimension. */
export function reshapedTensor(tensor: Tensor, shape: Shape): Tensor {
  const { encoding } = tensor;
  if (encoding.kind === 'dense' || encoding.axis === null) return { ...tensor, shape };
  const axis = shape.findIndex((size) => size !== 1);
  return { ...tensor, shape, encoding: { ...encoding, axis: Math.max(axis, 0) } };
}

interface Movable {
  readonly length: number;
  [index: number]: number;
}

function moved<A extends Movable>(data: A, source: Uint32Array): A {
  const result = new (data.constructor as new (length: number) => A)(data.length);
  for (let i = 0; i < source.length; i++) result[i] = data[source[i]!]!;
  return result;
}

/** For each element of the result, where it stands in the source. */
function permutedOffsets(shape: Shape, permutation: readonly number[]): Uint32Array {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1));
  let offsets: Uint32Array = new Uint32Array([0]);
  for (const axis of permutation) {
    const size = shape[axis]!;
    const next = new Uint32Array(offsets.length * size);
    let at = 0;
    for (const offset of offsets) for (let i = 0; i < size; i++) next[at++] = offset + i * strides[axis]!;
    offsets = next;
  }
  if (offsets.length !== sizeOf(shape)) throw new WhittleError('GraphError', `[${permutation.join(', ')}] is no order of [${shape.join(', ')}].`);
  return offsets;
}
