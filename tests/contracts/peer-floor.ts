/**
 * What today's tools reach on the two bundled models with the same methods and without training, measured on the same 10,000 test
 * images (TensorFlow 2.21, Keras 3.15, scikit-learn k-means, the formula of the TensorFlow.js converter; gzip -9): the
 * floor that Whittle's passes must hold. Pruned, clustered and float16 models are compared with .tflite files, uint8 and uint16 with the
 * weights alone that the TensorFlow.js converter would write. Clusters were measured with and without folding batch norm: the better
 * accuracy and the smaller file of the two stand here. Whittle's bytes are those of the whole TensorFlow.js model.
 */
import type { RecipeStep } from '../../src/passes/pass';
import { makeStep } from '../../src/passes/recipe';

export interface FloorRow {
  readonly model: 'fashion_cnn' | 'fashion_mobile';
  readonly method: string;
  readonly steps: readonly RecipeStep[];
  /** How the TF.js export stores weights. */
  readonly weights: 'as-is' | 'float32';
  readonly peerAccuracy: number;
  /** null: the peer measured accuracy only. */
  readonly peerGzip: number | null;
}

const fold = [makeStep('clean-up'), makeStep('fold-batch-norm')];
const prune = (sparsity: number): RecipeStep => makeStep('prune-magnitude', { sparsity });
const lamp = (sparsity: number): RecipeStep => makeStep('prune-magnitude', { sparsity, ranking: 'lamp' });
const cluster = (centroids: number): RecipeStep => makeStep('cluster-weights', { centroids });
const quantize = (format: string, granularity: string, scope = 'kernels'): RecipeStep =>
  makeStep('quantize-weights', { format, granularity, scope });

function rowsOf(model: FloorRow['model'], peer: Readonly<Record<string, readonly [number, number | null]>>): FloorRow[] {
  const row = (method: string, steps: readonly RecipeStep[], weights: FloorRow['weights']): FloorRow => {
    const [peerAccuracy, peerGzip] = peer[method]!;
    return { model, method, steps, weights, peerAccuracy, peerGzip };
  };
  return [
    row('magnitude 50 %', [prune(0.5), ...fold], 'float32'),
    row('magnitude 75 %', [...fold, lamp(0.75)], 'float32'),
    row('magnitude 90 %', [...fold, lamp(0.9)], 'float32'),
    row('16 clusters', [...fold, cluster(16)], 'as-is'),
    row('32 clusters', [...fold, cluster(32)], 'as-is'),
    row('float16', [...fold, quantize('float16', 'tensor', 'all')], 'as-is'),
    row('uint16', [...fold, quantize('uint16', 'tensor', 'all')], 'as-is'),
    row('uint8', [...fold, quantize('uint8', 'tensor', 'all')], 'as-is'),
    row('int8 per channel', [...fold, quantize('int8', 'channel')], 'as-is'),
    row('int8 per tensor', [...fold, quantize('int8', 'tensor')], 'as-is'),
    row('int4 per channel', [...fold, quantize('int4', 'channel')], 'float32'),
    row('int4 per tensor', [...fold, quantize('int4', 'tensor')], 'as-is'),
  ];
}

export const floorRows: readonly FloorRow[] = [
  ...rowsOf('fashion_cnn', {
    'magnitude 50 %': [0.8799, 529_614],
    'magnitude 75 %': [0.3814, 316_568],
    'magnitude 90 %': [0.1492, 171_731],
    '16 clusters': [0.9192, 168_003],
    '32 clusters': [0.9208, 209_649],
    float16: [0.9208, 444_208],
    uint16: [0.9209, 468_120],
    uint8: [0.9197, 204_076],
    'int8 per channel': [0.9209, null],
    'int8 per tensor': [0.9199, null],
    'int4 per channel': [0.921, null],
    'int4 per tensor': [0.8907, null],
  }),
  ...rowsOf('fashion_mobile', {
    'magnitude 50 %': [0.342, 108_435],
    'magnitude 75 %': [0.1, 72_472],
    'magnitude 90 %': [0.1, 48_362],
    '16 clusters': [0.9027, 55_006],
    '32 clusters': [0.9187, 63_175],
    float16: [0.9202, 85_857],
    uint16: [0.9202, 94_081],
    uint8: [0.9192, 45_071],
    'int8 per channel': [0.9201, null],
    'int8 per tensor': [0.9202, null],
    'int4 per channel': [0.9052, null],
    'int4 per tensor': [0.8174, null],
  }),
];
