/** The instant guess against the bytes of the real export. */
import { openAsBlob } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEngine } from '../../src/engine/create-engine';
import type { FormatId } from '../../src/formats/format';
import { ignoreProgress } from '../../src/lib/progress';
import type { RecipeStep } from '../../src/passes/pass';
import { makeStep } from '../../src/passes/recipe';
import { configureWasm } from '../../src/runtime/tfjs/wasm-paths';
import { nodeWasmPaths } from '../../src/runtime/tfjs/wasm-paths.node';
import { noDecoder } from '../datasets/fixtures';

/** How far a guess may be from the truth. */
const TOLERANCE = 0.15;

configureWasm(nodeWasmPaths());
// Brotli is the slow part of measuring and is not guessed; this one stores.
const engine = createEngine({ loadBrotli: async () => ({ compress: (bytes) => bytes }), decodeImage: noDecoder });
afterAll(() => engine.dispose());

const fold = makeStep('fold-batch-norm');
const prune = (sparsity: number, options = {}): RecipeStep => makeStep('prune-magnitude', { sparsity, ...options });
const cluster = (centroids: number, options = {}): RecipeStep => makeStep('cluster-weights', { centroids, ...options });
const quantize = (format: string, options = {}): RecipeStep => makeStep('quantize-weights', { format, ...options });
const keepDense = { ...prune(0.75), rules: [{ match: 'dense*', keep: true }] };

const integers = (options = {}): RecipeStep => makeStep('quantize-integer', { samples: 1, ...options });

const all: readonly FormatId[] = ['tfjs-graph', 'keras', 'tflite'];
const both: readonly FormatId[] = ['tfjs-graph', 'keras'];
const tfjs: readonly FormatId[] = ['tfjs-graph'];
const compact: readonly FormatId[] = ['tfjs-graph', 'tflite'];
const tflite: readonly FormatId[] = ['tflite'];
const table: readonly { name: string; steps: readonly RecipeStep[]; formats: readonly FormatId[] }[] = [
  { name: 'nothing', steps: [], formats: all },
  { name: 'fold', steps: [fold], formats: all },
  { name: 'prune 30 %', steps: [fold, prune(0.3)], formats: both },
  { name: 'prune 50 %', steps: [fold, prune(0.5)], formats: all },
  { name: 'prune 75 %', steps: [prune(0.75)], formats: tfjs },
  { name: 'prune 90 %', steps: [fold, prune(0.9)], formats: compact },
  { name: 'prune 80 %, LAMP', steps: [fold, prune(0.8, { ranking: 'lamp' })], formats: tfjs },
  { name: 'prune 2 of 4', steps: [fold, prune(0.5, { pattern: 'n-m' })], formats: tfjs },
  { name: 'prune 75 %, but dense', steps: [fold, keepDense], formats: tfjs },
  { name: 'half the channels', steps: [fold, makeStep('prune-channels', { reconstruct: false })], formats: all },
  { name: 'a quarter of the channels less, int8', steps: [fold, makeStep('prune-channels', { share: 0.25, reconstruct: false }), quantize('int8')], formats: all },
  { name: '256 clusters', steps: [fold, cluster(256)], formats: tfjs },
  { name: '64 clusters', steps: [fold, cluster(64)], formats: tfjs },
  { name: '32 clusters', steps: [fold, cluster(32)], formats: all },
  { name: '16 clusters', steps: [fold, cluster(16)], formats: compact },
  { name: '4 clusters', steps: [fold, cluster(4)], formats: tfjs },
  { name: 'prune 50 %, 32 clusters', steps: [fold, prune(0.5), cluster(32)], formats: both },
  { name: 'float16', steps: [fold, quantize('float16')], formats: compact },
  { name: 'prune 75 %, float16', steps: [fold, prune(0.75), quantize('float16')], formats: compact },
  { name: 'uint16', steps: [fold, quantize('uint16')], formats: tfjs },
  { name: 'int8', steps: [fold, quantize('int8')], formats: all },
  { name: 'uint8, all', steps: [fold, quantize('uint8', { scope: 'all' })], formats: tfjs },
  { name: 'int8 per channel', steps: [fold, quantize('int8', { granularity: 'channel' })], formats: compact },
  { name: 'int4', steps: [fold, quantize('int4')], formats: tfjs },
  { name: 'int4 per channel', steps: [fold, quantize('int4', { granularity: 'channel' })], formats: both },
  { name: 'prune 50 %, int8', steps: [fold, prune(0.5), quantize('int8')], formats: all },
  { name: 'integers', steps: [fold, integers()], formats: tflite },
  { name: 'integers, a scale for each layer', steps: [fold, integers({ granularity: 'tensor' })], formats: tflite },
  { name: 'integers, 4-bit weights', steps: [fold, integers({ weights: '4' })], formats: tflite },
  { name: 'integers of 16 bits', steps: [fold, integers({ activations: 'int16' })], formats: tflite },
  { name: 'integers, float activations', steps: [fold, integers({ activations: 'float' })], formats: tflite },
  { name: 'prune 50 %, integers', steps: [fold, prune(0.5), integers()], formats: tflite },
  { name: '32 clusters, int8', steps: [fold, cluster(32), quantize('int8')], formats: tfjs },
];

describe.each(['fashion_cnn', 'fashion_mobile'])('%s', (model) => {
  beforeAll(async () => {
    const name = `${model}.keras`;
    await engine.open([{ name, blob: await openAsBlob(`public/samples/${name}`) }], ignoreProgress);
  });

  it.each(table.flatMap(({ formats, ...row }) => formats.map((format) => ({ ...row, format }))))('$name as $format', async ({ steps, format }) => {
    const recipe = { version: 1 as const, steps };
    const guess = await engine.estimateSize(recipe, format);
    const exact = await engine.measureSize(recipe, format, {}, ignoreProgress);
    const off = guess.gzip / exact.gzip - 1;
    expect(Math.abs(off), `gzip: guessed ${guess.gzip}, is ${exact.gzip}: ${(off * 100).toFixed(1)} %`).toBeLessThanOrEqual(TOLERANCE);
    const rawOff = guess.raw / exact.raw - 1;
    expect(Math.abs(rawOff), `raw: guessed ${guess.raw}, is ${exact.raw}: ${(rawOff * 100).toFixed(1)} %`).toBeLessThanOrEqual(TOLERANCE);
  });
});
