/** Sensitivities as a person meets them, over an engine of made-up answers. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { makeStep } from '../../src/passes/recipe';
import { cancelWork } from '../../src/state/cancel-work';
import { provideEngine, type EngineClient } from '../../src/state/engine-client';
import { useExport } from '../../src/state/export-store';
import { useLane } from '../../src/state/lane-store';
import { openFiles } from '../../src/state/open-actions';
import { isLayerKept, withPreprocessing } from '../../src/state/recipe-edit';
import { editRecipe, onRecipeCommitted, resetRecipe, undoRecipe, useRecipe } from '../../src/state/recipe-store';
import { cancelMeasuring, scheduleMeasuring } from '../../src/state/run-lane';
import { resetRuns } from '../../src/state/runs-store';
import { canMeasureSensitivity, cancelSensitivity, followSensitivity, keepMostSensitive, measureSensitivity, mostSensitive } from '../../src/state/sensitivity-actions';
import { emptySensitivity, showSensitivityOf, useSensitivity } from '../../src/state/sensitivity-store';
import { useSearch } from '../../src/state/search-store';
import { emptySession, useSession } from '../../src/state/session-store';
import { useSettings } from '../../src/state/settings-store';
import { startTraining, stopTraining } from '../../src/state/train-actions';
import { resetTraining, useTraining } from '../../src/state/training-store';
import { mockEngine, type MockState } from '../e2e/mock-engine/mock-engine';
import { mockRows } from '../e2e/mock-engine/mock-sensitivity';

const WAIT = { timeout: 10_000, interval: 10 };
const now = () => useSensitivity.getState();
const dataFile = { name: 'other.npz', blob: new Blob([new Uint8Array(8)]) };

let client: EngineClient;
let stopWatching: (() => void)[] = [];

async function begin(state: MockState): Promise<void> {
  client = mockEngine(state);
  for (const name of ['sensitivity', 'cancel', 'apply', 'measureSize'] as const) vi.spyOn(client, name);
  provideEngine(() => Promise.resolve(client));
  const ignore = (): void => {};
  useSession.setState({ ...emptySession, model: await client.open([], ignore), dataset: await client.openDataset([], ignore), backends: await client.backends() });
  useExport.setState({ format: 'keras', options: {}, verified: null });
  useSettings.setState({ backends: ['wasm'] });
  useSensitivity.setState(emptySensitivity);
  resetRuns();
  resetRecipe({ version: 1, steps: [makeStep('prune-magnitude', { sparsity: 0.5 }), makeStep('quantize-weights')] });
  resetTraining();
  useLane.setState({ state: 'idle', key: null, stages: [] });
  stopWatching = [onRecipeCommitted(scheduleMeasuring), followSensitivity()];
}

/** The stand-in stops before the next row. */
const halfDone = (): Promise<void> => vi.waitFor(() => expect(now().rows).toHaveLength(23), WAIT);

afterEach(async () => {
  for (const stop of stopWatching) stop();
  await cancelSensitivity();
  await stopTraining();
  await cancelMeasuring();
});

