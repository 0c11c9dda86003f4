/**
 * Measures what is on screen. After a change of the recipe that counts: apply → size → accuracy or fidelity → latency on
 * each ticked backend → write and verify the export. What is known already is not measured again, so undo is instant.
 * A generation counter drops whatever an older change still brings; cancelling ends the worker.
 */
import { isErrorOf, messageOf } from '../lib/errors';
import type { ReportProgress } from '../lib/progress';
import type { Recipe } from '../passes/pass';
import type { BackendId } from '../runtime/backend';
import { engine, type EngineClient } from './engine-client';
import { optionsOf, setVerified, sizeKey, useExport } from './export-store';
import { backendOfStage, endLane, startStages, updateStage, useLane, type StageId } from './lane-store';
import { notify, notifyError } from './notices-store';
import { recordOriginalEnergy, recordOriginalLatency, recordOriginalQuality } from './original-run';
import { isOriginal, originalOf, pointKey } from './point-key';
import { useRecipe } from './recipe-store';
import { findRun, recordResult, setEstimate, type Quality } from './runs-store';
import { useSensitivity } from './sensitivity-store';
import { useSearch } from './search-store';
import { useSession } from './session-store';
import { tickedBackends, useSettings } from './settings-store';
import { throttledProgress } from './throttled-progress';
import { markTrained, shownRecipe, useTraining } from './training-store';

/** After a release, so that a hand that is still choosing starts nothing. */
const SETTLE_MS = 100;
/** How long an older measurement may go on to its end before the worker is ended: a restart costs about as much. */
const GRACE_MS = 400;

let generation = 0;
let settling: ReturnType<typeof setTimeout> | undefined;
let inFlight: Promise<unknown> | null = null;

/** Measures the recipe on screen, soon. Every newer call makes the older ones stale. */
export function scheduleMeasuring(): void {
  if (!useSession.getState().model) return;
  // A recipe that is being trained has the device to itself; what is on screen is measured when it is done.
  if (useTraining.getState().running?.control === null) return;
  // So have sensitivities and a search.
  if (useSensitivity.getState().state === 'running' || useSearch.getState().running) return;
  const mine = ++generation;
  clearTimeout(settling);
  settling = setTimeout(() => void measure(mine), SETTLE_MS);
}

/** Stops measuring, really: the worker ends. What was measured stays. */
export async function cancelMeasuring(): Promise<void> {
  const wasBusy = useLane.getState().state === 'running';
  stopMeasuring();
  if (!wasBusy) return;
  endLane('cancelled');
  await endInFlight();
}

/** Makes all running measurements stale without starting new ones, for another model is about to come. */
export function stopMeasuring(): void {
  generation += 1;
  clearTimeout(settling);
  if (useLane.getState().state === 'running') endLane('idle');
}

/** Waits until the engine is free: a short grace, then the worker ends. */
export async function settleEngine(): Promise<void> {
  if (!inFlight) return;
  const finished = await Promise.race([inFlight.then(() => true), sleep(GRACE_MS).then(() => false)]);
  if (!finished) await endInFlight();
}

/** A guess of the size, at once: while a slider moves, and until the true one is measured. */
export async function estimateNow(recipe: Recipe): Promise<void> {
  if (!useSession.getState().model) return;
  const shown = shownRecipe(recipe);
  const key = pointKey(shown);
  if (findRun(key)?.sizes[sizeKey()]) return;
  try {
    const guess = await (await engine()).estimateSize(shown, useExport.getState().format);
    if (pointKey(shownRecipe(useRecipe.getState().recipe)) === key) setEstimate({ key, ...guess });
  } catch {
    // A guess that fails says nothing: the measured size follows, and brings the error if there is one.
  }
}

async function measure(mine: number): Promise<void> {
  // Ending the worker would end what is being opened too; it is measured when that is done.
  if (useSession.getState().opening) return;
  const { recipe: wanted } = useRecipe.getState();
  const recipe = shownRecipe(wanted);
  const key = pointKey(recipe);
  const ids = missingStages(recipe, key);
  if (ids.length === 0) return endLane('done');
  startStages(key, ids);
  try {
    await settleEngine();
    for (const id of ids) {
      if (mine !== generation) return;
      const goesOn = await runStage(id, recipe, key, mine);
      if (!goesOn) break;
    }
    if (mine === generation) endLane('done');
  } catch (error) {
    if (mine !== generation) return;
    endLane(isErrorOf(error, 'CancelledError') ? 'cancelled' : 'done');
    notifyError(error);
  }
}

/** Runs one stage and publishes what it brings. False: nothing after it makes sense. */
async function runStage(id: StageId, recipe: Recipe, key: string, mine: number): Promise<boolean> {
  updateStage(id, { state: 'running' });
  const report = throttledProgress((progress) => {
    if (mine === generation) updateStage(id, { progress });
  });
  try {
    const client = await engine();
    const work = doStage(id, client, recipe, report);
    const publish = await tracked(work);
    if (mine !== generation) return false;
    publish(key);
    updateStage(id, { state: 'done' });
    return true;
  } catch (error) {
    if (mine !== generation) return false;
    if (isErrorOf(error, 'CancelledError')) throw error;
    if (isErrorOf(error, 'UntrainedError')) return forgetLost(key);
    updateStage(id, { state: 'failed', problem: messageOf(error) });
    if (id === 'apply') notifyError(error);
    return id !== 'apply';
  }
}

