/** Recipes to begin with. Their names and sentences are texts of the page: `preset.<id>.label`, `preset.<id>.summary`. */
import type { FormatId } from '../formats/format';
import type { RecipeStep } from '../passes/pass';
import { makeStep } from '../passes/recipe';

export type PresetId = 'original' | 'lossless' | 'half' | 'eight-bit' | 'shared' | 'balanced' | 'smallest' | 'integer' | 'integer-small' | 'integer-16' | 'dynamic-range';

export interface Preset {
  readonly id: PresetId;
  readonly steps: readonly RecipeStep[];
  /** What it is for; absent: any format. */
  readonly format?: FormatId;
}

const lossless = [makeStep('clean-up'), makeStep('fold-batch-norm')];

export const presets: readonly Preset[] = [
  { id: 'original', steps: [] },
  { id: 'lossless', steps: lossless },
  { id: 'half', steps: [...lossless, makeStep('quantize-weights', { format: 'float16' })] },
  {
    id: 'eight-bit',
    steps: [...lossless, makeStep('quantize-weights', { format: 'uint8', granularity: 'tensor', clipping: 'mse' })],
  },
  { id: 'shared', steps: [...lossless, makeStep('cluster-weights', { centroids: 32 })] },
  {
    id: 'balanced',
    steps: [...lossless, makeStep('prune-magnitude', { sparsity: 0.5, ranking: 'lamp' }), makeStep('cluster-weights', { centroids: 32 })],
  },
  {
    id: 'smallest',
    steps: [
      ...lossless,
      makeStep('prune-magnitude', { sparsity: 0.6, ranking: 'lamp' }),
      makeStep('cluster-weights', { centroids: 16 }),
    ],
  },
  { id: 'integer', format: 'tflite', steps: [...lossless, makeStep('quantize-integer')] },
  { id: 'integer-small', format: 'tflite', steps: [...lossless, makeStep('quantize-integer', { weights: '4' })] },
  { id: 'integer-16', format: 'tflite', steps: [...lossless, makeStep('quantize-integer', { activations: 'int16' })] },
  { id: 'dynamic-range', format: 'tflite', steps: [...lossless, makeStep('quantize-integer', { activations: 'float' })] },
];

/**
 * What one click on a sample applies: the most that costs no measurable accuracy without training. Depthwise models have
 * no weights to spare.
 */
export function presetOfSample(sampleId: string): PresetId {
  return sampleId === 'fashion-mobile' ? 'shared' : 'balanced';
}

export function presetOf(id: PresetId): Preset {
  const preset = presets.find((other) => other.id === id);
  if (!preset) throw new Error(`There is no preset "${id}".`);
  return preset;
}
