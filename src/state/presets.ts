/** Recipes to begin with. Their names and sentences are texts of the page: `preset.<id>.label`, `preset.<id>.summary`. */
import type { FormatId } from '../formats/format';
import type { RecipeStep } from '../passes/pass';
import { makeStep } from '../passes/recipe';

export type PresetId = 'original' | 'lossless' | 'half' | 'eight-bit' | 'shared' | 'balanced' | 'smallest' | 'integer' | 'integer-small' | 'integer-16' | 'dynamic-range' | 'recovered' | 'collaborative' | 'quarter-width';

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
  // Batch norm trains better unfolded: its statistics follow what pruning changes.
  { id: 'recovered', steps: [makeStep('clean-up'), makeStep('prune-magnitude', { sparsity: 0.75, ranking: 'global', recoverEpochs: 3 }), makeStep('fold-batch-norm')] },
  {
    id: 'collaborative',
    format: 'tflite',
    steps: [
      ...lossless,
      makeStep('prune-magnitude', { sparsity: 0.75, ranking: 'global', recoverEpochs: 3 }),
      makeStep('cluster-weights', { centroids: 16, recoverEpochs: 1 }),
      makeStep('quantize-integer', { recoverEpochs: 1, recoverRate: 3e-4 }),
    ],
  },
  { id: 'quarter-width', steps: [makeStep('clean-up'), makeStep('distil', { student: 'slim', width: 0.25 }), makeStep('fold-batch-norm')] },
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
