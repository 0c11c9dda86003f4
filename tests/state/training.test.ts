/** Training as a person meets it, over an engine of made-up answers. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Recipe } from '../../src/passes/pass';
import { makeStep } from '../../src/passes/recipe';
import { provideEngine, type EngineClient } from '../../src/state/engine-client';
import { useExport } from '../../src/state/export-store';
import { useLane } from '../../src/state/lane-store';
import { dismissAllNotices, useNotices } from '../../src/state/notices-store';
import { openTrainingFiles, splitData } from '../../src/state/open-actions';
import { pointKey } from '../../src/state/point-key';
import { presets } from '../../src/state/presets';
import { editRecipe, onRecipeCommitted, resetRecipe, useRecipe } from '../../src/state/recipe-store';
import { cancelMeasuring, scheduleMeasuring } from '../../src/state/run-lane';
import { findRun, resetRuns } from '../../src/state/runs-store';
import { emptySession, useSession } from '../../src/state/session-store';
import { useSettings } from '../../src/state/settings-store';
import { cancelControls, finishTraining, followControls, pauseTraining, resumeTraining, retryControls, startTraining, stopTraining } from '../../src/state/train-actions';
import { epochsOf, estimateTraining } from '../../src/state/training-estimate';
import { addPoints, resetTraining, shownRecipe, useTraining, type CurvePoint } from '../../src/state/training-store';
import { mockEngine, type MockState } from '../e2e/mock-engine/mock-engine';

const WAIT = { timeout: 10_000, interval: 10 };
const recovering = (sparsity: number): Recipe => ({ version: 1, steps: [makeStep('prune-magnitude', { sparsity, recoverEpochs: 3 })] });
const plain: Recipe = { version: 1, steps: [makeStep('prune-magnitude', { sparsity: 0.75 })] };
const training = () => useTraining.getState();

let client: EngineClient;
let stopWatching: (() => void)[] = [];

async function begin(state: MockState): Promise<void> {
  client = mockEngine(state);
  for (const name of ['apply', 'train', 'compareRecipes', 'stopTraining', 'cancel'] as const) vi.spyOn(client, name);
  provideEngine(() => Promise.resolve(client));
  const ignore = (): void => {};
  useSession.setState({ ...emptySession, model: await client.open([], ignore), dataset: await client.openDataset([], ignore), backends: await client.backends() });
  useExport.setState({ format: 'keras', options: {}, verified: null });
  useSettings.setState({ backends: ['wasm'] });
  resetRuns();
  resetRecipe({ version: 1, steps: [] });
  resetTraining();
  dismissAllNotices();
  useLane.setState({ state: 'idle', key: null, stages: [] });
  stopWatching = [onRecipeCommitted(scheduleMeasuring), followControls()];
}

async function measured(): Promise<void> {
  await vi.waitFor(() => expect(useLane.getState().state).toBe('done'), WAIT);
}

async function put(recipe: Recipe): Promise<void> {
  editRecipe(() => recipe);
  await vi.waitFor(() => expect(useLane.getState().key).toBe(pointKey(shownRecipe(recipe))), WAIT);
  await measured();
}

const trained = (recipe: Recipe): Promise<void> => vi.waitFor(() => expect(training().trained.has(pointKey(recipe))).toBe(true), WAIT);

afterEach(async () => {
  for (const stop of stopWatching) stop();
  await stopTraining();
  await cancelMeasuring();
});

describe('a recipe that trains', () => {
  beforeEach(() => begin('plain'));

  it('is measured without its training until somebody asks for it: a slider starts none', async () => {
    await put(recovering(0.5));
    await put(recovering(0.75));
    expect(client.train).not.toHaveBeenCalled();
    expect(findRun(pointKey(recovering(0.75)))).toBeUndefined();
    expect(findRun(pointKey(plain))?.quality).not.toBeNull();
  });

  it('is trained on a press, with its curve, and then measured and exported', async () => {
    await put(recovering(0.75));
    await startTraining();
    await trained(recovering(0.75));
    const key = pointKey(recovering(0.75));
    const curve = training().curves[key]!;
    expect(curve).toHaveLength(40);
    expect(curve.at(-1)).toMatchObject({ pass: 'prune-magnitude', step: 2000, steps: 2000 });
    await vi.waitFor(() => expect(useExport.getState().verified?.key).toBe(key), WAIT);
    expect(findRun(key)?.quality?.kind).toBe('accuracy');
    expect(training().running).toBeNull();
  });

  it('has its controls trained and measured afterwards, each a point of its own, compared on the same examples', async () => {
    await put(recovering(0.75));
    await startTraining();
    const key = pointKey(recovering(0.75));
    await vi.waitFor(() => expect(training().controls[key]?.map(({ kind, state }) => [kind, state])).toEqual([['plain-epochs', 'done']]), WAIT);
    const [control] = training().controls[key]!;
    expect(control!.comparison?.verdict).toBeDefined();
    expect(vi.mocked(client.compareRecipes).mock.calls[0]!.slice(0, 2)).toEqual([control!.recipe, recovering(0.75)]);
    const run = findRun(pointKey(control!.recipe))!;
    expect(run.energy?.length).toBeGreaterThan(0);
    expect(run.quality?.kind).toBe('accuracy');
    expect(Object.keys(run.sizes)).toEqual(['keras']);
  });

  it('gives way: a change of the recipe stops the control, and coming back takes it up again', async () => {
    await put(recovering(0.75));
    await startTraining();
    const key = pointKey(recovering(0.75));
    await vi.waitFor(() => expect(training().running?.control).toBe('plain-epochs'), WAIT);
    await put(plain);
    expect(training().running).toBeNull();
    expect(training().controls[key]![0]!.state).toBe('waiting');
    await put(recovering(0.75));
    await vi.waitFor(() => expect(training().controls[key]![0]!.state).toBe('done'), WAIT);
  });

  it('is left without controls when a person says so, until they ask again', async () => {
    await put(recovering(0.75));
    await startTraining();
    const key = pointKey(recovering(0.75));
    await vi.waitFor(() => expect(training().running?.control).toBe('plain-epochs'), WAIT);
    await cancelControls(key);
    expect(training().controls[key]![0]!.state).toBe('cancelled');
    retryControls(key);
    await vi.waitFor(() => expect(training().controls[key]![0]!.state).toBe('done'), WAIT);
  });

  it('is shown without its training again when other data are there to learn from', async () => {
    await put(recovering(0.75));
    await startTraining();
    await measured();
    await openTrainingFiles([{ name: 'train.npz', blob: new Blob([]) }]);
    expect(training().data).toMatchObject({ count: 60_000 });
    expect(training().trained.size).toBe(0);
    expect(findRun(pointKey(recovering(0.75)))?.cost).toBeNull();
    expect(shownRecipe(useRecipe.getState().recipe)).toEqual(plain);
  });

  it('measures on the rest of data that are split', async () => {
    await put(plain);
    const before = useSession.getState().datasetNumber;
    await splitData(0.8);
    expect(useSession.getState().dataset?.count).toBe(2000);
    expect(useSession.getState().datasetNumber).toBe(before + 1);
    expect(training().data).toMatchObject({ origin: 'split', count: 8000 });
    expect(findRun(pointKey(plain))?.quality).toBeNull();
  });

  it('that the engine no longer has is offered again, in words', async () => {
    await put(recovering(0.75));
    useTraining.setState({ trained: new Set([pointKey(recovering(0.75))]) });
    scheduleMeasuring();
    await vi.waitFor(() => expect(useNotices.getState().notices.map(({ key }) => key)).toEqual(['notice.trainingLost']), WAIT);
    expect(training().trained.size).toBe(0);
    await measured();
  });
});

describe('the hand on a training', () => {
  beforeEach(() => begin('training'));

  const running = (): Promise<void> => vi.waitFor(() => expect(training().running?.state).toBe('running'), WAIT);

  it('pauses, resumes, and ends it with the best so far', async () => {
    await put(recovering(0.75));
    const done = startTraining();
    await running();
    await pauseTraining();
    expect(training().running?.state).toBe('paused');
    await resumeTraining();
    await running();
    await finishTraining();
    await done;
    await trained(recovering(0.75));
  });

  it('cancels it: nothing is trained, and it is offered to go on', async () => {
    await put(recovering(0.75));
    const done = startTraining();
    await vi.waitFor(() => expect(training().curves[pointKey(recovering(0.75))]?.length).toBe(20), WAIT);
    await stopTraining();
    await done;
    expect(client.stopTraining).toHaveBeenCalled();
    expect(client.cancel).not.toHaveBeenCalled();
    expect(training()).toMatchObject({ running: null, cancelled: pointKey(recovering(0.75)) });
    expect(training().trained.size).toBe(0);
    await measured();
  });

  it('leaves it alone when the recipe changes: what is on screen waits to be measured', async () => {
    await put(recovering(0.75));
    void startTraining();
    await running();
    vi.mocked(client.apply).mockClear();
    editRecipe(() => recovering(0.5));
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(client.apply).not.toHaveBeenCalled();
    expect(training().running?.key).toBe(pointKey(recovering(0.75)));
    await finishTraining();
    await vi.waitFor(() => expect(findRun(pointKey(shownRecipe(recovering(0.5))))?.quality).toBeTruthy(), WAIT);
  });
});

describe('the curve', () => {
  const point = (pass: string, step: number): CurvePoint => ({ pass, step, steps: 10, epoch: 1, loss: 1 / step, heldOutAccuracy: null, heldOutLoss: null, learningRate: 1, elapsedMs: 1, msLeft: 1, backend: 'wasm' });

  it('goes back to where a training went on from its checkpoint, and keeps the passes before', () => {
    resetTraining();
    addPoints('a', [point('prune', 1), point('prune', 2), point('cluster', 1), point('cluster', 2), point('cluster', 3)]);
    addPoints('a', [point('cluster', 2)]);
    expect(training().curves['a']!.map(({ pass, step }) => [pass, step])).toEqual([['prune', 1], ['prune', 2], ['cluster', 1], ['cluster', 2]]);
  });
});

describe('the estimate of time', () => {
  it('counts the epochs of every step that trains, and takes the pace of the last training', () => {
    const collaborative = presets.find(({ id }) => id === 'collaborative')!;
    const recipe: Recipe = { version: 1, steps: collaborative.steps };
    expect(epochsOf(recipe)).toBe(5);
    const backends = [{ id: 'wasm', available: true, adapter: '', software: false, reason: '', timestamps: false }] as const;
    expect(estimateTraining(recipe, 1000, [], { backend: 'wasm', msPerExample: 2 }, backends)).toEqual({ epochs: 5, backend: 'wasm', milliseconds: 10_000 });
  });
});
