/** What is learned from is never measured on, and a training is done once for everything that led to it. */
import { openAsBlob } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import type { WritableArray } from '../../src/datasets/npy';
import { writeNpz } from '../../src/datasets/npz';
import { createEngine, type Engine } from '../../src/engine/create-engine';
import type { EnginePlatform } from '../../src/engine/platform';
import { ignoreProgress } from '../../src/lib/progress';
import { fileOf } from '../../src/lib/source-file';
import type { Recipe } from '../../src/passes/pass';
import { emptyRecipe, makeStep } from '../../src/passes/recipe';
import { configureWasm } from '../../src/runtime/tfjs/wasm-paths';
import { nodeWasmPaths } from '../../src/runtime/tfjs/wasm-paths.node';
import type { CheckpointStore, TrainingData, TrainingRequest, TrainingResult } from '../../src/training/training';
import { noDecoder } from '../datasets/fixtures';

configureWasm(nodeWasmPaths());

const PIXELS = 28 * 28;
const ROWS = 40;

/** Pictures that are their own number: the first pixel says which one it is. */
function pictures(numbers: readonly number[]): { x: Uint8Array; y: Int32Array } {
  const x = new Uint8Array(numbers.length * PIXELS);
  for (const [i, number] of numbers.entries()) {
    x[i * PIXELS] = number;
    x.fill(7 + (number % 5), i * PIXELS + 1, (i + 1) * PIXELS);
  }
  return { x, y: Int32Array.from(numbers, (number) => number % 10) };
}

