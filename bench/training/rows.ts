/** The recipes whose figures `npm run bench -- training` takes, and what stands beside them: TensorFlow's tools on the same model and data. */
import type { Recipe, RecipeStep } from '../../src/passes/pass';
import { makeStep } from '../../src/passes/recipe';

export interface Row {
  /** Model file without `.keras`. */
  readonly model: string;
  readonly steps: readonly RecipeStep[];
  /** Accuracy in per cent that the mean of the seeds must reach; null: a control, or judged by size. */
  readonly atLeast: number | null;
  /** What others' tools reach, in per cent, in as many epochs or fewer; empty: nobody measured it. */
  readonly peer: string;
  /** Bytes after compressing the .tflite with gzip, at most. */
  readonly gzipAtMost?: number;
  /** The same with brotli. */
  readonly brotliAtMost?: number;
  /** The row that this one is compared with, image by image; absent: the model as given. */
  readonly against?: string;
}

const exact = [makeStep('clean-up')];
const fold = makeStep('fold-batch-norm');
const folded = [...exact, fold];
const prune = (sparsity: number, recoverEpochs: number, more = {}): RecipeStep => makeStep('prune-magnitude', { sparsity, recoverEpochs, ...more });
const cluster = (centroids: number, recoverEpochs: number, more = {}): RecipeStep => makeStep('cluster-weights', { centroids, recoverEpochs, ...more });
const integer = (options: Readonly<Record<string, string | number | boolean>>): RecipeStep => makeStep('quantize-integer', options);
const quarter = (student: 'slim' | 'width', options: Readonly<Record<string, string | number | boolean>> = {}): RecipeStep => makeStep('distil', { student, width: 0.25, ...options });
const channels = (target: string, options: Readonly<Record<string, string | number | boolean>>): RecipeStep => makeStep('prune-channels', { share: 0.5, target, ...options });
/** LeNets arrive untrained: what fine-tune makes of them is the float baseline. */
const trained = (epochs: number): RecipeStep[] => [...exact, makeStep('fine-tune', { epochs, heldOut: 0 })];
/** Without a teacher: that would be the model as given, which knows nothing. */
const deepCompression = (sparsity: number, epochs: number, recoverAugmentation = 'none'): RecipeStep[] => [
  prune(sparsity, epochs, { recoverTeacher: false, recoverAugmentation }),
  cluster(16, 4, { recoverTeacher: false, recoverAugmentation }),
  integer({ recoverEpochs: 1, recoverRate: 3e-4, recoverTeacher: false, recoverAugmentation }),
];

export const rows: Readonly<Record<string, Row>> = {
  'cnn-plain-2': { model: 'fashion_cnn', steps: [...exact, makeStep('fine-tune', { epochs: 2 })], atLeast: null, peer: '92.57' },
  'cnn-prune-50': { model: 'fashion_cnn', steps: [...exact, prune(0.5, 2)], atLeast: 92.4, peer: '92.31' },
  'cnn-prune-75': { model: 'fashion_cnn', steps: [...exact, prune(0.75, 2)], atLeast: 92.2, peer: '91.52' },
  'cnn-prune-90': { model: 'fashion_cnn', steps: [...exact, prune(0.9, 2)], atLeast: 91.0, peer: '86.54' },
  /** Trained before it is clustered: entries of a codebook move thousands of weights at once, and two epochs of that end at 92.1. */
  'cnn-cluster-16': { model: 'fashion_cnn', steps: [...exact, makeStep('fine-tune', { epochs: 2 }), cluster(16, 0)], atLeast: 92.3, peer: '92.15 (1 epoch)' },
  'cnn-collaborative': {
    model: 'fashion_cnn',
    steps: [...folded, prune(0.78, 2), cluster(16, 1), integer({ recoverEpochs: 1, recoverRate: 3e-4 })],
    atLeast: 92.0,
    peer: '',
    gzipAtMost: 60_000,
  },
  'mobile-plain-2': { model: 'fashion_mobile', steps: [...exact, makeStep('fine-tune', { epochs: 2 })], atLeast: null, peer: '92.31' },
  'mobile-prune-50': { model: 'fashion_mobile', steps: [...exact, prune(0.5, 4)], atLeast: 92.1, peer: '91.71' },
  'mobile-prune-75': { model: 'fashion_mobile', steps: [...exact, prune(0.75, 2)], atLeast: 91.0, peer: '89.21' },
  'mobile-int4': { model: 'fashion_mobile', steps: [...folded, integer({ weights: '4', recoverEpochs: 2, recoverRate: 5e-4 })], atLeast: 91.9, peer: '90.52 (not trained)' },
  'cnn-half-channels': { model: 'fashion_cnn', steps: [...exact, channels('channels', { recoverEpochs: 4 }), fold], atLeast: 92.2, peer: '91.52 (2 epochs)' },
  'mobile-half-macs': { model: 'fashion_mobile', steps: [...exact, channels('macs', { importance: 'removal-error', ranking: 'global', recoverEpochs: 4 }), fold], atLeast: 91.6, peer: '90.80 (2 epochs)' },
  /** 15,634 parameters, as all quarters. Its weights begin as the teacher's most important channels. */
  'student-taught': { model: 'fashion_cnn', steps: [...exact, quarter('slim')], atLeast: 90.0, peer: '87.79 (3 epochs)', against: 'student-alone' },
  'student-alone': { model: 'fashion_cnn', steps: [...exact, quarter('width', { teacher: false })], atLeast: null, peer: '88.19 (3 epochs)' },
  /** Which half of the gain is the weights' and which the teacher's: from random weights with the teacher, from the teacher's weights without it. */
  'student-fresh-taught': { model: 'fashion_cnn', steps: [...exact, quarter('width')], atLeast: null, peer: '87.79 (3 epochs)', against: 'student-alone' },
  'student-slim-alone': { model: 'fashion_cnn', steps: [...exact, quarter('slim', { teacher: false })], atLeast: null, peer: '', against: 'student-alone' },
  'student-int8': {
    model: 'fashion_cnn',
    steps: [...exact, quarter('slim'), fold, integer({})],
    atLeast: null,
    peer: '',
    brotliAtMost: 25_000,
  },
  'lenet-300': { model: 'lenet_300_100', steps: trained(15), atLeast: null, peer: '98.36' },
  'lenet-300-small': { model: 'lenet_300_100', steps: [...trained(15), ...deepCompression(0.92, 20)], atLeast: null, peer: '98.42', brotliAtMost: 1_066_440 / 40, against: 'lenet-300' },
  /** Recovered on digits moved by a few pixels, which the baseline never saw. */
  'lenet-300-small-shift': { model: 'lenet_300_100', steps: [...trained(15), ...deepCompression(0.92, 20, 'shift')], atLeast: null, peer: '98.42', brotliAtMost: 1_066_440 / 40, against: 'lenet-300' },
  'lenet-5': { model: 'lenet_5', steps: trained(6), atLeast: null, peer: '99.20' },
  'lenet-5-small': { model: 'lenet_5', steps: [...trained(6), ...deepCompression(0.93, 8)], atLeast: null, peer: '99.26', brotliAtMost: 1_724_320 / 39, against: 'lenet-5' },
};

export function recipeOf(row: Row): Recipe {
  return { version: 1, steps: row.steps };
}
