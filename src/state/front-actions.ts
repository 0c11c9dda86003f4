/**
 * What the master slider does: it asks the engine what recipes would weigh, takes the one it is let go at, and keeps how near the
 * prediction was. Guesses cost nothing; files are weighed only when the page has nothing else to do, one at a time, those first that
 * lie nearest to the hand.
 */
import type { Recipe } from '../passes/pass';
import { isErrorOf } from '../lib/errors';
import { qualityOf, sizeOf, type QualityMetric } from './chart-points';
import { engine } from './engine-client';
import { optionsOf, sizeKey, useExport } from './export-store';
import type { Idea, Stop } from './front-stops';
import { frontOf, updateFront, useFront, weightKey, type Prediction } from './front-store';
import { useLane } from './lane-store';
import { isOriginal, pointKey } from './point-key';
import { withPreprocessing, withSteps } from './recipe-edit';
import { editRecipe } from './recipe-store';
import { findRun, useRuns } from './runs-store';
import { useSearch } from './search-store';
import { useSession } from './session-store';
import { useTraining } from './training-store';

/** Weights of a model up to this size are written and compressed in about a second. */
const MOST_WEIGHED_BYTES = 4_000_000;

/** Whether sizes can be told by weighing files unasked. */
export function canWeigh(): boolean {
  const nbytes = useSession.getState().model?.cost.nbytes ?? Number.POSITIVE_INFINITY;
  return nbytes <= MOST_WEIGHED_BYTES;
}

/** Asks for the guesses that are missing; they come all at once. */
export async function guessSizes(recipes: readonly { readonly key: string; readonly recipe: Recipe }[]): Promise<void> {
  const { model } = useSession.getState();
  const { format } = useExport.getState();
  const size = sizeKey();
  const { guesses } = frontOf(useFront.getState(), model);
  const missing = recipes.filter(({ key }) => !guesses.has(weightKey(size, key)));
  if (missing.length === 0) return;
  const client = await engine();
  // A guess that fails leaves its recipe out.
  const found = await Promise.all(missing.map(({ recipe }) => client.estimateSize(recipe, format).catch(() => null)));
  if (useSession.getState().model !== model) return;
  updateFront((front) => {
    const next = new Map(front.guesses);
    for (const [i, guess] of found.entries()) if (guess) next.set(weightKey(size, missing[i]!.key), guess.gzip);
    return { guesses: next };
  });
}

let isWeighing = false;
/** Recipes whose file cannot be written here: not tried again. */
const refused = new Set<string>();

/** Writes and weighs the files of recipes that nobody ran, until something else is to be done. */
export async function weighFiles(ideas: readonly Idea[]): Promise<void> {
  if (isWeighing || !canWeigh()) return;
  isWeighing = true;
  const { model } = useSession.getState();
  try {
    for (const { key, recipe } of ideas) {
      if (!isIdle() || useSession.getState().model !== model) return;
      await weigh(key, recipe);
    }
  } finally {
    isWeighing = false;
  }
}

async function weigh(key: string, recipe: Recipe): Promise<void> {
  const { model } = useSession.getState();
  const exporting = useExport.getState();
  const own = weightKey(sizeKey(exporting), key);
  if (refused.has(own) || frontOf(useFront.getState(), model).weights.has(own)) return;
  try {
    const { gzip, brotli } = await (await engine()).measureSize(recipe, exporting.format, optionsOf(exporting.format, exporting), () => {});
    if (useSession.getState().model === model) updateFront(({ weights }) => ({ weights: new Map(weights).set(own, { gzip, brotli }) }));
  } catch (error) {
    // What was cut off is weighed another time.
    if (!isErrorOf(error, 'CancelledError')) refused.add(own);
  }
}

function isIdle(): boolean {
  return useLane.getState().state !== 'running' && !useTraining.getState().running && !useSearch.getState().running && !useSession.getState().opening;
}

/** Brings a recipe on screen, as one step of history: it is measured where it was not. */
export function takeRecipe(recipe: Recipe): void {
  const key = pointKey(recipe);
  const steps = recipe.steps.filter((step) => step.enabled !== false);
  editRecipe((before) => (pointKey(before) === key ? before : withPreprocessing(withSteps(before, steps), recipe.preprocessing)));
}

/** Takes the recipe of a stop, and keeps what was said of it until it is measured. */
export function takeStop(stop: Stop, metric: QualityMetric): void {
  if (stop.kind !== 'measured' && !isOriginal(stop.recipe)) expect(stop, metric);
  takeRecipe(stop.recipe);
}

/** Ends when it is measured, or when its model is gone. */
function expect(stop: Stop, metric: QualityMetric): void {
  const { model } = useSession.getState();
  const size = sizeKey();
  const end = useRuns.subscribe(() => {
    if (useSession.getState().model !== model) return end();
    const run = findRun(stop.key);
    const quality = run && qualityOf(run, metric);
    if (!run || !quality || !run.sizes[size]) return undefined;
    end();
    const prediction: Prediction = {
      key: stop.key,
      size: stop.kind === 'predicted' ? { predicted: stop.x, measured: sizeOf(run, size)!.gzip } : null,
      quality: stop.y === null ? null : { predicted: stop.y, measured: quality.value },
    };
    updateFront(({ predictions }) => ({ predictions: [...predictions.filter(({ key }) => key !== stop.key), prediction] }));
    return undefined;
  });
}
