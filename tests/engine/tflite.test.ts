/** TensorFlow Lite through the engine: what is written runs in LiteRT, as Keras answered and as Whittle computes it. */
import { openAsBlob, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEngine, type Engine } from '../../src/engine/create-engine';
import { runnableFile } from '../../src/engine/runnable-file';
import { openModel } from '../../src/formats/open';
import { decodeModel } from '../../src/formats/tflite/decode';
import { encodeModel } from '../../src/formats/tflite/encode';
import { ignoreProgress } from '../../src/lib/progress';
import { fileOf } from '../../src/lib/source-file';
import type { Recipe } from '../../src/passes/pass';
import { emptyRecipe, makeStep } from '../../src/passes/recipe';
import { configureLiteRt } from '../../src/runtime/litert/files';
import { nodeLiteRtFiles } from '../../src/runtime/litert/files.node';
import { configureWasm } from '../../src/runtime/tfjs/wasm-paths';
import { nodeWasmPaths } from '../../src/runtime/tfjs/wasm-paths.node';
import { noDecoder } from '../datasets/fixtures';

configureWasm(nodeWasmPaths());
configureLiteRt(nodeLiteRtFiles);
const platform = { loadBrotli: async () => ({ compress: (bytes: Uint8Array) => bytes }), decodeImage: noDecoder };
const record = JSON.parse(readFileSync('tests/fixtures/fashion/expected-outputs.json', 'utf8')) as { labels: number[]; fashion_mobile: number[][] };
const kerasCorrect = record.fashion_mobile.filter((row, i) => row.indexOf(Math.max(...row)) === record.labels[i]).length;
const pixels = Float32Array.from(readFileSync('tests/fixtures/fashion/images.u8'), (byte) => Math.fround(byte / 255));
const COUNT = record.fashion_mobile.length;
const images = { shape: [COUNT, 28, 28, 1], dtype: 'float32' as const, data: pixels.slice(0, COUNT * 784) };
/** float32 sums in another order. */
const FLOAT_TOLERANCE = 1e-5;
/** Integer kernels round in their own ways: a probability may be some steps of 1/256 off. */
const INTEGER_TOLERANCE = 0.05;

const recipeOf = (...steps: Recipe['steps']): Recipe => ({ version: 1, steps });
const fold = makeStep('fold-batch-norm');
const integers = (options: Record<string, string> = {}): Recipe => recipeOf(fold, makeStep('quantize-integer', { samples: 32, ...options }));

const engines: Engine[] = [];
afterAll(() => Promise.all(engines.map((engine) => engine.dispose())));
async function engineWith(name: string, blob: Blob): Promise<Engine> {
  const engine = createEngine(platform);
  engines.push(engine);
  await engine.open([{ name, blob }], ignoreProgress);
  await engine.openDataset([{ name: 'record.npz', blob: await openAsBlob('tests/fixtures/fashion/expected-outputs.npz') }], ignoreProgress);
  return engine;
}

