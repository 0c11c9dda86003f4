/** A kernel in another shape: of a constant a constant again, in its own encoding where that can be, otherwise a Reshape. */
import type { Node } from '../../ir/graph';
import { decodeFloats, float32Tensor, type Shape, type Tensor } from '../../ir/tensor';
import type { LoweringContext, Ref } from './lowering';

/** `shape` has the sizes of input `index` with ones put in. */
export function reshapedWeight(node: Node, context: LoweringContext, index: number, shape: Shape): Ref {
  const tensor = context.tensor(index);
  if (!tensor) return context.inner('Reshape', [context.ref(index), context.tf.integers(shape)]);
  const name = context.graph.values[node.inputs[index]!]!.name;
  return context.tf.weight(name, shape, tensor.dtype, () => withOnesInFront(tensor, shape));
}

function withOnesInFront(tensor: Tensor, shape: Shape): Tensor {
  const { encoding } = tensor;
  if (encoding.kind === 'dense') return { ...tensor, shape };
  const added = shape.length - tensor.shape.length;
  const isLeading = shape.slice(0, added).every((size) => size === 1);
  if (encoding.axis === null) return { ...tensor, shape };
  if (!isLeading) return float32Tensor(shape, decodeFloats(tensor));
  return { ...tensor, shape, encoding: { ...encoding, axis: encoding.axis + added } };
}