/** A training that the engine no longer has: it must be asked for again, and until then the recipe is shown without it. */
function forgetLost(key: string): false {
  markTrained(key, false);
  notify({ level: 'info', key: 'notice.trainingLost' });
  scheduleMeasuring();
  return false;
}

type Publish = (key: string) => void;

async function doStage(id: StageId, client: EngineClient, recipe: Recipe, report: ReportProgress): Promise<Publish> {
  const exporting = useExport.getState();
  const { format } = exporting;
  const options = optionsOf(format, exporting);
  const sizeId = sizeKey(exporting);
  if (id === 'apply') {
    const { cost, diagnostics } = await client.apply(recipe, report);
    const energy = await client.estimateEnergy(recipe);
    return (key) => {
      recordResult(key, recipe, { cost, diagnostics, energy });
      recordOriginalEnergy(recipe, energy);
    };
  }
  if (id === 'size') {
    const original = originalOf(recipe);
    if (!findRun(pointKey(original))?.sizes[sizeId]) {
      const size = await client.measureSize(original, format, options, report);
      recordResult(pointKey(original), original, { sizes: { [sizeId]: { format, report: size } } });
    }
    const size = await client.measureSize(recipe, format, options, report);
    return (key) => recordResult(key, recipe, { sizes: { [sizeId]: { format, report: size } } });
  }
  if (id === 'quality') return measureQuality(client, recipe, report);
  if (id === 'verify') {
    const result = await client.exportModel(recipe, format, options, report);
    return (key) => setVerified({ key, sizeKey: sizeId, result });
  }
  const backend = backendOfStage(id)!;
  const latency = await client.measureLatency(recipe, backend, 1, report);
  return (key) => {
    recordResult(key, recipe, { latency: { [backend]: latency } });
    recordOriginalLatency(recipe, latency);
  };
}

async function measureQuality(client: EngineClient, recipe: Recipe, report: ReportProgress): Promise<Publish> {
  const backend = qualityBackend();
  const limit = useSettings.getState().exampleLimit;
  if (useSession.getState().dataset?.hasLabels) {
    const comparison = await client.compareAccuracy(recipe, backend, limit, report);
    return publishQuality(recipe, { kind: 'accuracy', report: comparison });
  }
  const fidelity = await client.measureFidelity(recipe, backend, limit, report);
  return publishQuality(recipe, { kind: 'fidelity', report: fidelity });
}

function publishQuality(recipe: Recipe, quality: Quality): Publish {
  return (key) => {
    recordResult(key, recipe, { quality });
    recordOriginalQuality(recipe, quality);
  };
}

/** What is not known yet of a recipe, in the order in which it is measured. */
function missingStages(recipe: Recipe, key: string): StageId[] {
  const run = findRun(key);
  const { verified } = useExport.getState();
  const size = sizeKey();
  const stages: StageId[] = [];
  if (!run?.cost || !run.energy) stages.push('apply');
  if (!run?.sizes[size] || !findRun(pointKey(originalOf(recipe)))?.sizes[size]) stages.push('size');
  // Without labels there is nothing to learn about the original: fidelity compares with it.
  const comparesNothing = isOriginal(recipe) && !useSession.getState().dataset?.hasLabels;
  if (!run?.quality && !comparesNothing) stages.push('quality');
  for (const backend of measuredBackends()) if (!run?.latency[backend]) stages.push(`latency:${backend}`);
  if (verified?.key !== key || verified.sizeKey !== size) stages.push('verify');
  return stages;
}

export function measuredBackends(): readonly BackendId[] {
  return tickedBackends(useSettings.getState().backends, useSession.getState().backends ?? [], useExport.getState().format);
}

/**
 * Accuracy needs throughput, not a particular device: the first ticked backend, unless it is a GPU in software, which takes
 * minutes for what WASM does in seconds.
 */
export function qualityBackend(): BackendId {
  const available = (useSession.getState().backends ?? []).filter((info) => info.available && !info.id.startsWith('litert'));
  const ticked = available.filter((info) => measuredBackends().includes(info.id));
  const chosen = ticked.find((info) => !info.software) ?? available.find((info) => info.id === 'wasm') ?? ticked[0] ?? available[0];
  return chosen?.id ?? 'cpu';
}

/** Other long work of the engine: whoever wants it free waits for that too, and ends it. */
export async function tracked<T>(work: Promise<T>): Promise<T> {
  const settled = work.then(ignore, ignore);
  inFlight = settled;
  try {
    return await work;
  } finally {
    if (inFlight === settled) inFlight = null;
  }
}

/** Ends the worker when something is under way in it; that rejects with a CancelledError. */
export async function endInFlight(): Promise<void> {
  if (!inFlight) return;
  inFlight = null;
  try {
    await (await engine()).cancel();
  } catch (error) {
    notifyError(error);
  }
}

function ignore(): void {}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
