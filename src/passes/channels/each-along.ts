/** The numbers of a constant, in order, each with its index along one axis. */
import { decodeFloats, type Tensor } from '../../ir/tensor';
import { productOf } from '../../ops/dimensions';

export function eachAlong(tensor: Tensor, axis: number, visit: (value: number, index: number) => void): void {
  const inner = productOf(tensor.shape.slice(axis + 1));
  const size = tensor.shape[axis]!;
  const values = decodeFloats(tensor);
  for (let i = 0; i < values.length; i++) visit(values[i]!, Math.floor(i / inner) % size);
}
