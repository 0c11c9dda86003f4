/**
 * Training, on a press and never by itself: the recipe on screen, then its controls while nothing else is asked for. One training at a
 * time; while one of the recipe runs nothing is measured, so that neither disturbs the other, and a control gives way to whatever a
 * person does.
 */
import { isErrorOf, messageOf } from '../lib/errors';
import type { Progress } from '../lib/progress';
import { controlsOf } from '../passes/controls';
import type { Recipe } from '../passes/pass';
import { recipeTrains } from '../passes/untrained';
import { engine, type EngineClient } from './engine-client';
import { notifyError } from './notices-store';
import { pointKey } from './point-key';
import { onRecipeCommitted, useRecipe } from './recipe-store';
import { qualityBackend, scheduleMeasuring, settleEngine, stopMeasuring } from './run-lane';
import { useLane } from './lane-store';
import { findRun, recordResult, removeRun } from './runs-store';
import { sizeKey, optionsOf, useExport } from './export-store';
import { cancelSearch } from './search-stop';
import { useSearch } from './search-store';
import { useSession } from './session-store';
import { useSettings } from './settings-store';
import { throttledProgress } from './throttled-progress';
import { askTrainingData } from './training-data-actions';
import { epochsOf } from './training-estimate';
import { addPoints, isUntrained, markTrained, setControls, updateControl, updateRunning, useTraining, type ControlState, type CurvePoint, type RunningTraining } from './training-store';

/** Between the last measurement and the first control: a person may have more to change. */
const IDLE_MS = 1500;

let idle: ReturnType<typeof setTimeout> | undefined;

/** Trains the recipe on screen. */
export async function startTraining(): Promise<void> {
  const { recipe } = useRecipe.getState();
  if (!isUntrained(recipe)) return;
  await stopTraining();
  await cancelSearch();
  stopMeasuring();
  useTraining.setState({ running: { key: pointKey(recipe), recipe, control: null, state: 'starting', pass: null }, cancelled: null });
  try {
    await settleEngine();
    const client = await engine();
    if (useTraining.getState().data === undefined) await askTrainingData();
    const { cost, diagnostics } = await runTraining(client, recipe, null);
    // A search had trained it on fewer examples: what was measured then is of another result.
    if (useSearch.getState().judged.has(pointKey(recipe))) removeRun(pointKey(recipe));
    recordResult(pointKey(recipe), recipe, { cost, diagnostics });
    markTrained(pointKey(recipe), true);
  } catch (error) {
    if (isErrorOf(error, 'CancelledError')) useTraining.setState({ cancelled: pointKey(recipe) });
    else notifyError(error);
  } finally {
    if (isRunning(recipe, null)) useTraining.setState({ running: null });
    scheduleMeasuring();
  }
}

export async function pauseTraining(): Promise<void> {
  updateRunning({ state: 'paused' });
  await (await engine()).pauseTraining();
}

export async function resumeTraining(): Promise<void> {
  updateRunning({ state: 'running' });
  await (await engine()).resumeTraining();
}

/** Ends the training under way with the best so far. */
export async function finishTraining(): Promise<void> {
  updateRunning({ state: 'finishing' });
  await (await engine()).finishTraining();
}

/** Ends the training under way. What it learned until its last checkpoint is where it goes on when it is asked for again. */
export async function stopTraining(): Promise<void> {
  clearTimeout(idle);
  const { running } = useTraining.getState();
  if (!running) return;
  useTraining.setState({ running: null });
  await (await engine()).stopTraining();
}

/** Cancels the controls of a recipe, for good. */
export async function cancelControls(key: string): Promise<void> {
  const controls = useTraining.getState().controls[key] ?? [];
  setControls(key, controls.map((control) => (isPending(control) ? { ...control, state: 'cancelled' } : control)));
  const { running } = useTraining.getState();
  if (running?.control) await stopTraining();
}

/** Asks for controls that were cancelled or failed. */
export function retryControls(key: string): void {
  const controls = useTraining.getState().controls[key] ?? [];
  setControls(key, controls.map((control) => (control.state === 'done' ? control : { ...control, state: 'waiting', problem: null })));
  scheduleControls();
}

/** Controls wait until everything is measured, and give way to every change. */
export function followControls(): () => void {
  const ends = [
    onRecipeCommitted(() => {
      clearTimeout(idle);
      if (useTraining.getState().running?.control) void stopTraining();
    }),
    useLane.subscribe((lane, before) => {
      if (lane.state === 'done' && before.state === 'running') scheduleControls();
    }),
  ];
  return () => ends.forEach((end) => end());
}