describe('a sensitivity', () => {
  beforeEach(() => begin('plain'));

  it('is measured on a press, on 64 examples, and says what it looked at', async () => {
    const pressed = measureSensitivity();
    await vi.waitFor(() => expect(now().progress?.layer).toBe('conv2d_1'), WAIT);
    expect(now().state).toBe('running');
    expect(now().rows.length).toBeGreaterThan(0);
    expect(now().progress!.msLeft).toBeGreaterThan(0);
    await pressed;
    expect(now()).toMatchObject({ state: 'done', rows: mockRows, samples: 64, source: 'training', knownRows: 0, progress: null });
    expect(now().elapsedMs).toBeGreaterThan(0);
    expect(client.sensitivity).toHaveBeenCalledWith({ samples: 64, layers: null, preprocessing: null }, expect.anything(), expect.anything());
  });

  it('looks at examples as the recipe prepares them', async () => {
    const preprocessing = { scale: 2, mean: [], std: [], size: null, channels: null };
    editRecipe((recipe) => withPreprocessing(recipe, preprocessing));
    await measureSensitivity();
    expect(client.sensitivity).toHaveBeenCalledWith(expect.objectContaining({ preprocessing }), expect.anything(), expect.anything());
  });

  it('has the engine to itself: the recipe is measured when it is over', async () => {
    const pressed = measureSensitivity();
    editRecipe((recipe) => ({ ...recipe, steps: recipe.steps.slice(0, 1) }));
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(now().state).toBe('running');
    expect(client.apply).not.toHaveBeenCalled();
    await pressed;
    await vi.waitFor(() => expect(useLane.getState().state).toBe('done'), WAIT);
    expect(client.apply).toHaveBeenCalledOnce();
  });

  it('is forgotten for other data and other preprocessing, and not for another recipe', async () => {
    await measureSensitivity();
    editRecipe((recipe) => ({ ...recipe, steps: recipe.steps.slice(0, 1) }));
    expect(now().state).toBe('done');
    editRecipe((recipe) => withPreprocessing(recipe, { scale: 2, mean: [], std: [], size: null, channels: null }));
    expect(now()).toMatchObject({ state: 'none', rows: [] });
    await measureSensitivity();
    expect(now().state).toBe('done');
    await openFiles([dataFile]);
    expect(useSession.getState().dataset?.name).toBe('other.npz');
    expect(now()).toMatchObject({ state: 'none', rows: [], samples: null, source: null });
  });

  it('keeps the layers that are harmed most in one step that can be undone', async () => {
    await measureSensitivity();
    showSensitivityOf('worst');
    expect(mostSensitive(now(), 3)).toEqual(['conv2d', 'dense_1', 'conv2d_1']);
    const { recipe: before } = useRecipe.getState();
    keepMostSensitive(2);
    const { recipe } = useRecipe.getState();
    expect(['conv2d', 'dense_1', 'conv2d_1'].map((layer) => isLayerKept(recipe, layer))).toEqual([true, true, false]);
    undoRecipe();
    expect(useRecipe.getState().recipe).toBe(before);
  });

  it('tells why it failed, and can be asked for again', async () => {
    vi.mocked(client.sensitivity).mockRejectedValueOnce(new Error('This model has no layer with weights.'));
    await measureSensitivity();
    expect(now()).toMatchObject({ state: 'failed', problem: 'This model has no layer with weights.' });
    await measureSensitivity();
    expect(now()).toMatchObject({ state: 'done', problem: null });
  });
});

describe('a sensitivity under way', () => {
  beforeEach(() => begin('sensing'));

  it('is cancelled for real, keeps its rows, and goes on from them', async () => {
    const pressed = measureSensitivity();
    await halfDone();
    cancelWork();
    await pressed;
    expect(now()).toMatchObject({ state: 'none', progress: null });
    expect(now().rows).toHaveLength(23);
    expect(client.cancel).toHaveBeenCalledOnce();
    const again = measureSensitivity();
    expect(now().rows).toHaveLength(23);
    await vi.waitFor(() => expect(client.sensitivity).toHaveBeenCalledTimes(2), WAIT);
    await cancelSensitivity();
    await again;
    expect(now().rows).toHaveLength(23);
  });

  it('gives way to other data', async () => {
    const pressed = measureSensitivity();
    await halfDone();
    await openFiles([dataFile]);
    await pressed;
    expect(now()).toMatchObject({ state: 'none', rows: [] });
    expect(useSession.getState().dataset?.name).toBe('other.npz');
  });

  it('gives way to a training, and does not begin beside one', async () => {
    const pressed = measureSensitivity();
    await halfDone();
    editRecipe(() => ({ version: 1, steps: [makeStep('prune-magnitude', { sparsity: 0.75, recoverEpochs: 3 })] }));
    const training = startTraining();
    await pressed;
    expect(now().state).toBe('none');
    expect(useTraining.getState().running?.control).toBeNull();
    expect(canMeasureSensitivity()).toBe(false);
    await training;
    expect(canMeasureSensitivity()).toBe(true);
  });

  it('does not begin beside a search', () => {
    useSearch.setState({ running: { state: 'searching', fraction: 0.5, found: 3, of: 50, msLeft: null } });
    expect(canMeasureSensitivity()).toBe(false);
    useSearch.setState({ running: null });
    expect(canMeasureSensitivity()).toBe(true);
  });
});
