/** Gradients of activations from their results, so that what goes in need not be kept. */
import type { Tensor } from '@tensorflow/tfjs-core';
import type { FusedActivation } from '../../ops/signatures';
import { eluGrad, gateByRange } from './elementwise-kernels';
import { mul, square, sub } from '@tensorflow/tfjs-core';

/** dy times the activation's slope where its result is `y`. Gives `dy` itself for 'none'. */
export function throughActivation(dy: Tensor, y: Tensor, activation: FusedActivation): Tensor {
  switch (activation) {
    case 'none':
      return dy;
    case 'relu':
      return gateByRange(dy, y, 0, Infinity);
    case 'relu6':
      return gateByRange(dy, y, 0, 6);
    case 'relu-n1-to-1':
      return gateByRange(dy, y, -1, 1);
    case 'elu':
      return eluGrad(dy, y);
    case 'sigmoid':
      return mul(dy, sub(y, square(y)));
    case 'tanh':
      return mul(dy, sub(1, square(y)));
    default: {
      const never: never = activation;
      return never;
    }
  }
}
