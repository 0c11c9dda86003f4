/** The search of the page, over the stand-in engine: candidates as results, ends, and what is taken up again. */
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { judgedQuality, sizePoints } from '../../src/state/chart-points';
import { provideEngine, type EngineClient } from '../../src/state/engine-client';
import { useExport } from '../../src/state/export-store';
import { goalsOf, finishSearch, startSearch, stopSearch } from '../../src/state/search-actions';
import { leaveSearch } from '../../src/state/search-stop';
import { DEFAULT_FORM, editForm, forgetSearch, modelName, useSearch, useSearchWishes } from '../../src/state/search-store';
import { estimateSearch } from '../../src/state/search-estimate';
import { pointKey } from '../../src/state/point-key';
import { resetRecipe } from '../../src/state/recipe-store';
import { scheduleMeasuring } from '../../src/state/run-lane';
import { resetRuns, useRuns, type Run } from '../../src/state/runs-store';
import { emptySession, useSession } from '../../src/state/session-store';
import { useLane } from '../../src/state/lane-store';
import { emptyTraining, useTraining } from '../../src/state/training-store';
import { mockEngine, type MockState } from '../e2e/mock-engine/mock-engine';

let client: EngineClient;

async function begin(state: MockState): Promise<void> {
  client = mockEngine(state);
  vi.spyOn(client, 'cancel');
  vi.spyOn(client, 'search');
  provideEngine(() => Promise.resolve(client));
  const model = await client.open([], () => {});
  const dataset = await client.openDataset([], () => {});
  useSession.setState({ ...emptySession, model, dataset, backends: await client.backends() });
  useExport.setState({ format: 'keras', options: {}, verified: null });
  useTraining.setState({ ...emptyTraining, data: await client.trainingData() });
  useSearchWishes.setState({ form: { ...DEFAULT_FORM, candidates: 12 }, cutOff: null });
  useLane.setState({ state: 'idle', key: null, stages: [] });
  resetRuns();
  resetRecipe();
  forgetSearch();
}

const search = () => useSearch.getState();

describe('a search', () => {
  beforeEach(() => begin('plain'));

  it('makes a result of every candidate, and names the best', async () => {
    await startSearch();
    expect(search().running).toBeNull();
    expect(search().judged.size).toBe(12);
    const runs = useRuns.getState().runs.filter((run) => search().judged.has(run.key));
    expect(runs).toHaveLength(12);
    expect(runs.every((run) => run.sizes['keras']!.report.brotli > 0)).toBe(true);
    const best = useRuns.getState().runs.find((run) => run.key === search().finished!.best)!;
    const meeting = runs.filter((run) => search().judged.get(run.key)!.loss <= 0.005);
    expect(best.sizes['keras']!.report.brotli).toBe(Math.min(...meeting.map((run) => run.sizes['keras']!.report.brotli)));
    expect(useSearchWishes.getState().cutOff).toBeNull();
  });

  it('says the nearest when a goal cannot be met', async () => {
    editForm({ mostBytes: 1 });
    await startSearch();
    expect(search().finished!.unmet).toContain('mostBytes');
    expect(search().finished!.message).toContain('instead of at most 1');
  });

  it('asks for what was wished, and only for goals that are set', async () => {
    editForm({ mostMacs: 2e6, epochs: 1 });
    await startSearch();
    expect(client.search).toHaveBeenCalledWith(expect.objectContaining({ goals: { mostAccuracyDrop: 0.005, mostMacs: 2e6 }, latencyBackend: null, recovery: { epochs: 1, finalEpochs: 3 }, candidates: 12, format: 'keras' }), expect.anything(), expect.anything());
    editForm({ mostMacs: null, mostAccuracyDrop: null });
    expect(goalsOf(useSearchWishes.getState().form)).toBeNull();
  });

  it('is nothing without a goal', async () => {
    editForm({ mostAccuracyDrop: null });
    await startSearch();
    expect(client.search).not.toHaveBeenCalled();
  });

  it('judges beside the original, and does not stand for a measurement', async () => {
    await startSearch();
    const [key, { loss }] = [...search().judged][0]!;
    const { runs } = useRuns.getState();
    expect(judgedQuality(runs, key, 'accuracy', search().judged)).toBeNull();
    const recipe = { version: 1 as const, steps: [] };
    const original: Run = { ...runs[0]!, key: pointKey(recipe), recipe, quality: { kind: 'accuracy', report: await client.compareAccuracy(recipe, 'wasm', 2000, () => {}) } };
    expect(judgedQuality([...runs, original], key, 'accuracy', search().judged)).toBeCloseTo(0.9209 - loss, 12);
    const points = sizePoints([...runs, original], 'accuracy', 'keras', search().judged);
    expect(points.filter((point) => point.isJudged)).toHaveLength(12);
  });
});

describe('a search that is cut off', () => {
  beforeEach(() => begin('measuring'));

  it('keeps what it found, remembers itself, and has ended the worker', async () => {
    const done = startSearch();
    await vi.waitFor(() => expect(search().judged.size).toBeGreaterThan(0), { timeout: 5000 });
    await stopSearch();
    await done;
    expect(client.cancel).toHaveBeenCalled();
    expect(search()).toMatchObject({ running: null, finished: null, problem: null });
    expect(search().judged.size).toBe(5);
    expect(useSearchWishes.getState().cutOff).toEqual({ model: modelName(useSession.getState().model!), found: 5, of: 12 });
  });

  it('has the device to itself meanwhile', async () => {
    const done = startSearch();
    await vi.waitFor(() => expect(search().running?.state).toBe('searching'), { timeout: 5000 });
    scheduleMeasuring();
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(useLane.getState().state).not.toBe('running');
    await stopSearch();
    await done;
  });

  it('is forgotten with its model', async () => {
    const done = startSearch();
    await vi.waitFor(() => expect(search().judged.size).toBeGreaterThan(0), { timeout: 5000 });
    await leaveSearch();
    await done;
    expect(search().judged.size).toBe(0);
  });
});

describe('the person’s hand on a search', () => {
  it('ends it with the best so far', async () => {
    await begin('plain');
    editForm({ candidates: 200 });
    const done = startSearch();
    await vi.waitFor(() => expect(search().running?.found).toBeGreaterThan(0), { timeout: 10_000 });
    await finishSearch();
    await done;
    expect(search().finished!.found).toBeLessThan(200);
    expect(search().finished!.found).toBeGreaterThan(0);
  });

  it('is told why it failed', async () => {
    await begin('nothing-to-learn');
    await startSearch();
    expect(search().problem).toContain('no examples');
    expect(search().running).toBeNull();
  });
});

describe('the estimate of its time', () => {
  it('is mostly training where candidates learn', () => {
    const cost = { parameters: 1, nbytes: 1e6, macs: 6e6, peakActivationBytes: 0, nodes: [] };
    const still = estimateSearch({ ...DEFAULT_FORM, epochs: 0 }, cost, 1, 8000, null);
    const learning = estimateSearch({ ...DEFAULT_FORM, epochs: 3 }, cost, 1, 8000, null);
    expect(still.trainingMs).toBe(0);
    expect(learning.milliseconds).toBe(still.milliseconds + learning.trainingMs);
    expect(learning.trainingMs).toBe(50 * 3 * 8000 * 3);
  });
});
