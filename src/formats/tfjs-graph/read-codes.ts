/**
 * Finds weights that the graph puts together from constants when it runs, and reads each as the one encoded constant it
 * is: (codes − zero points) · scales, and gather(codebook, codes). See `stored-codes.ts`; files of other writers with the
 * same structure mean the same.
 */
import type { ValueId } from '../../ir/graph';
import { decodeFloats, decodeIntegers, type AffineEncoding, type Shape, type Tensor } from '../../ir/tensor';
import type { GraphBuilder, TfNode } from './graph-builder';

/** Codes of a byte. */
const LARGEST_CODEBOOK = 256;

/** codes − zero points, or null when the difference is none of constants of this kind. */
export function readShifted(node: TfNode, builder: GraphBuilder): readonly ValueId[] | null {
  const [codes, zeros] = node.inputs.map((id) => builder.tensorOf(id));
  const encoding = plainCodes(codes);
  const layout = encoding && encoding.axis === null ? layoutOf(codes!.shape, zeros) : null;
  if (!encoding || !layout) return null;
  const zeroPoint = Float64Array.from(decodeFloats(zeros!), (zero) => zero + encoding.zeroPoint[0]!);
  const shifted: AffineEncoding = { ...encoding, zeroPoint, scale: new Float32Array(zeroPoint.length).fill(1), ...layout };
  return [builder.constant(node.name, { dtype: 'float32', shape: codes!.shape, encoding: shifted })];
}

/** codes · scales, or null when the product is none of constants of this kind. */
export function readScaled(node: TfNode, builder: GraphBuilder): readonly ValueId[] | null {
  const [codes, scales] = node.inputs.map((id) => builder.tensorOf(id));
  const encoding = plainCodes(codes);
  const layout = encoding ? layoutOf(codes!.shape, scales) : null;
  if (!encoding || !layout) return null;
  const isShifted = encoding.axis !== null;
  if (isShifted && (encoding.axis !== layout.axis || encoding.blockSize !== layout.blockSize)) return null;
  const scale = decodeFloats(scales!);
  const zeroPoint = isShifted ? encoding.zeroPoint : new Float64Array(scale.length).fill(encoding.zeroPoint[0]!);
  return [builder.constant(node.name, { dtype: 'float32', shape: codes!.shape, encoding: { ...encoding, scale, zeroPoint, ...layout } })];
}

/** Blocks that had a dimension of their own, back in the dimension that they divide; null for every other reshape. */
export function readBlocks(node: TfNode, builder: GraphBuilder, shape: readonly number[] | null): readonly ValueId[] | null {
  const tensor = builder.tensorOf(node.input(0));
  if (!tensor || !shape || tensor.encoding.kind !== 'affine' || tensor.encoding.blockSize === null) return null;
  const axis = tensor.encoding.axis! - 1;
  const merged = tensor.shape.toSpliced(axis, 2, tensor.shape[axis]! * tensor.shape[axis + 1]!);
  if (merged.length !== shape.length || merged.some((length, i) => length !== shape[i])) return null;
  return [builder.constant(node.name, { ...tensor, shape, encoding: { ...tensor.encoding, axis } })];
}

/** gather(codebook, codes) over the whole codebook, or null. */
export function readGathered(node: TfNode, builder: GraphBuilder): readonly ValueId[] | null {
  const [codebook, codes] = node.inputs.map((id) => builder.tensorOf(id));
  if (!codebook || !codes || codebook.dtype !== 'float32' || codebook.shape.length !== 1 || codes.dtype !== 'int32') return null;
  const entries = codebook.shape[0]!;
  if (entries < 2 || entries > LARGEST_CODEBOOK || codebook.encoding.kind !== 'dense' || codes.shape.length < 2) return null;
  const indices = decodeIntegers(codes);
  if (indices.some((index) => index < 0 || index >= entries)) return null;
  const tensor: Tensor = {
    dtype: 'float32',
    shape: codes.shape,
    encoding: {
      kind: 'palette',
      bits: Math.max(1, Math.ceil(Math.log2(entries))) as 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8,
      indices: Uint8Array.from(indices),
      codebook: decodeFloats(codebook),
      codebookStorage: codebook.encoding.storage === 'float16' ? 'float16' : 'float32',
      axis: null,
    },
  };
  return [builder.constant(node.name, tensor)];
}

/** Numbers that stand for themselves, perhaps less a zero point. */
function plainCodes(tensor: Tensor | undefined): AffineEncoding | null {
  if (tensor?.dtype !== 'float32' || tensor.encoding.kind !== 'affine') return null;
  return tensor.encoding.scale.every((scale) => scale === 1) ? tensor.encoding : null;
}

interface Layout {
  readonly axis: number | null;
  readonly blockSize: number | null;
}

/** How scales or zero points lie: one for all, one for each index of an axis, or one for all along an axis (a block). */
function layoutOf(shape: Shape, parameters: Tensor | undefined): Layout | null {
  if (parameters?.dtype !== 'float32' || parameters.encoding.kind !== 'dense' || parameters.shape.length > shape.length) return null;
  const padded = [...new Array<number>(shape.length - parameters.shape.length).fill(1), ...parameters.shape];
  const along = padded.flatMap((length, axis) => (length === 1 && shape[axis] !== 1 ? [] : [axis]));
  if (along.some((axis) => padded[axis] !== shape[axis])) return null;
  const varying = along.filter((axis) => shape[axis] !== 1);
  if (varying.length === 0) return { axis: null, blockSize: null };
  if (varying.length === 1) return { axis: varying[0]!, blockSize: null };
  const fixed = shape.flatMap((length, axis) => (length !== 1 && padded[axis] === 1 ? [axis] : []));
  return fixed.length === 1 && fixed[0]! > 0 ? { axis: fixed[0]!, blockSize: shape[fixed[0]!]! } : null;
}