function scheduleControls(): void {
  clearTimeout(idle);
  idle = setTimeout(() => void trainControls(), IDLE_MS);
}

async function trainControls(): Promise<void> {
  const { recipe } = useRecipe.getState();
  const key = pointKey(recipe);
  const state = useTraining.getState();
  if (!recipeTrains(recipe) || isUntrained(recipe) || state.running || useLane.getState().state === 'running') return;
  if (!state.controls[key]) setControls(key, controlsOf(recipe).map((control) => ({ ...control, state: 'waiting', comparison: null, problem: null })));
  const next = useTraining.getState().controls[key]?.find((control) => control.state === 'waiting');
  if (!next) return;
  const goesOn = await trainControl(key, recipe, next);
  if (goesOn) await trainControls();
}

/** False: a person did something else, and the control waits. */
async function trainControl(key: string, recipe: Recipe, { kind, recipe: control }: ControlState): Promise<boolean> {
  const controlKey = pointKey(control);
  useTraining.setState({ running: { key: controlKey, recipe: control, control: kind, state: 'starting', pass: null } });
  updateControl(key, kind, { state: 'training' });
  try {
    const client = await engine();
    const { cost, diagnostics } = await runTraining(client, control, kind);
    markTrained(controlKey, true);
    recordResult(controlKey, control, { cost, diagnostics });
    updateControl(key, kind, { state: 'measuring' });
    updateControl(key, kind, { state: 'done', comparison: await measureControl(client, control, recipe) });
    return true;
  } catch (error) {
    const isStopped = isErrorOf(error, 'CancelledError');
    const wasCancelled = useTraining.getState().controls[key]?.find((other) => other.kind === kind)?.state === 'cancelled';
    if (!wasCancelled) updateControl(key, kind, isStopped ? { state: 'waiting' } : { state: 'failed', problem: messageOf(error) });
    return !isStopped;
  } finally {
    if (isRunning(control, kind)) useTraining.setState({ running: null });
  }
}

/** A point of its own on the charts, and against the recipe on the same examples where there are labels. */
async function measureControl(client: EngineClient, control: Recipe, recipe: Recipe): Promise<ControlState['comparison']> {
  const exporting = useExport.getState();
  const { exampleLimit: limit } = useSettings.getState();
  const key = pointKey(control);
  const ignore = (): void => {};
  recordResult(key, control, { energy: await client.estimateEnergy(control) });
  if (!findRun(key)?.sizes[sizeKey(exporting)]) {
    const report = await client.measureSize(control, exporting.format, optionsOf(exporting.format, exporting), ignore);
    recordResult(key, control, { sizes: { [sizeKey(exporting)]: { format: exporting.format, report } } });
  }
  if (!useSession.getState().dataset?.hasLabels) {
    recordResult(key, control, { quality: { kind: 'fidelity', report: await client.measureFidelity(control, qualityBackend(), limit, ignore) } });
    return null;
  }
  recordResult(key, control, { quality: { kind: 'accuracy', report: await client.compareAccuracy(control, qualityBackend(), limit, ignore) } });
  return client.compareRecipes(control, recipe, qualityBackend(), limit, ignore);
}

/** The training itself, with its curve. */
async function runTraining(client: EngineClient, recipe: Recipe, control: RunningTraining['control']) {
  const key = pointKey(recipe);
  const startMs = performance.now();
  const examples = useTraining.getState().data?.count ?? 0;
  // No point is lost by showing several at once.
  let waiting: CurvePoint[] = [];
  const show = throttledProgress(({ stage }: Progress) => {
    if (!isRunning(recipe, control)) return;
    const { state, pass } = useTraining.getState().running!;
    // The training that was to finish is over, and the next pass may train too.
    const isNext = state === 'finishing' && pass !== stage;
    updateRunning({ pass: stage, state: isNext ? 'starting' : state === 'starting' && waiting.length > 0 ? 'running' : state });
    addPoints(key, waiting);
    waiting = [];
  });
  const result = await client.train(recipe, (progress) => {
    if (progress.training) waiting.push({ ...progress.training, pass: progress.stage });
    show(progress);
  });
  addPoints(key, waiting);
  const last = useTraining.getState().curves[key]?.at(-1);
  const seen = examples * epochsOf(recipe);
  if (last && seen > 0) useTraining.setState({ pace: { backend: last.backend, msPerExample: (performance.now() - startMs) / seen } });
  return result;
}

function isRunning(recipe: Recipe, control: RunningTraining['control']): boolean {
  const { running } = useTraining.getState();
  return running?.key === pointKey(recipe) && running.control === control;
}

function isPending({ state }: ControlState): boolean {
  return state === 'waiting' || state === 'training' || state === 'measuring';
}
