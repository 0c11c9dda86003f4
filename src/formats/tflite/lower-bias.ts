/** Biases of integer operators: int32 on the grid of the products that they are added to. */
import type { ValueId } from '../../ir/graph';
import type { Tensor } from '../../ir/tensor';
import type { FlatBuilder } from './lower-builder';
import type { FlatNode } from './lower-node';

/** The bias `index` for the input `x` and the weights `kernel`. A scale that the file leaves out follows from those two. */
export function quantizedBias(node: FlatNode, builder: FlatBuilder, index: number, x: number, kernel: number): ValueId {
  const constant = node.constant(index);
  const isBare = constant?.encoding.kind === 'dense' && constant.encoding.storage === 'int32';
  if (!isBare) return node.value(index);
  const grid = node.gridOf(x);
  const weights = node.constant(kernel)?.encoding;
  if (!grid || weights?.kind !== 'affine') return node.refuse('its bias holds whole numbers without a scale');
  const scale = weights.scale.map((step) => Math.fround(step * grid.scale));
  return builder.derived(node, index, 'bias', withScale(constant, scale));
}

function withScale(tensor: Tensor, scale: Float32Array): Tensor {
  const { encoding, shape } = tensor;
  if (encoding.kind !== 'dense' || encoding.storage !== 'int32') return tensor;
  const axis = scale.length === 1 ? null : 0;
  const zeroPoint = new Float64Array(scale.length);
  return { dtype: 'float32', shape, encoding: { kind: 'affine', bits: 32, signed: true, values: encoding.data, scale, zeroPoint, axis, blockSize: null } };
}
