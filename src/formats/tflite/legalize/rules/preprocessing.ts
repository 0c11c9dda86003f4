/**
 * Preprocessing layers:
 * - category-encode: one-hot rows; their maximum (multi-hot) or sum (count) over the tokens of a sample
 * - bucketize = how many boundaries are at most x
 */
import { float32Tensor } from '../../../../ir/tensor';
import { algebra } from '../algebra';
import type { Rules } from '../rule';

export const preprocessingRules: Rules = {
  'category-encode': [
    (node, build) => {
      const { cast, mul, reshape, sum, max } = algebra(build);
      const [x, weights] = node.inputs;
      const { tokens, mode } = node.attributes;
      const shape = build.shape(x!);
      const tokenAxis = shape.length > 1 ? 1 : 0;
      const hot = build.op('one-hot', [cast(x!, 'int32')], { axis: -1, depth: tokens, onValue: 1, offValue: 0 });
      switch (mode) {
        case 'one-hot':
          return [reshape(hot, build.shape(node.outputs[0]!))];
        case 'multi-hot':
          return [max(hot, [tokenAxis], false)];
        case 'count': {
          const weighted = weights ? mul(hot, reshape(cast(weights, 'float32'), [...build.shape(weights), 1])) : hot;
          return [sum(weighted, [tokenAxis], false)];
        }
        default: {
          const never: never = mode;
          return never;
        }
      }
    },
  ],
  bucketize: [
    (node, build) => {
      const { cast, reshape, sum, greaterEqual } = algebra(build);
      const x = node.inputs[0]!;
      const { boundaries } = node.attributes;
      if (boundaries.length === 0) return [build.op('zeros-like', [cast(x, 'int32')], {} as never)];
      const limits = build.constant(null, 'boundaries', () => float32Tensor([boundaries.length], [...boundaries]));
      const above = greaterEqual(reshape(cast(x, 'float32'), [...build.shape(x), 1]), limits);
      return [cast(sum(cast(above, 'float32'), [-1], false), 'int32')];
    },
  ],
  'one-hot': [
    (node, build) => {
      const x = node.inputs[0]!;
      return build.value(x).dtype === 'int32' ? null : [build.op('one-hot', [algebra(build).cast(x, 'int32')], node.attributes)];
    },
  ],
};
