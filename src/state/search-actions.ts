/**
 * The search, on a press. It has the device to itself: nothing else is measured meanwhile. Every candidate becomes a result of its own as
 * it is found; a search that was cut off goes on where it was, since the engine keeps what it measured.
 */
import type { FoundCandidate, SearchResult, SearchWish } from '../engine/search-types';
import { isErrorOf, messageOf } from '../lib/errors';
import type { Progress } from '../lib/progress';
import type { BackendId } from '../runtime/backend';
import type { Goals } from '../search/types';
import { engine } from './engine-client';
import { optionsOf, sizeKey, useExport } from './export-store';
import { pointKey } from './point-key';
import { useRecipe } from './recipe-store';
import { measuredBackends, scheduleMeasuring, settleEngine, stopMeasuring, tracked } from './run-lane';
import { recordResult } from './runs-store';
import { cancelSensitivity } from './sensitivity-actions';
import { cancelSearch } from './search-stop';
import { modelName, updateSearch, useSearch, useSearchWishes, type Judgement, type SearchForm } from './search-store';
import { useSession } from './session-store';
import { throttledProgress } from './throttled-progress';
import { stopTraining } from './train-actions';
import { askTrainingData } from './training-data-actions';
import { markTrained, useTraining } from './training-store';

/** Examples that candidates are judged on at most: half a point of accuracy is ten of them. */
export const JUDGED_EXAMPLES = 2000;
/** Examples that sensitivities look at: 64 rank layers well. */
export const LOOKED_AT_EXAMPLES = 64;
/** The same search again finds the same. */
const SEED = 1;
/** The best is trained so many times longer in the end than it was to be judged. */
const FINAL_TRAINING = 3;
/** Known candidates come many at a stroke; each drawing of the charts takes its time. */
const SHOW_EVERY_MS = 700;
/** A candidate that came faster was known before, and says nothing of the pace. */
const KNOWN_MS = 30;
/** The pace is that of so many candidates. */
const PACE_COUNT = 8;

/** Null: at least one goal is needed. */
export function goalsOf(form: SearchForm): Goals | null {
  const { mostBytes, mostAccuracyDrop, mostLatencyMs, mostMacs } = form;
  const goals = Object.fromEntries(Object.entries({ mostBytes, mostAccuracyDrop, mostLatencyMs, mostMacs }).filter(([, most]) => most !== null)) as Goals;
  return Object.keys(goals).length > 0 ? goals : null;
}

export function searchBackend(form: SearchForm): BackendId | null {
  return form.latencyBackend ?? measuredBackends()[0] ?? null;
}

/** Starts, or takes up what was cut off. */
export async function startSearch(): Promise<void> {
  const { form } = useSearchWishes.getState();
  const { model } = useSession.getState();
  const goals = goalsOf(form);
  if (!goals || !model || useSearch.getState().running) return;
  useSearch.setState({ running: { state: 'starting', fraction: null, found: 0, of: form.candidates, msLeft: null }, finished: null, problem: null });
  const mine = ++search;
  try {
    await cancelSensitivity();
    stopMeasuring();
    await stopTraining();
    await settleEngine();
    await askTrainingData();
    if (mine !== search || !useSearch.getState().running) return;
    useSearchWishes.setState({ cutOff: { model: modelName(model), found: 0, of: form.candidates } });
    const wish = wishOf(form, goals);
    const shown = shower(mine, form.candidates);
    const result = await tracked((await engine()).search(wish, shown.report, shown.give));
    if (mine !== search || !useSearch.getState().running) return;
    shown.flush();
    finish(result, wish, shown.size);
  } catch (error) {
    if (mine === search && !isErrorOf(error, 'CancelledError')) useSearch.setState({ problem: messageOf(error) });
  } finally {
    if (mine === search) {
      useSearch.setState({ running: null });
      scheduleMeasuring();
    }
  }
}

/** Ends with the best so far. */
export async function finishSearch(): Promise<void> {
  updateSearch({ state: 'finishing' });
  await (await engine()).finishSearch();
}

/** Ends without an answer; what was found stays. */
export async function stopSearch(): Promise<void> {
  search += 1;
  await cancelSearch();
  scheduleMeasuring();
}

/** Counts searches: what an older one still brings is dropped. */
let search = 0;

function wishOf(form: SearchForm, goals: Goals): SearchWish {
  const exporting = useExport.getState();
  return {
    goals,
    format: exporting.format,
    options: optionsOf(exporting.format, exporting),
    candidates: form.candidates,
    seed: SEED,
    examples: JUDGED_EXAMPLES,
    samples: LOOKED_AT_EXAMPLES,
    preprocessing: useRecipe.getState().recipe.preprocessing ?? null,
    latencyBackend: goals.mostLatencyMs === undefined ? null : searchBackend(form),
    recovery: form.epochs > 0 ? { epochs: form.epochs, finalEpochs: form.epochs * FINAL_TRAINING } : null,
  };
}

/** Brings candidates and progress on screen, several at a stroke. */
function shower(mine: number, of: number) {
  const size = sizeKey();
  const { format } = useExport.getState();
  const isLabelled = useTraining.getState().data?.hasLabels ?? false;
  let waiting: FoundCandidate[] = [];
  let found = 0;
  let lastMs = performance.now();
  let paces: number[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  const isMine = (): boolean => mine === search && useSearch.getState().running !== null;
  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    const batch = waiting;
    waiting = [];
    if (!isMine()) return;
    const judged = new Map(useSearch.getState().judged);
    for (const candidate of batch) {
      const key = pointKey(candidate.recipe);
      record(key, candidate, size, format);
      judged.set(key, { loss: candidate.measured.accuracyDrop, isLabelled } satisfies Judgement);
    }
    useSearch.setState({ judged });
    const pace = paces.length > 0 ? paces.reduce((a, b) => a + b, 0) / paces.length : null;
    updateSearch({ found, msLeft: pace === null ? null : pace * (of - found) });
    useSearchWishes.setState(({ cutOff }) => ({ cutOff: cutOff && { ...cutOff, found } }));
  };
  return {
    size,
    flush,
    give(candidate: FoundCandidate): void {
      waiting.push(candidate);
      found += 1;
      const now = performance.now();
      if (now - lastMs > KNOWN_MS) paces = [...paces, now - lastMs].slice(-PACE_COUNT);
      lastMs = now;
      timer ??= setTimeout(flush, SHOW_EVERY_MS);
    },
    report: throttledProgress(({ stage, fraction }: Progress) => {
      if (!isMine() || useSearch.getState().running!.state === 'finishing') return;
      if (found === 0) lastMs = performance.now();
      updateSearch({ state: stage === 'sensitivity' || stage === 'op-times' ? 'looking' : 'searching', fraction });
    }),
  };
}

function record(key: string, { recipe, size: report, latency }: FoundCandidate, size: string, format: SearchWish['format']): void {
  recordResult(key, recipe, { sizes: { [size]: { format, report } }, ...(latency ? { latency: { [latency.backend]: latency } } : {}) });
}

function finish({ best, final, unmet, message, candidates, examples }: SearchResult, { format }: SearchWish, size: string): void {
  const recipe = final?.recipe ?? best.recipe;
  const key = pointKey(recipe);
  if (final) {
    // Candidates learned from a part of the examples; only the last training is one that the recipe has wherever it is applied.
    markTrained(key, true);
    record(key, { ...best, recipe, size: final.size, latency: null }, size, format);
  }
  useSearch.setState({ finished: { best: key, unmet: final?.unmet ?? unmet, message, found: candidates.length, examples } });
  useSearchWishes.setState({ cutOff: null });
}
