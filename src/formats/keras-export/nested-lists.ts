/** Numbers as the nested lists that JSON has for arrays. */
import { decodeFloats, type Shape, type Tensor } from '../../ir/tensor';
import { ArrayArgument } from '../keras-layers/topology';

/** `values` in rows of `shape`; a single one for no dimensions. */
export function nest(shape: Shape, values: readonly unknown[]): unknown {
  const [size, ...rest] = shape;
  if (size === undefined) return values[0];
  const inner = values.length / size;
  return Array.from({ length: size }, (_, i) => nest(rest, values.slice(i * inner, (i + 1) * inner)));
}

/** A number, whole numbers as they are, or an array of a type. */
export function literal(tensor: Tensor): unknown {
  const numbers = Array.from(decodeFloats(tensor), (value) => (tensor.dtype === 'bool' ? value !== 0 : value));
  const nested = nest(tensor.shape, numbers);
  return tensor.dtype === 'int32' || (tensor.dtype === 'float32' && tensor.shape.length === 0) ? nested : new ArrayArgument(nested, tensor.dtype);
}
