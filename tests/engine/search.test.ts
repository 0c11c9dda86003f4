/** Sensitivities and searches of a session: given as they come, kept for the next call, judged on what is not measured on. */
import { brotliCompressSync, constants } from 'node:zlib';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { loadBrotli } from '../../src/cli/node-engine';
import { createEngine, type Engine } from '../../src/engine/create-engine';
import type { EnginePlatform, TrainElsewhere } from '../../src/engine/platform';
import type { FoundCandidate, SearchResult, SearchWish, SensitivityWish } from '../../src/engine/search-types';
import { trainHere } from '../../src/engine/train-here';
import { stepTrains } from '../../src/passes/recipe';
import type { CheckpointStore } from '../../src/training/training';
import { ignoreProgress, type ReportProgress } from '../../src/lib/progress';
import { fileOf } from '../../src/lib/source-file';
import type { SensitivityRow } from '../../src/search/types';
import { defaultVariants } from '../../src/search/variants';
import { noDecoder } from '../datasets/fixtures';
import { tinyData, tinyLayers, tinyModel } from './tiny-classifier';

const engines: Engine[] = [];
afterAll(() => Promise.all(engines.map((engine) => engine.dispose())));

async function opened(parts: Readonly<Record<string, number>> | null, { withLabels = true, ...hand }: Partial<EnginePlatform> & { withLabels?: boolean } = {}): Promise<Engine> {
  const engine = createEngine({ loadBrotli, decodeImage: noDecoder, ...hand });
  engines.push(engine);
  await engine.open(await tinyModel(), ignoreProgress);
  if (parts) await engine.openDataset(await tinyData(parts, withLabels), ignoreProgress);
  return engine;
}

const wish: SensitivityWish = { samples: 20, layers: null, preprocessing: null };

async function rowsOf(engine: Engine, given: Partial<SensitivityWish> = {}, report: ReportProgress = ignoreProgress) {
  const streamed: SensitivityRow[] = [];
  const result = await engine.sensitivity({ ...wish, ...given }, report, (row) => streamed.push(row));
  return { ...result, streamed };
}

describe('sensitivities of a session', () => {
  it('give a row for each layer and variant, as they come', async () => {
    const engine = await opened({ _train: 40, _test: 20 });
    const { rows, streamed, samples, source } = await rowsOf(engine);
    expect(streamed).toEqual(rows);
    expect({ samples, source }).toEqual({ samples: 20, source: 'training' });
    // The channels of the last layer are the classes.
    const asked = (layer: string) => defaultVariants.filter(({ pass }) => pass !== 'prune-channels' || layer !== 'dense');
    expect(rows.map(({ layer }) => layer)).toEqual(tinyLayers.flatMap((layer) => asked(layer).map(() => layer)));
    expect(rows.filter(({ kl }) => kl > 0).length).toBeGreaterThan(20);
  });

  it('are not worked out again in the same session, and are for other data, samples or another seed', async () => {
    const engine = await opened({ _train: 40, _test: 20 });
    const first = await rowsOf(engine);
    const stages: string[] = [];
    const second = await rowsOf(engine, {}, ({ stage }) => stages.push(stage));
    expect(second.rows).toEqual(first.rows);
    expect(stages).not.toContain('sensitivity');
    expect((await rowsOf(engine, { layers: ['dense'] })).rows).toEqual(first.rows.filter(({ layer }) => layer === 'dense'));
    const fewer = await rowsOf(engine, { samples: 5 });
    expect(fewer.rows).not.toEqual(first.rows);
    await engine.openDataset(await tinyData({ _train: 30 }), ignoreProgress);
    expect((await rowsOf(engine)).rows).not.toEqual(first.rows);
  });

  it('go on where they were cut off', async () => {
    const engine = await opened({ _train: 40, _test: 20 });
    let count = 0;
    const cut = engine.sensitivity(wish, ignoreProgress, () => {
      if (++count === 7) throw new Error('enough');
    });
    await expect(cut).rejects.toThrow('enough');
    const worked: string[] = [];
    const { rows } = await rowsOf(engine, {}, ({ stage, fraction, detail }) => {
      if (stage === 'sensitivity' && fraction !== 1) worked.push(detail!);
    });
    expect(worked).toHaveLength(rows.length - 7);
    expect(rows).toEqual((await rowsOf(await opened({ _train: 40, _test: 20 }))).rows);
  });

  it('can be cancelled', async () => {
    const controller = new AbortController();
    const engine = await opened({ _train: 40, _test: 20 }, { signal: controller.signal });
    const before: SensitivityRow[] = [];
    const cut = engine.sensitivity(wish, ignoreProgress, (row) => {
      before.push(row);
      if (before.length === 7) controller.abort();
    });
    await expect(cut).rejects.toThrow('Cancelled');
    expect(before).toHaveLength(7);
  });

  it('look at seeded random inputs without data', async () => {
    const [one, other] = [await rowsOf(await opened(null)), await rowsOf(await opened(null))];
    expect(one.source).toBe('random');
    expect(one.rows).toEqual(other.rows);
    expect(one.rows.some(({ kl }) => kl > 0)).toBe(true);
  });

  it('of a file that takes one example at a time are those of the same model with its batch open', async () => {
    const engine = await opened(null);
    const { files } = await engine.exportModel({ version: 1, steps: [] }, 'tflite', {}, ignoreProgress, 4);
    const fixed = await opened(null);
    const { inputs } = await fixed.open(files.map(({ name, bytes }) => fileOf(name, bytes)), ignoreProgress);
    expect(inputs[0]!.shape[0]).toBe(1);
    const [expected, { rows }] = [(await rowsOf(engine)).rows, await rowsOf(fixed)];
    expect(rows).toHaveLength(expected.length);
    for (const [i, { pass, kl }] of rows.entries()) {
      expect(pass).toBe(expected[i]!.pass);
      expect(Math.abs(kl - expected[i]!.kl)).toBeLessThan(1e-4 + 1e-2 * expected[i]!.kl);
    }
  });

  it('refuse layers and numbers of samples that do not exist', async () => {
    const engine = await opened(null);
    await expect(rowsOf(engine, { layers: ['first', 'none'] })).rejects.toThrow('"none" is no layer with weights of this model. There are: first, second, dense.');
    await expect(rowsOf(engine, { samples: 0 })).rejects.toThrow('a whole number from 1 to 1024');
  });
});

