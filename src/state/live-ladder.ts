/**
 * The ladder of a live run: the original, and of the session's measured recipes those on the front of computation and accuracy. A
 * session that has too few gets narrower variants of the original, whose computation is less on every backend.
 */
import type { LiveRungWish } from '../engine/live-job';
import type { Recipe } from '../passes/pass';
import { makeStep } from '../passes/recipe';
import { qualityMetric, qualityOf } from './chart-points';
import { paretoFront } from './pareto';
import { isOriginal, originalOf, pointKey } from './point-key';
import type { Run } from './runs-store';

/** Rungs that are worth a ladder, and the most that one has. */
const LEAST_RUNGS = 3;
const MOST_RUNGS = 5;
/** Shares of the channels that the made-up rungs lose. */
const NARROWER = [0.25, 0.5, 0.7];
/** Less computation than this is saved by no rung worth having. */
const LEAST_SAVING = 0.05;

/** Names are the keys of recipes; `recipes` finds them again. */
export interface WantedLadder {
  readonly rungs: readonly LiveRungWish[];
  readonly recipes: ReadonlyMap<string, Recipe>;
}

/** `shown`: the recipe on screen, for how its data are fed. */
export function ladderOf(runs: readonly Run[], shown: Recipe): WantedLadder {
  const original = originalOf(shown);
  const measured = measuredFront(runs, original);
  const narrower = measured.length + 1 < LEAST_RUNGS ? NARROWER.map((share) => ({ ...original, steps: [makeStep('clean-up'), makeStep('prune-channels', { share }), makeStep('fold-batch-norm')] })) : [];
  const known = new Map(runs.map((run) => [run.key, accuracyOf(run)]));
  const recipes = [original, ...measured, ...narrower];
  const rungs = recipes.map((recipe): LiveRungWish => ({ name: pointKey(recipe), recipe, accuracy: known.get(pointKey(recipe)) ?? null }));
  return { rungs, recipes: new Map(recipes.map((recipe) => [pointKey(recipe), recipe])) };
}

function measuredFront(runs: readonly Run[], original: Recipe): readonly Recipe[] {
  const metric = qualityMetric(runs);
  const macs = runs.find((run) => run.key === pointKey(original))?.cost?.macs ?? Infinity;
  const fedAlike = JSON.stringify(original.preprocessing ?? null);
  const points = runs.flatMap((run) => {
    const quality = qualityOf(run, metric);
    const isCheaper = run.cost !== null && run.cost.macs < (1 - LEAST_SAVING) * macs;
    const isFedAlike = JSON.stringify(run.recipe.preprocessing ?? null) === fedAlike;
    return quality && isCheaper && isFedAlike && !isOriginal(run.recipe) ? [{ id: run.key, x: run.cost!.macs, y: quality.value, recipe: run.recipe }] : [];
  });
  return spread(paretoFront(points), MOST_RUNGS - 1).map(({ recipe }) => recipe);
}

function accuracyOf({ quality }: Run): number | null {
  return quality?.kind === 'accuracy' ? quality.report.candidate.accuracy.value : null;
}

/** At most so many, from the first to the last. */
function spread<T>(values: readonly T[], most: number): readonly T[] {
  if (values.length <= most) return values;
  return Array.from({ length: most }, (_, i) => values[Math.round((i * (values.length - 1)) / (most - 1))]!);
}
