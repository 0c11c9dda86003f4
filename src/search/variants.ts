/** The strengths of passes that a sensitivity is worth knowing at. */
import { makeStep } from '../passes/recipe';
import type { PassId } from '../passes/pass';
import type { OptionValue } from '../options/options';
import type { Variant } from './types';

const CHANNEL_SHARES = [0.25, 0.5, 0.75];
/** As they are pruned: fitting what reads them takes seconds a layer. */
const bareChannels = CHANNEL_SHARES.map((share) => variant('prune-channels', { share, reconstruct: false }));
const fittedChannels = CHANNEL_SHARES.map((share) => variant('prune-channels', { share }));

/** Without training, from mild to strong within each pass: a search takes them as steps. */
const layerVariants: readonly Variant[] = [
  ...[0.5, 0.75, 0.9].map((sparsity) => variant('prune-magnitude', { sparsity, ranking: 'layer' })),
  ...[0.75, 0.5, 0.25].map((keep) => variant('factorize', { rankBy: 'layer', keep })),
  ...[64, 16].map((centroids) => variant('cluster-weights', { centroids })),
  variant('quantize-weights', { format: 'int8', granularity: 'channel' }),
  variant('quantize-weights', { format: 'int4', granularity: 'channel', clipping: 'mse' }),
];

/** What a sensitivity shows. */
export const defaultVariants: readonly Variant[] = [...layerVariants, ...bareChannels];

/** Training does what fitting would, and better. Weights end on a grid of 8 bits, so that grids are no choice here. */
const trainedVariants: readonly Variant[] = [
  ...[0.5, 0.75, 0.9, 0.95, 0.97].map((sparsity) => variant('prune-magnitude', { sparsity, ranking: 'layer' })),
  ...[0.5, 0.25, 0.1].map((keep) => variant('factorize', { rankBy: 'layer', keep })),
  ...[16, 8, 4].map((centroids) => variant('cluster-weights', { centroids })),
  ...bareChannels,
];

/** What a search chooses from. Without training, channels are worth their time only where less work is the goal. */
export function searchedVariants({ isTrained, wantsSpeed }: { readonly isTrained: boolean; readonly wantsSpeed: boolean }): readonly Variant[] {
  if (isTrained) return trainedVariants;
  return wantsSpeed ? [...layerVariants, ...fittedChannels] : layerVariants;
}

/** Throws an OptionError for an option that the pass has not. */
export function variant(pass: PassId, options: Readonly<Record<string, OptionValue>>): Variant {
  makeStep(pass, options);
  return { pass, options };
}
