/** The strengths of passes that a sensitivity is worth knowing at, without training. */
import { makeStep } from '../passes/recipe';
import type { PassId } from '../passes/pass';
import type { OptionValue } from '../options/options';
import type { Variant } from './types';

/** From mild to strong within each pass: a search takes them as steps. */
export const defaultVariants: readonly Variant[] = [
  ...[0.5, 0.75, 0.9].map((sparsity) => variant('prune-magnitude', { sparsity, ranking: 'layer' })),
  ...[0.75, 0.5, 0.25].map((keep) => variant('factorize', { rankBy: 'layer', keep })),
  ...[64, 16].map((centroids) => variant('cluster-weights', { centroids })),
  variant('quantize-weights', { format: 'int8', granularity: 'channel' }),
  variant('quantize-weights', { format: 'int4', granularity: 'channel', clipping: 'mse' }),
];

/** Throws an OptionError for an option that the pass has not. */
export function variant(pass: PassId, options: Readonly<Record<string, OptionValue>>): Variant {
  makeStep(pass, options);
  return { pass, options };
}
