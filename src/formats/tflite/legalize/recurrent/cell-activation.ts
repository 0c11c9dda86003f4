/** The activation of a recurrent cell as an operator. */
import type { ValueId } from '../../../../ir/graph';
import type { RecurrentActivation } from '../../../../ops/signatures';
import type { Build } from '../rule';

export function cellActivation(name: RecurrentActivation, build: Build): (x: ValueId) => ValueId {
  switch (name) {
    case 'linear':
      return (x) => x;
    case 'elu':
      return (x) => build.op('elu', [x], { alpha: 1 });
    case 'gelu':
      return (x) => build.op('gelu', [x], { approximate: false });
    case 'softmax':
      return (x) => build.op('softmax', [x], { axis: -1 });
    case 'relu':
    case 'relu6':
    case 'sigmoid':
    case 'hard-sigmoid':
    case 'hard-sigmoid-keras2':
    case 'tanh':
    case 'softplus':
    case 'softsign':
    case 'selu':
    case 'exp':
    case 'silu':
      return (x) => build.op(name, [x], {} as never);
    default: {
      const never: never = name;
      return never;
    }
  }
}
