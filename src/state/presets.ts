/** Recipes to begin with. Their names and sentences are texts of the page: `preset.<id>.label`, `preset.<id>.summary`. */
import type { RecipeStep } from '../passes/pass';
import { makeStep } from '../passes/recipe';

export type PresetId = 'original' | 'lossless' | 'half' | 'balanced' | 'eight-bit' | 'smallest';

export interface Preset {
  readonly id: PresetId;
  readonly steps: readonly RecipeStep[];
}

const lossless = [makeStep('clean-up'), makeStep('fold-batch-norm')];

export const presets: readonly Preset[] = [
  { id: 'original', steps: [] },
  { id: 'lossless', steps: lossless },
  { id: 'half', steps: [...lossless, makeStep('quantize-weights', { format: 'float16' })] },
  {
    id: 'balanced',
    steps: [...lossless, makeStep('prune-magnitude', { sparsity: 0.5 }), makeStep('cluster-weights', { centroids: 32 })],
  },
  {
    id: 'eight-bit',
    steps: [...lossless, makeStep('quantize-weights', { format: 'uint8', granularity: 'tensor', clipping: 'mse' })],
  },
  {
    id: 'smallest',
    steps: [
      ...lossless,
      makeStep('prune-magnitude', { sparsity: 0.6, ranking: 'global' }),
      makeStep('cluster-weights', { centroids: 16 }),
    ],
  },
];

/** What one click on a sample applies. */
export const samplePreset: PresetId = 'balanced';

export function presetOf(id: PresetId): Preset {
  const preset = presets.find((other) => other.id === id);
  if (!preset) throw new Error(`There is no preset "${id}".`);
  return preset;
}
