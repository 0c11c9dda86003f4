import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Recipe } from '../../src/passes/pass';
import { provideEngine, type EngineClient } from '../../src/state/engine-client';
import { useExport } from '../../src/state/export-store';
import { useLane } from '../../src/state/lane-store';
import { dismissAllNotices, useNotices } from '../../src/state/notices-store';
import { pointKey } from '../../src/state/point-key';
import { initialRecipe, withOption, withStepEnabled } from '../../src/state/recipe-edit';
import { editRecipe, onRecipeCommitted, resetRecipe, undoRecipe, useRecipe } from '../../src/state/recipe-store';
import { cancelMeasuring, scheduleMeasuring } from '../../src/state/run-lane';
import { resetRuns, useRuns } from '../../src/state/runs-store';
import { emptySession, useSession } from '../../src/state/session-store';
import { useSettings } from '../../src/state/settings-store';
import { mockEngine, type MockState } from '../e2e/mock-engine/mock-engine';

const prune = initialRecipe().steps.findIndex((step) => step.pass === 'prune-magnitude');
const runOf = (recipe: Recipe) => useRuns.getState().runs.find((run) => run.key === pointKey(recipe));
const current = () => useRecipe.getState().recipe;

let client: EngineClient;
let stopWatching: () => void;

async function begin(state: MockState): Promise<void> {
  client = mockEngine(state);
  for (const name of ['apply', 'measureSize', 'compareAccuracy', 'measureLatency', 'exportModel', 'cancel'] as const) vi.spyOn(client, name);
  provideEngine(() => Promise.resolve(client));
  const ignore = () => {};
  const model = await client.open([], ignore);
  const dataset = await client.openDataset([], ignore);
  useSession.setState({ ...emptySession, model, dataset, backends: await client.backends() });
  useExport.setState({ format: 'keras', options: {}, verified: null });
  useSettings.setState({ backends: ['wasm'] });
  resetRuns();
  resetRecipe();
  dismissAllNotices();
  useLane.setState({ state: 'idle', key: null, stages: [] });
  stopWatching = onRecipeCommitted(scheduleMeasuring);
}

const prunedBy = (sparsity: number) => (recipe: Recipe) => withOption(withStepEnabled(recipe, prune, true), prune, 'sparsity', sparsity);

async function finished(): Promise<void> {
  await vi.waitFor(() => expect(useLane.getState().state).toBe('done'), { timeout: 5000, interval: 10 });
}

describe('measuring after a change', () => {
  beforeEach(() => begin('plain'));
  afterEach(async () => {
    stopWatching();
    await cancelMeasuring();
  });

  it('brings cost, size, accuracy, latency and a verified export, in that order', async () => {
    editRecipe(prunedBy(0.5));
    await vi.waitFor(() => expect(useLane.getState().stages.length).toBeGreaterThan(0));
    expect(useLane.getState().stages.map((stage) => stage.id)).toEqual(['apply', 'size', 'quality', 'latency:wasm', 'verify']);
    await finished();
    const run = runOf(current());
    expect(run?.cost).not.toBeNull();
    expect(run?.sizes['keras']?.report.gzip).toBeGreaterThan(0);
    expect(run?.quality?.kind).toBe('accuracy');
    expect(run?.latency.wasm?.backend).toBe('wasm');
    expect(useExport.getState().verified?.key).toBe(pointKey(current()));
  });

  it('compares answers on the processor when the only ticked graphics card is made up in software', async () => {
    const { backends } = useSession.getState();
    useSession.setState({ backends: backends!.map((info) => ({ ...info, software: info.id === 'webgpu' })) });
    useSettings.setState({ backends: ['webgpu'] });
    editRecipe(prunedBy(0.5));
    await finished();
    expect(vi.mocked(client.compareAccuracy).mock.calls.map(([, backend]) => backend)).toEqual(['wasm']);
    expect(runOf(current())?.latency.webgpu?.backend).toBe('webgpu');
  });

  it('estimates energy with it, for the original too', async () => {
    editRecipe(prunedBy(0.5));
    await finished();
    expect(runOf(current())?.energy?.length).toBeGreaterThan(1);
    const original = runOf({ version: 1, steps: [] })?.energy;
    expect(original?.map((one) => one.candidate)).toEqual(runOf(current())?.energy?.map((one) => one.original));
  });

  it('measures the original beside it, from the same comparisons', async () => {
    editRecipe(prunedBy(0.5));
    await finished();
    const original = runOf({ version: 1, steps: [] });
    expect(original?.sizes['keras']).toBeDefined();
    expect(original?.quality?.kind === 'accuracy' && original.quality.report.change.value).toBe(0);
    expect(original?.latency.wasm?.speedup.value).toBe(1);
  });

  it('measures only the last of several quick changes', async () => {
    for (const sparsity of [0.2, 0.3, 0.4]) editRecipe(prunedBy(sparsity));
    await finished();
    expect(client.apply).toHaveBeenCalledTimes(1);
    expect(useRuns.getState().runs.map((run) => run.key)).toContain(pointKey(current()));
  });

  it('knows what was measured before: undo asks the engine for nothing but the file', async () => {
    editRecipe(prunedBy(0.5));
    await finished();
    const first = current();
    editRecipe(prunedBy(0.6));
    await vi.waitFor(() => expect(useExport.getState().verified?.key).toBe(pointKey(current())), { timeout: 5000 });
    vi.mocked(client.compareAccuracy).mockClear();
    vi.mocked(client.apply).mockClear();
    undoRecipe();
    await vi.waitFor(() => expect(useExport.getState().verified?.key).toBe(pointKey(first)), { timeout: 5000 });
    expect(client.apply).not.toHaveBeenCalled();
    expect(client.compareAccuracy).not.toHaveBeenCalled();
  });
});

