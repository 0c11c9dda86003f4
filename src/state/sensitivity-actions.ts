/**
 * Measuring how much each layer bears, on a press. It has the engine to itself: what is on screen is measured when it is over, and
 * whatever else a person asks of the engine ends it. The engine keeps what it found, also beyond a reload, so that the next press goes on.
 */
import { isErrorOf, messageOf, WhittleError } from '../lib/errors';
import type { Progress } from '../lib/progress';
import { hashOf } from '../lib/hash';
import type { SensitivityRow } from '../search/types';
import { engine } from './engine-client';
import { withLayerKept } from './recipe-edit';
import { editRecipe, useRecipe } from './recipe-store';
import { endInFlight, scheduleMeasuring, settleEngine, stopMeasuring, tracked } from './run-lane';
import { heatOf, variantKey, type ShownVariant } from './sensitivity-heat';
import { emptySensitivity, resetSensitivity, SENSITIVITY_SAMPLES, useSensitivity } from './sensitivity-store';
import { useSearch } from './search-store';
import { useSession } from './session-store';
import { throttledProgress } from './throttled-progress';
import { stopTraining } from './train-actions';
import { useTraining } from './training-store';

/** The engine's name for it. */
const STAGE = 'sensitivity';

/** Counts runs: what an older one still brings is dropped. */
let run = 0;

/** Measures all layers, or goes on where it was cancelled. */
export async function measureSensitivity(): Promise<void> {
  if (!canMeasureSensitivity()) return;
  const mine = ++run;
  const isCurrent = (): boolean => mine === run;
  stopMeasuring();
  // Rows of a run that was cut off are of the same model and examples.
  useSensitivity.setState(({ shown, rows }) => ({ ...emptySensitivity, state: 'running', shown, rows }));
  try {
    await stopTraining();
    await settleEngine();
    const client = await engine();
    if (!isCurrent() || useSession.getState().opening) throw new WhittleError('CancelledError', 'Something else was asked for.');
    const startMs = performance.now();
    const shows = showing(isCurrent);
    const { preprocessing = null } = useRecipe.getState().recipe;
    const result = await tracked(client.sensitivity({ samples: SENSITIVITY_SAMPLES, layers: null, preprocessing }, shows.report, shows.give));
    if (!isCurrent()) return;
    const { rows, samples, source, known } = result;
    useSensitivity.setState({ state: 'done', rows, samples, source, knownRows: known, progress: null, elapsedMs: performance.now() - startMs });
  } catch (error) {
    if (!isCurrent()) return;
    const isCancelled = isErrorOf(error, 'CancelledError');
    useSensitivity.setState({ state: isCancelled ? 'none' : 'failed', problem: isCancelled ? null : messageOf(error), progress: null });
  } finally {
    if (isCurrent()) scheduleMeasuring();
  }
}

/** False while something has the engine to itself, or is about to. */
export function canMeasureSensitivity(): boolean {
  const { model, opening } = useSession.getState();
  const isBusy = useSensitivity.getState().state === 'running' || useTraining.getState().running?.control === null || useSearch.getState().running !== null;
  return model !== null && opening === null && !isBusy;
}

/** Stops it, really: the worker ends. Rows stay. */
export async function cancelSensitivity(): Promise<void> {
  if (useSensitivity.getState().state !== 'running') return;
  run += 1;
  useSensitivity.setState({ state: 'none', progress: null });
  await endInFlight();
  scheduleMeasuring();
}

/** Keeps the layers that are harmed most as they are, in one step of history. */
export function keepMostSensitive(count: number): void {
  const layers = mostSensitive(useSensitivity.getState(), count);
  editRecipe((recipe) => layers.reduce((edited, layer) => withLayerKept(edited, layer, true), recipe));
}

/** Names, the most sensitive first. Layers that nothing harms are none. */
export function mostSensitive({ rows, shown }: { readonly rows: readonly SensitivityRow[]; readonly shown: ShownVariant }, count: number): readonly string[] {
  const harmed = [...heatOf(rows, shown)].filter(([, { kl }]) => kl > 0);
  return harmed
    .toSorted(([, a], [, b]) => b.kl - a.kl)
    .slice(0, count)
    .map(([layer]) => layer);
}

/** Another model, other data or other preprocessing: what is known is of something else. */
export function followSensitivity(): () => void {
  const ends = [
    useSession.subscribe((session, before) => {
      if (session.model !== before.model || session.datasetNumber !== before.datasetNumber) forget();
    }),
    useRecipe.subscribe(({ recipe }, { recipe: before }) => {
      if (recipe.preprocessing !== before.preprocessing && hashOf(recipe.preprocessing ?? null) !== hashOf(before.preprocessing ?? null)) forget();
    }),
    useTraining.subscribe(({ data }, { data: before }) => {
      // Being asked for the first time is no change.
      if (data !== before && before !== undefined && data !== undefined) forget();
    }),
  ];
  return () => ends.forEach((end) => end());
}

function forget(): void {
  void cancelSensitivity();
  resetSensitivity();
}

/** Rows and progress of a run, shown together at a pace that eyes can follow. */
function showing(isCurrent: () => boolean): { report(progress: Progress): void; give(row: SensitivityRow): void } {
  const rows = new Map(useSensitivity.getState().rows.map((row) => [rowKey(row), row]));
  let startMs: number | null = null;
  let latest: Progress = { stage: STAGE, fraction: 0 };
  const show = throttledProgress(({ fraction, detail = '' }) => {
    if (!isCurrent() || useSensitivity.getState().state !== 'running') return;
    useSensitivity.setState({ rows: [...rows.values()], progress: { fraction: fraction ?? 0, layer: detail, msLeft: leftAfter(fraction ?? 0, startMs) } });
  });
  return {
    report(progress) {
      // What the model is made ready with has stages of its own.
      if (progress.stage !== STAGE) return;
      startMs ??= performance.now();
      latest = progress;
      show(progress);
    },
    give(row) {
      rows.set(rowKey(row), row);
      show(latest);
    },
  };
}

/** As long as what is done took for its share; null: nothing is done. */
function leftAfter(fraction: number, startMs: number | null): number | null {
  return startMs !== null && fraction > 0 ? ((performance.now() - startMs) * (1 - fraction)) / fraction : null;
}

function rowKey(row: SensitivityRow): string {
  return `${row.layer} ${variantKey(row)}`;
}
