/**
 * Dropout (Srivastava et al. 2014), scaled so that inference needs nothing: each number is zeroed with probability `rate`, the rest
 * divided by 1 − rate. The spatial variants drop whole channels. The mask is drawn on the host, so the same seed gives the same one everywhere.
 */
import type { NodeOf } from '../../../ir/graph';
import type { Rule } from '../rule';
import { createRandom } from '../../../lib/random';
import { mul, tensor } from '@tensorflow/tfjs-core';

/** Share of dropped numbers, or 0 for a node that is no dropout. */
export function dropoutRate({ layer }: NodeOf<'identity'>): number {
  const rate = layer?.config['rate'];
  if (!layer || !/^(Dropout|SpatialDropout[123]D)$/.test(layer.className)) return 0;
  return typeof rate === 'number' && rate > 0 && rate < 1 ? rate : 0;
}

/** `index` keeps the masks of several nodes apart. */
export function dropout(node: NodeOf<'identity'>, index: number): Rule {
  const rate = dropoutRate(node);
  const isSpatial = node.layer!.className !== 'Dropout';
  return {
    reads: { inputs: [], outputs: false },
    forward([x], { training, seed, keep }) {
      if (!training) return x!;
      const shape = isSpatial ? x!.shape.map((size, axis) => (axis === 0 || axis === x!.rank - 1 ? size : 1)) : x!.shape;
      const random = createRandom(Math.imul(seed, SEED_STRIDE) + index);
      const mask = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => (random.uniform() < rate ? 0 : 1 / (1 - rate)));
      const factors = tensor(mask, shape);
      keep(factors);
      return mul(x!, factors);
    },
    backward: ([dy], { kept: [mask] }) => [mul(dy!, mask!)],
  };
}

/** More than any net has dropout layers, and odd, so that steps and layers never meet. */
const SEED_STRIDE = 0x10001;