describe('a Keras model', () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await engineWith('fashion_mobile.keras', await openAsBlob('public/samples/fashion_mobile.keras'));
  });

  it('leaves as floats that LiteRT runs, as Keras answered', async () => {
    const { files, verification } = await engine.exportModel(recipeOf(fold), 'tflite', {}, ignoreProgress);
    expect(verification.largestDifference).toBeLessThan(FLOAT_TOLERANCE);
    expect(verification).toMatchObject({ agreement: 1, litert: { samples: COUNT, agreement: 1, twin: false, twinReason: '' }, litertReason: '' });
    expect(verification.litert!.largestDifference).toBeLessThan(FLOAT_TOLERANCE);

    const reader = await engineWith('some.tflite', new Blob([files[0]!.bytes]));
    for (const backend of ['litert-wasm', 'wasm'] as const) {
      const [output] = await reader.run(emptyRecipe, backend, [images]);
      expect(output!.shape).toEqual([COUNT, 10]);
      const largest = Math.max(...record.fashion_mobile.flat().map((value, i) => Math.abs(value - output!.data[i]!)));
      expect({ backend, isClose: largest < FLOAT_TOLERANCE }).toEqual({ backend, isClose: true });
    }
    expect(await reader.evaluate(emptyRecipe, 'litert-wasm', COUNT, ignoreProgress)).toMatchObject({ count: COUNT, correct: kerasCorrect });
  });

  const modes: readonly Record<string, string>[] = [{}, { weights: '4' }, { activations: 'int16' }, { activations: 'float' }];
  it.each(modes)('leaves as integers (%j) that LiteRT runs as they are', async (options) => {
    const { verification } = await engine.exportModel(integers(options), 'tflite', {}, ignoreProgress);
    expect(verification.largestDifference).toBeLessThan(FLOAT_TOLERANCE);
    expect(verification.litert).toMatchObject({ samples: COUNT, twin: false });
    expect(verification.litert!.largestDifference).toBeLessThan(INTEGER_TOLERANCE);
    expect(verification.litert!.agreement).toBeGreaterThan(0.95);
  });

  const twins: readonly { recipe: Recipe; options: Record<string, number>; reason: string }[] = [
    { recipe: integers({ inputOutput: 'int8' }), options: {}, reason: 'int8' },
    { recipe: recipeOf(fold), options: { batch: -1 }, reason: 'sizes that the file leaves open' },
  ];
  it.each(twins)('is proven through a twin where LiteRT takes no such file: $reason', async ({ recipe, options, reason }) => {
    const { verification } = await engine.exportModel(recipe, 'tflite', options, ignoreProgress);
    expect(verification.litert).toMatchObject({ samples: COUNT, twin: true, twinReason: expect.stringContaining(reason) });
    expect(verification.litert!.agreement).toBeGreaterThan(0.95);
  });

  it('leaves as a C array of the same, proven, bytes', async () => {
    const { files, verification } = await engine.exportModel(recipeOf(fold), 'tflite', { container: 'c-array' }, ignoreProgress);
    expect(files.length).toBeGreaterThan(1);
    expect(verification.litert).toMatchObject({ samples: COUNT, agreement: 1, twin: false });
  });

  it('is measured on LiteRT beside its candidate', async () => {
    const comparison = await engine.compareAccuracy(integers(), 'litert-wasm', COUNT, ignoreProgress);
    expect(comparison.original).toMatchObject({ count: COUNT, correct: kerasCorrect });
    expect(Math.abs(comparison.candidate.correct - kerasCorrect)).toBeLessThan(4);
    const fidelity = await engine.measureFidelity(integers(), 'litert-wasm', COUNT, ignoreProgress);
    expect(fidelity.sqnrDb).toBeGreaterThan(15);
    const latency = await engine.measureLatency(integers(), 'litert-wasm', 2, ignoreProgress);
    expect(latency).toMatchObject({ backend: 'litert-wasm', batch: 2 });
    expect(latency.original.samplesMs.length).toBe(latency.candidate.samplesMs.length);
  }, 60_000);

  it('calibrates anew when the data are others', async () => {
    const before = await engine.measureSize(integers(), 'tflite', {}, ignoreProgress);
    expect((await engine.apply(integers(), ignoreProgress)).cachedSteps).toBe(2);
    await engine.openDataset([{ name: 'record.npz', blob: await openAsBlob('tests/fixtures/fashion/expected-outputs.npz') }], ignoreProgress);
    expect((await engine.apply(integers(), ignoreProgress)).cachedSteps).toBe(1);
    expect((await engine.measureSize(integers(), 'tflite', {}, ignoreProgress)).raw).toBe(before.raw);
  });

  it.each(['keras', 'keras-h5', 'tfjs-layers', 'tfjs-graph'] as const)('does not leave as %s, which computes in floats, with integer activations', async (format) => {
    await expect(engine.exportModel(integers(), format, {}, ignoreProgress)).rejects.toMatchObject({ name: 'ExportError', message: expect.stringContaining('.tflite') });
  });
});

describe('a file for LiteRT', () => {
  const wish = { backend: 'litert-wasm', batch: 7, shapes: [[1, 28, 28, 1]] } as const;

  it('is the opened one, unless its integers are sparse too, which LiteRT computes wrongly', async () => {
    const engine = await engineWith('fashion_mobile.keras', await openAsBlob('public/samples/fashion_mobile.keras'));
    const { files } = await engine.exportModel(integers(), 'tflite', {}, ignoreProgress, 1);
    const file = fileOf('a.tflite', files[0]!.bytes);
    const { graph } = await openModel([file], ignoreProgress);
    const same = await runnableFile(graph, wish, file);
    expect(same).toMatchObject({ batch: 1, differs: '' });
    expect(same.bytes).toEqual(files[0]!.bytes);

    const flat = decodeModel(files[0]!.bytes);
    const [subgraph] = flat.subgraphs;
    const at = subgraph!.tensors.findIndex((tensor) => tensor.data && tensor.shape?.length === 2);
    const { shape } = subgraph!.tensors[at]!;
    const sparsity = { traversalOrder: [0, 1], blockMap: [], dimensions: shape!.map((size) => ({ format: 'dense' as const, size })) };
    const tensors = subgraph!.tensors.map((tensor, i) => (i === at ? { ...tensor, sparsity } : tensor));
    const sparse = encodeModel({ ...flat, subgraphs: [{ ...subgraph!, tensors }] });
    const written = await runnableFile(graph, wish, fileOf('b.tflite', sparse));
    expect(decodeModel(written.bytes).subgraphs[0]!.tensors.every((tensor) => tensor.sparsity === undefined)).toBe(true);
  });

  it('is written for the batch that will come', async () => {
    const { graph } = await openModel([{ name: 'a.keras', blob: await openAsBlob('public/samples/fashion_mobile.keras') }], ignoreProgress);
    const written = await runnableFile(graph, wish, null);
    expect(written.batch).toBe(7);
    expect(decodeModel(written.bytes).subgraphs[0]!.tensors[decodeModel(written.bytes).subgraphs[0]!.inputs[0]!]!.shape).toEqual([7, 28, 28, 1]);
  });
});
