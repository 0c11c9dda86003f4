/** The façade on the bundled models and on Keras's fixtures; the oracle is Keras's record and TensorFlow.js's own loader. */
import { openAsBlob, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeNpz } from '../../src/datasets/npz';
import { createEngine, type Engine } from '../../src/engine/create-engine';
import type { EnergyEstimate } from '../../src/engine/types';
import type { FormatId } from '../../src/formats/format';
import { ignoreProgress } from '../../src/lib/progress';
import { fileOf } from '../../src/lib/source-file';
import { energyProfiles } from '../../src/measure/energy-profiles';
import type { Recipe } from '../../src/passes/pass';
import { emptyRecipe, makeStep } from '../../src/passes/recipe';
import { configureWasm } from '../../src/runtime/tfjs/wasm-paths';
import { nodeWasmPaths } from '../../src/runtime/tfjs/wasm-paths.node';
import { noDecoder } from '../datasets/fixtures';
import { caseFileBytes } from '../fixtures/keras/cases';

configureWasm(nodeWasmPaths());
/** Brotli is slow and measured elsewhere; this one stores. */
const platform = { loadBrotli: async () => ({ compress: (bytes: Uint8Array) => bytes }), decodeImage: noDecoder };
const record = JSON.parse(readFileSync('tests/fixtures/fashion/expected-outputs.json', 'utf8')) as { labels: number[]; fashion_mobile: number[][] };
const kerasCorrect = record.fashion_mobile.filter((row, i) => row.indexOf(Math.max(...row)) === record.labels[i]).length;

const sample = async (): Promise<{ name: string; blob: Blob }[]> => [{ name: 'fashion_mobile.keras', blob: await openAsBlob('public/samples/fashion_mobile.keras') }];
const caseFile = (path: string) => [fileOf(path.replace('.gz', ''), new Uint8Array(caseFileBytes(path)))];
const labelled = async () => [{ name: 'record.npz', blob: await openAsBlob('tests/fixtures/fashion/expected-outputs.npz') }];
const recipeOf = (...steps: Recipe['steps']): Recipe => ({ version: 1, steps });
const fold = makeStep('fold-batch-norm');
const prune = makeStep('prune-magnitude', { sparsity: 0.3 });

const engines: Engine[] = [];
const newEngine = (signal?: AbortSignal): Engine => {
  const engine = createEngine(signal ? { ...platform, signal } : platform);
  engines.push(engine);
  return engine;
};
afterAll(() => Promise.all(engines.map((engine) => engine.dispose())));