/** A platform's store, and what it holds. */
function memory(): { checkpoints: CheckpointStore; kept: Map<string, Uint8Array> } {
  const kept = new Map<string, Uint8Array>();
  return { kept, checkpoints: { load: async (key) => kept.get(key) ?? null, save: async (key, bytes) => void kept.set(key, bytes.slice()), remove: async (key) => void kept.delete(key) } };
}

const plain: SearchWish = { goals: { mostBytes: 9000 }, format: 'tflite', options: {}, candidates: 12, seed: 1, examples: 60, samples: 20, preprocessing: null, latencyBackend: null, recovery: null };

async function found(engine: Engine, given: Partial<SearchWish>): Promise<SearchResult & { streamed: FoundCandidate[] }> {
  const streamed: FoundCandidate[] = [];
  const result = await engine.search({ ...plain, ...given }, ignoreProgress, (candidate) => streamed.push(candidate));
  return { ...result, streamed };
}

describe('after a reload', () => {
  it('rows and candidates are there again, for the same model, data and settings alone', async () => {
    const { checkpoints, kept } = memory();
    const first = await found(await opened({ _train: 60, _test: 20 }, { checkpoints }), { candidates: 4 });
    expect(kept.size).toBe(2);
    const stages: string[] = [];
    // Files of another brotli would show if anything were weighed again.
    const loadNothing = (): Promise<never> => Promise.reject(new Error('weighed again'));
    const reloaded = await opened({ _train: 60, _test: 20 }, { checkpoints, loadBrotli: loadNothing });
    const again = await reloaded.search({ ...plain, candidates: 4 }, ({ stage }) => stages.push(stage), () => {});
    expect(again.candidates).toEqual(first.candidates);
    expect(stages).not.toContain('sensitivity');
    await expect(reloaded.search({ ...plain, candidates: 5 }, ignoreProgress, () => {})).rejects.toThrow('weighed again');
    const other = await opened({ _train: 50, _test: 20 }, { checkpoints, loadBrotli: loadNothing });
    await expect(found(other, { candidates: 4 })).rejects.toThrow('weighed again');
  });

  it('what cannot be read is worked out again', async () => {
    const { checkpoints, kept } = memory();
    const first = await rowsOf(await opened({ _train: 40 }, { checkpoints }));
    for (const key of kept.keys()) kept.set(key, Uint8Array.of(1, 2, 3));
    expect((await rowsOf(await opened({ _train: 40 }, { checkpoints }))).rows).toEqual(first.rows);
  });
});