describe('measuring that is overtaken, stopped or fails', () => {
  afterEach(async () => {
    stopWatching();
    await cancelMeasuring();
  });

  it('drops what an older change brings, and ends its worker when it takes long', async () => {
    await begin('measuring');
    editRecipe(prunedBy(0.5));
    await vi.waitFor(() => expect(client.measureLatency).toHaveBeenCalledTimes(1), { timeout: 5000 });
    const older = current();
    editRecipe(prunedBy(0.7));
    await vi.waitFor(() => expect(client.measureLatency).toHaveBeenCalledTimes(2), { timeout: 5000 });
    expect(client.cancel).toHaveBeenCalledTimes(1);
    expect(runOf(older)?.latency).toEqual({});
    expect(useNotices.getState().notices).toEqual([]);
  });

  it('stops when it is told to, keeps what it has, and goes on from there', async () => {
    await begin('measuring');
    editRecipe(prunedBy(0.5));
    await vi.waitFor(() => expect(client.measureLatency).toHaveBeenCalled(), { timeout: 5000 });
    await cancelMeasuring();
    expect(useLane.getState().state).toBe('cancelled');
    expect(client.cancel).toHaveBeenCalledTimes(1);
    expect(runOf(current())?.quality).not.toBeNull();
    vi.mocked(client.compareAccuracy).mockClear();
    scheduleMeasuring();
    await vi.waitFor(() => expect(client.measureLatency).toHaveBeenCalledTimes(2), { timeout: 5000 });
    expect(client.compareAccuracy).not.toHaveBeenCalled();
  });

  it('says what failed and goes on with the rest', async () => {
    await begin('plain');
    vi.mocked(client.measureLatency).mockRejectedValue(Object.assign(new Error('The device was lost.'), { name: 'BackendError' }));
    editRecipe(prunedBy(0.5));
    await finished();
    const stages = useLane.getState().stages;
    expect(stages.find((stage) => stage.id === 'latency:wasm')).toMatchObject({ state: 'failed', problem: 'The device was lost.' });
    expect(stages.find((stage) => stage.id === 'verify')?.state).toBe('done');
  });

  it('goes no further when the recipe itself cannot be applied', async () => {
    await begin('plain');
    vi.mocked(client.apply).mockRejectedValue(new Error('prune-magnitude failed on conv2d.'));
    editRecipe(prunedBy(0.5));
    await finished();
    expect(client.measureSize).not.toHaveBeenCalled();
    expect(useNotices.getState().notices[0]?.message).toBe('prune-magnitude failed on conv2d.');
  });
});