describe('with a sample open', () => {
  const engine = newEngine();
  beforeAll(async () => {
    await engine.open(await sample(), ignoreProgress);
    await engine.openDataset(await labelled(), ignoreProgress);
  });

  it('applies recipes, and only steps that are new', async () => {
    const first = await engine.apply(recipeOf(fold, prune), ignoreProgress);
    expect(first.cachedSteps).toBe(0);
    expect(first.cost.parameters).toBeLessThan(47_274);
    expect((await engine.apply(recipeOf(fold, prune), ignoreProgress)).cachedSteps).toBe(2);
    const other = await engine.apply(recipeOf(fold, makeStep('prune-magnitude', { sparsity: 0.6 })), ignoreProgress);
    expect(other.cachedSteps).toBe(1);
    const zeros = (summary: typeof first): number => summary.cost.nodes.reduce((sum, { sparsity, parameters }) => sum + (sparsity ?? 0) * parameters, 0);
    expect(zeros(other)).toBeGreaterThan(zeros(first) * 1.8);
  });

  it('counts as Keras does, alone and compared', async () => {
    expect(await engine.evaluate(emptyRecipe, 'wasm', 64, ignoreProgress)).toMatchObject({ count: 64, correct: kerasCorrect });
    const report = await engine.compareAccuracy(recipeOf(fold), 'wasm', 64, ignoreProgress);
    expect(report.original.correct).toBe(kerasCorrect);
    expect(report).toMatchObject({ candidate: { correct: kerasCorrect }, change: { value: 0 }, verdict: 'no-measurable-change', pValue: 1 });
    const ruined = await engine.compareAccuracy(recipeOf(makeStep('prune-magnitude', { sparsity: 0.99 })), 'wasm', 64, ignoreProgress);
    expect(ruined.verdict).toBe('worse');
    expect(ruined.change.high).toBeLessThan(0);
  });

  it('estimates energy on every kind of device: as much for nothing done, less for integers, most of all where floats are dear', async () => {
    const same = await engine.estimateEnergy(emptyRecipe);
    expect(same).toHaveLength(energyProfiles.length);
    for (const { profile, original, candidate } of same) {
      expect(candidate).toEqual(original);
      expect(original.profile).toBe(profile.id);
      expect(original.joules.value).toBeGreaterThan(0);
    }
    const integers = await engine.estimateEnergy(recipeOf(fold, makeStep('quantize-integer', { samples: 16 })));
    const share = ({ original, candidate }: EnergyEstimate): number => candidate.joules.value / original.joules.value;
    for (const [i, estimate] of integers.entries()) {
      expect(estimate.original).toEqual(same[i]!.original);
      expect(share(estimate)).toBeLessThan(1);
    }
    const on = (id: string): number => share(integers.find(({ profile }) => profile.id === id)!);
    expect(on('coral')).toBeLessThan(on('phone-gpu'));
  });

  it('measures fidelity: perfect for nothing done, high after folding, lower after pruning', async () => {
    const fidelity = (recipe: Recipe) => engine.measureFidelity(recipe, 'wasm', 64, ignoreProgress);
    expect(await fidelity(emptyRecipe)).toMatchObject({ agreement: 1, largestDifference: 0, sqnrDb: Infinity, count: 64 });
    const folded = await fidelity(recipeOf(fold));
    expect(folded.sqnrDb).toBeGreaterThan(80);
    expect((await fidelity(recipeOf(prune))).sqnrDb).toBeLessThan(folded.sqnrDb);
  });

  it.each<FormatId>(['tfjs-graph', 'tfjs-layers', 'keras', 'keras-h5'])('exports %s, verified, with the recipe and how the data are fed', async (format) => {
    const recipe = recipeOf(fold, prune);
    const result = await engine.exportModel(recipe, format, {}, ignoreProgress);
    expect(result.verification).toMatchObject({ backend: 'wasm', samples: 16, agreement: 1 });
    expect(result.verification.largestDifference).toBeLessThan(1e-5);
    const isTfjs = format.startsWith('tfjs');
    expect(result.verification.referenceDifference ?? 0).toBeLessThan(1e-5);
    expect(result.verification.referenceDifference === null).toBe(!isTfjs);
    expect(result.size.raw).toBe(result.files.reduce((sum, { bytes }) => sum + bytes.length, 0));

    const reopened = await newEngine().open(result.files.map(({ name, bytes }) => fileOf(name, bytes)), ignoreProgress);
    expect(reopened.format).toBe(format);
    expect(reopened.recipe!.steps.map(({ pass }) => pass)).toEqual(['fold-batch-norm', 'prune-magnitude']);
    // The record's pixels are fractions already.
    expect(reopened.recipe!.preprocessing).toMatchObject({ scale: 1, mean: [], std: [] });
  });

  it('keeps the preprocessing that the recipe asks for', async () => {
    const preprocessing = { scale: 0.5, mean: [0.1], std: [0.2], size: null, channels: null } as const;
    const { files } = await engine.exportModel({ ...recipeOf(fold), preprocessing }, 'keras', {}, ignoreProgress);
    const reopened = await newEngine().open(files.map(({ name, bytes }) => fileOf(name, bytes)), ignoreProgress);
    expect(reopened.recipe!.preprocessing).toEqual(preprocessing);
  });

  it('keeps the open model and data when another file is refused', async () => {
    await expect(engine.open([fileOf('notes.txt', 'no model')], ignoreProgress)).rejects.toThrow(/no model that Whittle knows/);
    await expect(engine.openDataset([fileOf('data.npz', 'no data')], ignoreProgress)).rejects.toMatchObject({ name: 'DataError' });
    expect(await engine.evaluate(emptyRecipe, 'wasm', 64, ignoreProgress)).toMatchObject({ correct: kerasCorrect });
  });

  it('says that accuracy needs labels', async () => {
    const other = newEngine();
    await other.open(await sample(), ignoreProgress);
    await expect(other.compareAccuracy(emptyRecipe, 'wasm', 8, ignoreProgress)).rejects.toThrow(/Accuracy needs labelled data/);
    await other.openDataset([fileOf('x.npz', writeNpz(new Map([['x', { shape: [2, 28, 28], dtype: 'uint8', data: new Uint8Array(1568) }]])))], ignoreProgress);
    await expect(other.evaluate(emptyRecipe, 'wasm', 8, ignoreProgress)).rejects.toThrow(/Accuracy needs labelled data/);
  });
});

