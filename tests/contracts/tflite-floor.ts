/**
 * What must be reached on the two bundled models as .tflite files, next to what TensorFlow 2.21's own converter reaches
 * on the same 10,000 test images with the same 500 calibration images (full int8, gzip -9): size of the file, gzip, accuracy.
 * The converter offers no int4 weights; rounding them to the nearest gave 92.10 and 90.52 % with float activations.
 */
import type { RecipeStep } from '../../src/passes/pass';
import { makeStep } from '../../src/passes/recipe';

export interface TfliteFloorRow {
  readonly model: 'fashion_cnn' | 'fashion_mobile';
  readonly method: string;
  readonly steps: readonly RecipeStep[];
  readonly largestNbytes: number;
  /** Bytes of the converter's file after gzip; null: it makes no such file. */
  readonly peerGzip: number | null;
  readonly leastAccuracy: number;
  /** Images that LiteRT is asked too. 4-bit convolutions run in its reference kernels, some thirty times as long. */
  readonly verified: number;
}

const fold = makeStep('fold-batch-norm');
const integers = (options: Record<string, string | number> = {}): RecipeStep => makeStep('quantize-integer', options);
const equalized = [fold, makeStep('equalize-layers'), integers({ granularity: 'tensor' })];

export const tfliteFloorRows: readonly TfliteFloorRow[] = [
  { model: 'fashion_cnn', method: 'int8 per channel', steps: [fold, integers()], largestNbytes: 250_800, peerGzip: 236_933, leastAccuracy: 0.9208, verified: 10_000 },
  { model: 'fashion_mobile', method: 'int8 per channel', steps: [fold, integers()], largestNbytes: 67_100, peerGzip: 58_431, leastAccuracy: 0.9204, verified: 10_000 },
  { model: 'fashion_mobile', method: 'int8 per tensor, equalized', steps: equalized, largestNbytes: 60_000, peerGzip: 46_364, leastAccuracy: 0.92, verified: 10_000 },
  { model: 'fashion_cnn', method: 'int4 weights', steps: [fold, integers({ weights: '4' })], largestNbytes: 140_000, peerGzip: null, leastAccuracy: 0.92, verified: 300 },
  { model: 'fashion_mobile', method: 'int4 weights', steps: [fold, integers({ weights: '4' })], largestNbytes: 60_000, peerGzip: null, leastAccuracy: 0.915, verified: 300 },
];
