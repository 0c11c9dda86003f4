/** Preprocessing layers that are arithmetic: category encoding and bucketing. */
import type { Kernel, Tensor } from './kernel';
import { castTo } from './cast';
import { cast, clone, expandDims, greaterEqual, max, mul, oneHot, reshape, sum, tensor1d, tidy } from '@tensorflow/tfjs-core';

/** As Keras's CategoryEncoding: tokens of one sample lie along axis 1; a single token a sample may lack that axis. */
export const categoryEncode: Kernel<'category-encode'> = (node, context) => {
  const { tokens, mode } = node.attributes;
  return (x: Tensor, weights: Tensor | null) =>
    tidy(() => {
      const hot = castTo(oneHot(cast(x, 'int32'), tokens) as Tensor, 'float32', context);
      switch (mode) {
        case 'one-hot':
          return x.shape.at(-1) === 1 && x.rank > 1 ? reshape(hot, [...x.shape.slice(0, -1), tokens]) : hot;
        case 'multi-hot':
          return max(hot, x.rank > 1 ? 1 : 0);
        case 'count':
          return sum(weights ? mul(hot, expandDims(castTo(weights, 'float32', context), -1)) : hot, x.rank > 1 ? 1 : 0);
        default: {
          const never: never = mode;
          return never;
        }
      }
    });
};

export const bucketize: Kernel<'bucketize'> = (node) => {
  const { boundaries } = node.attributes;
  return (x: Tensor) =>
    tidy(() => {
      if (boundaries.length === 0) return cast(mul(clone(x), 0), 'int32');
      const above = greaterEqual(expandDims(cast(x, 'float32'), -1), tensor1d([...boundaries]));
      return cast(sum(cast(above, 'float32'), -1), 'int32');
    });
};