describe('with a small model of two inputs', () => {
  const engine = newEngine();
  beforeAll(() => engine.open(caseFile('keras3/model-two-inputs-two-outputs.keras.gz'), ignoreProgress));

  it('needs no data for fidelity and exports', async () => {
    expect((await engine.measureFidelity(emptyRecipe, 'cpu', 10, ignoreProgress)).count).toBe(10);
    const { verification } = await engine.exportModel(emptyRecipe, 'tfjs-graph', {}, ignoreProgress);
    expect(verification.referenceDifference).toBeLessThan(1e-5);
  });

  it('measures latency of graphs that were handed over', async () => {
    const job = await engine.graphsOf(recipeOf(makeStep('clean-up')), ignoreProgress);
    expect(job.example).toBeNull();
    const report = await newEngine().runLatencyJob(job, 'wasm', 3, ignoreProgress);
    expect(report).toMatchObject({ backend: 'wasm', batch: 3 });
    expect(report.original.samplesMs.length).toBe(report.candidate.samplesMs.length);
    expect(report.original.minimumMs).toBeLessThanOrEqual(report.original.p50Ms);
    expect(report.speedup.low).toBeLessThanOrEqual(report.speedup.high);
  });
});

describe('an engine', () => {
  it('without a model asks for one', async () => {
    const engine = newEngine();
    await expect(engine.apply(emptyRecipe, ignoreProgress)).rejects.toThrow(/No model is open/);
    await expect(engine.estimateSize(emptyRecipe, 'keras')).rejects.toThrow(/No model is open/);
  });

  it('stops when its signal does', async () => {
    const controller = new AbortController();
    const engine = newEngine(controller.signal);
    await engine.open(await sample(), ignoreProgress);
    controller.abort();
    await expect(engine.apply(recipeOf(fold), ignoreProgress)).rejects.toMatchObject({ name: 'CancelledError' });
    await expect(engine.open(await sample(), ignoreProgress)).rejects.toMatchObject({ name: 'CancelledError' });
  });

  it('forgets the model when it is disposed, and opens another', async () => {
    const engine = newEngine();
    await engine.open(await sample(), ignoreProgress);
    await engine.run(emptyRecipe, 'cpu', [{ shape: [1, 28, 28, 1], dtype: 'float32', data: new Float32Array(784) }]);
    await engine.dispose();
    await expect(engine.apply(emptyRecipe, ignoreProgress)).rejects.toThrow(/No model is open/);
    await engine.open(caseFile('keras3/dense.keras.gz'), ignoreProgress);
    const [output] = await engine.run(emptyRecipe, 'cpu', [{ shape: [1, 5], dtype: 'float32', data: new Float32Array(5) }]);
    expect(output!.shape).toEqual([1, 3]);
  });

  it('lists the backends of this machine', async () => {
    const engine = newEngine();
    const backends = await engine.backends();
    expect(backends.map(({ id }) => id).sort()).toEqual(['cpu', 'litert-wasm', 'litert-webgpu', 'litert-webnn', 'wasm', 'webgl', 'webgpu']);
    expect(await engine.clockStepMs()).toBeGreaterThan(0);
  });
});
