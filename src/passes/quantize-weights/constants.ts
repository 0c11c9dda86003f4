/** Which constants hold real numbers that may be rounded. */
import type { Tensor } from '../../ir/tensor';

/** A float tensor with more than one element: a lone number (an epsilon, a factor) is never worth a scale. */
export function isFloatConstant(tensor: Tensor): boolean {
  return tensor.dtype === 'float32' && tensor.shape.reduce((a, b) => a * b, 1) > 1;
}