function dataFile(name: string, parts: Readonly<Record<string, readonly number[]>>): { name: string; blob: Blob } {
  const arrays = new Map<string, WritableArray>();
  for (const [part, numbers] of Object.entries(parts)) {
    const { x, y } = pictures(numbers);
    arrays.set(`x${part}`, { shape: [numbers.length, 28, 28], dtype: 'uint8', data: x });
    arrays.set(`y${part}`, { shape: [numbers.length], dtype: 'int32', data: y });
  }
  return fileOf(name, writeNpz(arrays));
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

/** The number in every picture, from its first pixel, which preprocessing scaled to 0…1. */
async function learnedFrom(data: TrainingData): Promise<number[]> {
  const { inputs } = await data.read(Uint32Array.from({ length: data.count }, (_, i) => i));
  return Array.from({ length: data.count }, (_, i) => Math.round(inputs[0]!.data[i * PIXELS]! * 255));
}

interface Asked {
  readonly request: TrainingRequest;
  readonly data: TrainingData;
}

let asked: Asked[];
let kept: Map<string, Uint8Array>;
let endedBy: TrainingResult['endedBy'];

const store = (): CheckpointStore => ({
  load: async (key) => kept.get(key) ?? null,
  save: async (key, bytes) => void kept.set(key, bytes),
  remove: async (key) => void kept.delete(key),
});

function newEngine(platform: Partial<EnginePlatform> = {}): Engine {
  return createEngine({
    loadBrotli: async () => ({ compress: (bytes) => bytes }),
    decodeImage: noDecoder,
    train: async (request, data, report) => {
      asked.push({ request, data });
      report({ step: 1, steps: 2, epoch: 1, loss: 0.5, heldOutAccuracy: 0.9, heldOutLoss: 0.4, learningRate: 1e-3, elapsedMs: 5, msLeft: 5, backend: 'wasm' });
      return { graph: request.graph, history: [], bestEpoch: 1, accuracyBefore: null, accuracyAfter: null, endedBy, backend: 'wasm', elapsedMs: 10 };
    },
    ...platform,
  });
}

async function openMobile(engine: Engine): Promise<void> {
  await engine.open([{ name: 'fashion_mobile.keras', blob: await openAsBlob('public/samples/fashion_mobile.keras') }], ignoreProgress);
}

const recovering = (epochs = 1): Recipe => ({ ...emptyRecipe, steps: [makeStep('prune-magnitude', { sparsity: 0.5, recoverEpochs: epochs })] });

beforeEach(() => {
  asked = [];
  kept = new Map();
  endedBy = 'end';
});

describe('what is learned from', () => {
  it('is none of the measured examples: of data given separately, those are left out and counted', async () => {
    const engine = newEngine();
    await openMobile(engine);
    await engine.openDataset([dataFile('test.npz', { '': range(0, ROWS) })], ignoreProgress);
    const summary = await engine.openTrainingData([dataFile('train.npz', { '': range(ROWS - 10, 100) })], ignoreProgress);
    expect(summary).toMatchObject({ count: 60, leftOut: 10, origin: 'separate', hasLabels: true, isCompared: true });
    await engine.train(recovering(), ignoreProgress);
    expect(await learnedFrom(asked[0]!.data)).toEqual(range(ROWS, 100));
  });

  it('is the part that the file itself sets aside, less what is measured on', async () => {
    const engine = newEngine();
    await openMobile(engine);
    await engine.openDataset([dataFile('both.npz', { _test: range(0, ROWS), _train: [...range(60, 80), 3, 4] })], ignoreProgress);
    expect(await engine.trainingData()).toMatchObject({ count: 20, leftOut: 2, origin: 'own' });
  });

  it('takes the training part of data that hold both', async () => {
    const engine = newEngine();
    await openMobile(engine);
    await engine.openDataset([dataFile('test.npz', { '': range(0, ROWS) })], ignoreProgress);
    const both = dataFile('both.npz', { _test: range(0, ROWS), _train: range(100, 130) });
    expect(await engine.openTrainingData([both], ignoreProgress)).toMatchObject({ count: 30, leftOut: 0 });
  });

  it('is refused when every example is measured on', async () => {
    const engine = newEngine();
    await openMobile(engine);
    const file = dataFile('test.npz', { '': range(0, ROWS) });
    await engine.openDataset([file], ignoreProgress);
    await expect(engine.openTrainingData([file], ignoreProgress)).rejects.toThrow(/among those that accuracy is measured on.*split/);
  });

  it('is a share of the open data when they are split, and accuracy is measured on the rest only', async () => {
    const engine = newEngine();
    await openMobile(engine);
    await engine.openDataset([dataFile('all.npz', { '': range(0, 100) })], ignoreProgress);
    const before = await engine.evaluate(emptyRecipe, 'wasm', 1000, ignoreProgress);
    expect(before.count).toBe(100);
    expect((await engine.splitDataset(0.8)).count).toBe(20);
    expect((await engine.evaluate(emptyRecipe, 'wasm', 1000, ignoreProgress)).count).toBe(20);
    await engine.train(recovering(), ignoreProgress);
    const learned = new Set(await learnedFrom(asked[0]!.data));
    expect(learned.size).toBe(80);
    // The same examples every time, and none of the measured ones.
    const again = newEngine();
    await openMobile(again);
    await again.openDataset([dataFile('all.npz', { '': range(0, 100) })], ignoreProgress);
    await again.splitDataset(0.8);
    await again.train(recovering(), ignoreProgress);
    expect(new Set(await learnedFrom(asked[1]!.data))).toEqual(learned);
    expect(asked[1]!.data.key).toBe(asked[0]!.data.key);
    // Undone, everything is measured again and nothing is left to learn from.
    expect((await engine.splitDataset(0)).count).toBe(100);
    expect(await engine.trainingData()).toBeNull();
  });

  it('leaves out what is measured on twice over a split', async () => {
    const engine = newEngine();
    await openMobile(engine);
    await engine.openDataset([dataFile('twins.npz', { '': [...range(0, 50), ...range(0, 50)] })], ignoreProgress);
    await engine.splitDataset(0.5);
    await engine.train(recovering(), ignoreProgress);
    const { leftOut, count } = (await engine.trainingData())!;
    expect(leftOut + count).toBe(50);
    expect(leftOut).toBeGreaterThan(0);
  });

  it('comes with its labels, preprocessed, in any order', async () => {
    const engine = newEngine();
    await openMobile(engine);
    await engine.openTrainingData([dataFile('train.npz', { '': range(0, 60) })], ignoreProgress);
    await engine.train(recovering(), ignoreProgress);
    const { data } = asked[0]!;
    expect(data).toMatchObject({ count: 60, classCount: 10, labelled: true });
    const { inputs, labels } = await data.read(Uint32Array.of(41, 3, 41));
    expect(inputs[0]!.shape).toEqual([3, 28, 28, 1]);
    expect([0, 1, 2].map((row) => Math.round(inputs[0]!.data[row * PIXELS]! * 255))).toEqual([41, 3, 41]);
    expect([...labels!]).toEqual([1, 3, 1]);
  });

  it('is missing: the pass says what to add', async () => {
    const engine = newEngine();
    await openMobile(engine);
    await engine.openDataset([dataFile('test.npz', { '': range(0, ROWS) })], ignoreProgress);
    await expect(engine.train(recovering(), ignoreProgress)).rejects.toThrow(/no training data.*--train/);
  });

  it('has the same classes as what is measured on', async () => {
    const engine = newEngine();
    await openMobile(engine);
    const named = (names: string[], numbers: number[]): { name: string; blob: Blob } => fileOf(
      'table.csv',
      ['label,a,b', ...numbers.map((number) => `${names[number % names.length]},${number}.5,1`)].join('\n'),
    );
    await engine.openDataset([named(['cat', 'dog'], range(0, 20))], ignoreProgress);
    await expect(engine.openTrainingData([named(['dog', 'fox'], range(30, 50))], ignoreProgress)).rejects.toThrow(/classes dog, fox.*cat, dog/);
  });
});

describe('a training', () => {
  async function ready(platform: Partial<EnginePlatform> = {}): Promise<Engine> {
    const engine = newEngine(platform);
    await openMobile(engine);
    await engine.openDataset([dataFile('both.npz', { _test: range(0, ROWS), _train: range(60, 120) })], ignoreProgress);
    return engine;
  }

  it('is done once for a recipe, and anew for another seed, other data or another student', async () => {
    const engine = await ready();
    await engine.train(recovering(), ignoreProgress);
    await engine.apply(recovering(), ignoreProgress);
    await engine.measureSize(recovering(), 'keras', {}, ignoreProgress);
    expect(asked).toHaveLength(1);
    await engine.apply(recovering(2), ignoreProgress);
    expect(asked).toHaveLength(2);
    engine.setSeed(2);
    await engine.apply(recovering(), ignoreProgress);
    expect(asked).toHaveLength(3);
    expect(asked[2]!.request.settings.seed).not.toBe(asked[0]!.request.settings.seed);
    await engine.openTrainingData([dataFile('train.npz', { '': range(120, 200) })], ignoreProgress);
    await engine.apply(recovering(), ignoreProgress);
    expect(asked).toHaveLength(4);
    expect(asked[3]!.data.key).not.toBe(asked[2]!.data.key);
    await engine.openStudent([{ name: 'fashion_mobile.keras', blob: await openAsBlob('public/samples/fashion_mobile.keras') }], ignoreProgress);
    // A student that this recipe does not teach changes nothing of it.
    await engine.apply(recovering(), ignoreProgress);
    expect(asked).toHaveLength(4);
    const teaching: Recipe = { ...emptyRecipe, steps: [makeStep('distil', { student: 'file', epochs: 1 })] };
    await engine.apply(teaching, ignoreProgress);
    await engine.openStudent([{ name: 'fashion_cnn.keras', blob: await openAsBlob('public/samples/fashion_cnn.keras') }], ignoreProgress);
    await engine.apply(teaching, ignoreProgress);
    expect(asked).toHaveLength(6);
  });

  it('leaves recipes that do not train alone', async () => {
    const engine = await ready();
    const before = await engine.apply(recovering(0), ignoreProgress);
    await engine.openTrainingData([dataFile('train.npz', { '': range(120, 200) })], ignoreProgress);
    expect((await engine.apply(recovering(0), ignoreProgress)).cachedSteps).toBe(1);
    expect(before.cachedSteps).toBe(0);
    expect(asked).toHaveLength(0);
  });

  it('that is finished is found again by another engine, and one that was ended by hand goes on when it is asked for', async () => {
    const checkpoints = store();
    endedBy = 'person';
    await (await ready({ checkpoints })).train(recovering(), ignoreProgress);
    expect(asked).toHaveLength(1);
    const page = await ready({ checkpoints, trainsOnlyWhenAsked: true });
    await page.apply(recovering(), ignoreProgress);
    expect(asked).toHaveLength(1);
    const again = await ready({ checkpoints, trainsOnlyWhenAsked: true });
    endedBy = 'end';
    await again.train(recovering(), ignoreProgress);
    expect(asked).toHaveLength(2);
    const last = await ready({ checkpoints });
    const summary = await last.train(recovering(), ignoreProgress);
    expect(asked).toHaveLength(2);
    expect(summary.cost).toEqual((await again.apply(recovering(), ignoreProgress)).cost);
  });

  it.each(['end', 'person'] as const)('that was ended by its %s is not done again when the recipe’s step is not kept any more, also without a store', async (how) => {
    const engine = await ready();
    endedBy = how;
    await engine.train(recovering(), ignoreProgress);
    // The same training under a step that was never taken: a rule for a layer that does not exist.
    const [step] = recovering().steps;
    const sameAgain: Recipe = { ...emptyRecipe, steps: [{ ...step!, rules: [{ match: 'no-such-layer', keep: true }] }] };
    expect((await engine.apply(sameAgain, ignoreProgress)).cachedSteps).toBe(0);
    expect(asked).toHaveLength(1);
    await engine.train(recovering(3), ignoreProgress);
    expect(asked).toHaveLength(2);
  });

  it('that is kept but damaged is done again', async () => {
    const checkpoints = store();
    await (await ready({ checkpoints })).train(recovering(), ignoreProgress);
    for (const [key, bytes] of kept) kept.set(key, bytes.slice(0, bytes.length / 2));
    await (await ready({ checkpoints })).train(recovering(), ignoreProgress);
    expect(asked).toHaveLength(2);
  });

  it('starts only when it is asked for, where that is the rule', async () => {
    const engine = await ready({ trainsOnlyWhenAsked: true });
    await expect(engine.apply(recovering(), ignoreProgress)).rejects.toMatchObject({ name: 'UntrainedError' });
    await expect(engine.measureSize(recovering(), 'keras', {}, ignoreProgress)).rejects.toMatchObject({ name: 'UntrainedError' });
    expect(asked).toHaveLength(0);
    await engine.train(recovering(), ignoreProgress);
    await engine.apply(recovering(), ignoreProgress);
    expect(asked).toHaveLength(1);
  });

  it('reports its points under the name of the pass', async () => {
    const engine = await ready();
    const reports: { stage: string; loss: number | undefined }[] = [];
    await engine.train(recovering(), ({ stage, training }) => void reports.push({ stage, loss: training?.loss }));
    expect(reports).toContainEqual({ stage: 'prune-magnitude', loss: 0.5 });
  });

  it('is compared with its control on the same examples', async () => {
    const engine = await ready();
    const report = await engine.compareRecipes(recovering(), recovering(2), 'wasm', ROWS, ignoreProgress);
    expect(report.original.count).toBe(ROWS);
    expect(report.change.value).toBe(0);
  });
});

describe('a student', () => {
  it('is refused when it answers something else', async () => {
    const engine = newEngine();
    await openMobile(engine);
    const { caseFileBytes } = await import('../fixtures/keras/cases');
    const other = [fileOf('other.keras', Uint8Array.from(caseFileBytes('keras3/model-two-inputs-two-outputs.keras.gz')))];
    await expect(engine.openStudent(other, ignoreProgress)).rejects.toThrow(/student's inputs are .* and the model's are/);
  });
});