describe('a search of a session', () => {
  it('measures the export and meets a size', async () => {
    const engine = await opened({ _train: 60, _test: 20 });
    const { raw } = await engine.measureSize({ version: 1, steps: [] }, 'tflite', {}, ignoreProgress);
    const mostBytes = Math.round(raw / 3);
    const { best, unmet, candidates, streamed, examples, isLabelled, message } = await found(engine, { goals: { mostBytes } });
    expect({ unmet, examples, isLabelled }).toEqual({ unmet: [], examples: 60, isLabelled: true });
    expect(message).toMatch(/^Found: /);
    expect(candidates).toEqual(streamed);
    expect(candidates.length).toBeGreaterThan(2);
    const { files } = await engine.exportModel(best.recipe, 'tflite', {}, ignoreProgress, 4);
    const brotli = brotliCompressSync(files[0]!.bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length;
    expect(best.size.raw).toBe(files[0]!.bytes.length);
    expect(Math.abs(best.measured.bytes - brotli)).toBeLessThan(64);
    expect(best.measured.bytes).toBeLessThanOrEqual(mostBytes);
  });

  it('counts the loss on the training part', async () => {
    const engine = await opened({ _train: 60, _test: 20 });
    const { best } = await found(engine, { goals: { mostAccuracyDrop: 0.1 } });
    // The same examples, opened to be measured on by an engine of their own.
    const other = await opened({ '': 60 });
    const { accuracy } = await other.evaluate(best.recipe, 'wasm', 60, ignoreProgress);
    expect(best.measured.accuracyDrop).toBeCloseTo(1 - accuracy.value, 10);
    expect(best.measured.accuracyDrop).toBeLessThanOrEqual(0.1);
  });

  it('counts changed answers where there are no labels: the same, since the model gave the labels', async () => {
    const goals = { mostAccuracyDrop: 0.1 };
    const labelled = await opened({ '': 60 });
    await labelled.splitDataset(0.5);
    const bare = await opened({ '': 60 }, { withLabels: false });
    await bare.splitDataset(0.5);
    const [one, other] = [await found(labelled, { goals }), await found(bare, { goals })];
    expect([one.isLabelled, other.isLabelled]).toEqual([true, false]);
    expect(other.examples).toBe(30);
    expect(other.candidates.map(({ measured }) => measured)).toEqual(one.candidates.map(({ measured }) => measured));
  });

  it('measures nothing twice when it goes on, also with other goals', async () => {
    const engine = await opened({ _train: 60, _test: 20 });
    const first = await found(engine, { candidates: 6 });
    const again = await found(engine, { candidates: 6 });
    expect(again.candidates).toEqual(first.candidates);
    for (const [i, { measured }] of again.candidates.entries()) expect(measured).toBe(first.candidates[i]!.measured);
    const stricter = await found(engine, { candidates: 6, goals: { mostBytes: 10 } });
    expect(stricter.unmet).toEqual(['mostBytes']);
    expect(stricter.message).toContain('instead of at most 10');
  });

  it('can be cancelled', async () => {
    const controller = new AbortController();
    const engine = await opened({ _train: 60, _test: 20 }, { signal: controller.signal });
    let count = 0;
    await expect(engine.search(plain, ignoreProgress, () => void (++count === 2 && controller.abort()))).rejects.toThrow('Cancelled');
    expect(count).toBe(2);
  });

  it('ends with the best so far when the person has enough', async () => {
    let isEnough = false;
    const engine = await opened({ _train: 60, _test: 20 }, { trainingControls: { whileResumed: async () => {}, wantsToFinish: () => isEnough } });
    let count = 0;
    const { best, candidates } = await engine.search(plain, ignoreProgress, () => void (isEnough = ++count === 3));
    expect(candidates).toHaveLength(3);
    expect(candidates.map(({ key }) => key)).toContain(best.key);
  });

  it('takes a file of one example at a time', async () => {
    const maker = await opened(null);
    const { files } = await maker.exportModel({ version: 1, steps: [] }, 'tflite', {}, ignoreProgress, 4);
    const engine = await opened({ _train: 60, _test: 20 });
    await engine.open(files.map(({ name, bytes }) => fileOf(name, bytes)), ignoreProgress);
    await engine.openDataset(await tinyData({ _train: 60, _test: 20 }), ignoreProgress);
    const fixed = await found(engine, { candidates: 4 });
    const free = await found(await opened({ _train: 60, _test: 20 }), { candidates: 4 });
    expect(fixed.candidates.map(({ measured }) => measured.macs)).toEqual(free.candidates.map(({ measured }) => measured.macs));
    expect(fixed.candidates.some(({ recipe }) => recipe.steps.some(({ pass }) => pass === 'factorize' || pass === 'prune-channels'))).toBe(true);
  });

  it('trains candidates before it judges them, on none of the examples that judge, and the best on all of them', async () => {
    const train = vi.fn<TrainElsewhere>((request, data, report) => trainHere({})(request, data, report));
    const engine = await opened({ _train: 60, _test: 20 }, { train, trainsOnlyWhenAsked: true });
    const stages = new Set<string>();
    const result = await engine.search({ ...plain, goals: { mostBytes: 4000 }, candidates: 2, recovery: { epochs: 1, trainExamples: 40, finalEpochs: 2 } }, ({ stage, training }) => void (training && stages.add(stage)), () => {});
    const { best, final, candidates, examples } = result;
    expect([examples, [...stages], result.unmet]).toEqual([12, ['search'], []]);
    const counts = train.mock.calls.map(([, data]) => data.count);
    expect(counts).toEqual([...candidates.map(() => 40), ...final!.recipe.steps.filter(stepTrains).map(() => 60)]);
    expect(candidates.every(({ recipe, latency }) => recipe.steps.some(stepTrains) && latency === null)).toBe(true);
    expect(final!.recipe.steps.map(({ pass }) => pass)).toEqual(expect.arrayContaining(best.recipe.steps.map(({ pass }) => pass)));
    expect(final!.unmet).toEqual([]);
    expect(result.original.bytes).toBeGreaterThan(2 * best.size.brotli);
    // The recipe alone makes the same file in another session.
    const other = await opened({ _train: 60, _test: 20 });
    const [one, again] = [await engine.exportModel(final!.recipe, 'tflite', {}, ignoreProgress, 4), await other.exportModel(final!.recipe, 'tflite', {}, ignoreProgress, 4)];
    expect(again.files[0]!.bytes).toEqual(one.files[0]!.bytes);
    expect(one.size).toEqual(final!.size);
  });

  it('measures latency beside the original where a goal speaks of it', async () => {
    const engine = await opened({ _train: 60, _test: 20 });
    const goals = { mostLatencyMs: 1e4 };
    await expect(found(engine, { goals })).rejects.toThrow('no backend to measure it on');
    const { candidates, original, best } = await found(engine, { goals, candidates: 2, latencyBackend: 'wasm' });
    for (const { latency, measured, predicted } of candidates) {
      expect(latency!.backend).toBe('wasm');
      expect(measured.latencyMs).toBe(latency!.candidate.p50Ms);
      expect(predicted.ms).toBeGreaterThan(0);
    }
    expect(original.latencyMs).toBeGreaterThan(0);
    expect(best.unmet).toEqual([]);
  });

  it('refuses to judge on what is measured, and wishes that make no sense', async () => {
    const engine = await opened({ '': 40 });
    await expect(found(engine, {})).rejects.toThrow('set a share of the open data aside');
    await expect(found(engine, { candidates: 0 })).rejects.toThrow('a whole number from 1 to 10000');
    await expect(found(engine, { examples: 0 })).rejects.toThrow('judged on 0 examples');
    await expect(found(engine, { recovery: { epochs: 0 } })).rejects.toThrow('trained for 0 epochs; a whole number from 1 to 100');
    await expect(found(engine, { recovery: { epochs: 1, trainExamples: 0.5 } })).rejects.toThrow('learn from 0.5 examples');
    await engine.splitDataset(0.5);
    await expect(found(engine, { goals: {} })).rejects.toThrow('no goal');
  });
});
