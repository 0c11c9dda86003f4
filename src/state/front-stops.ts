/**
 * Where the master slider stops: the results of the front, what is on screen, and between and beyond them recipes whose size is
 * predicted by the engine's guess, corrected by what it got wrong of recipes of the same kind, and whose quality is interpolated.
 * Pure: what is known goes in, the stops come out, from the smallest (or fastest) on.
 */
import type { FormatId } from '../formats/format';
import type { Recipe } from '../passes/pass';
import { looksAtData } from '../passes/recipe';
import { between, isAlike, stronger } from './front-between';
import { paretoFront } from './pareto';
import { isOriginal, pointKey } from './point-key';
import { presets } from './presets';

/** What is known of a recipe on the axes of the slider. */
export interface FrontPoint {
  readonly id: string;
  readonly recipe: Recipe;
  readonly x: number;
  readonly y: number;
  /** As a goal of size counts; null: another axis. */
  readonly brotli: number | null;
  /** Judged by a search, on other examples. */
  readonly isJudged: boolean;
}

export interface Stop {
  readonly key: string;
  readonly recipe: Recipe;
  readonly x: number;
  /** null: nothing tells. */
  readonly y: number | null;
  readonly brotli: number | null;
  /** `judged`: size measured, quality by a search; `predicted`: both are. */
  readonly kind: 'measured' | 'judged' | 'predicted';
  /** Of a prediction: whether its file was written and weighed. */
  readonly isWeighed: boolean;
}

export interface Weight {
  readonly gzip: number;
  readonly brotli: number;
}

/** A recipe that was never measured, and where it comes from. */
export interface Idea {
  readonly key: string;
  readonly recipe: Recipe;
  /** Between these results; null: it stands for itself, and only its own weight is near enough the truth. */
  readonly from: { readonly a: string; readonly b: string; readonly share: number } | null;
}

/** A stop about every so much of size. */
const STOP_RATIO = 1.06;
const MOST_BETWEEN = 4;
/** Beyond the smallest result so many steps. */
const BEYOND = 2;

/** Recipes worth stopping at that nothing is known of. `trusts`: those too whose size only weighing tells; what looks at data takes too long to be weighed unasked. */
export function ideasOf(front: readonly FrontPoint[], known: (key: string) => boolean, format: FormatId, trusts: boolean): Idea[] {
  const ideas = new Map<string, Idea>();
  const add = (recipe: Recipe, from: Idea['from']): void => {
    const key = pointKey(recipe);
    if (!known(key) && !ideas.has(key)) ideas.set(key, { key, recipe, from });
  };
  for (const [i, b] of front.slice(1).entries()) {
    const a = front[i]!;
    const count = Math.min(MOST_BETWEEN, Math.floor(Math.log(b.x / a.x) / Math.log(STOP_RATIO)) - 1);
    for (let place = 1; place <= count; place++) {
      const share = place / (count + 1);
      const recipe = between(a.recipe, b.recipe, share);
      if (recipe) add(recipe, { a: a.id, b: b.id, share });
    }
  }
  if (!trusts) return [...ideas.values()];
  const feeding = front[0]?.recipe.preprocessing;
  for (const preset of presets) {
    const recipe: Recipe = { version: 1, steps: preset.steps, ...(feeding ? { preprocessing: feeding } : {}) };
    if ((preset.format === undefined || preset.format === format) && !isOriginal(recipe) && !looksAtData(recipe)) add(recipe, null);
  }
  let last: Recipe | null = front[0]?.recipe ?? null;
  for (let step = 0; step < BEYOND && last; step++) {
    last = stronger(last);
    if (last && !looksAtData(last)) add(last, null);
  }
  return [...ideas.values()];
}

export interface Known {
  /** Results on this axis, of which those off the front are left out, but not the current one. */
  readonly points: readonly FrontPoint[];
  readonly currentKey: string;
  readonly ideas: readonly Idea[];
  /** The engine's guesses of sizes, of ideas and of results. */
  readonly guesses: ReadonlyMap<string, number>;
  /** Files that were written and weighed. */
  readonly weights: ReadonlyMap<string, Weight>;
}

export function stopsOf({ points, currentKey, ideas, guesses, weights }: Known): readonly Stop[] {
  const front = paretoFront(points);
  const shown = points.filter((point) => front.includes(point) || point.id === currentKey);
  const known = shown.map(({ id, recipe, x, y, brotli, isJudged }): Stop => ({ key: id, recipe, x, y, brotli, kind: isJudged ? 'judged' : 'measured', isWeighed: true }));
  const largest = front.at(-1);
  const predicted = ideas.flatMap((idea): Stop[] => {
    const weight = weights.get(idea.key);
    const x = weight?.gzip ?? predictedSize(idea, points, guesses);
    // What is no smaller than the best there is leads nowhere.
    if (x === null || !largest || x >= largest.x) return [];
    return [{ key: idea.key, recipe: idea.recipe, x, y: interpolated(front, x), brotli: weight?.brotli ?? brotliAt(front, x), kind: 'predicted', isWeighed: weight !== undefined }];
  });
  return [...known, ...predicted].toSorted((a, b) => a.x - b.x);
}

/** The guess, times what measuring made of guesses of the same kind of recipe. */
function predictedSize({ key, recipe, from }: Idea, points: readonly FrontPoint[], guesses: ReadonlyMap<string, number>): number | null {
  const guess = guesses.get(key);
  if (guess === undefined) return null;
  const ratioOf = (point: FrontPoint | undefined): number | null => {
    const own = point && guesses.get(point.id);
    return own ? point.x / own : null;
  };
  if (from) {
    const [a, b] = [ratioOf(points.find(({ id }) => id === from.a)), ratioOf(points.find(({ id }) => id === from.b))];
    return a === null || b === null ? null : guess * (a + (b - a) * from.share);
  }
  const nearest = points
    .filter((point) => guesses.has(point.id) && isAlike(point.recipe, recipe))
    .toSorted((a, b) => distance(a.x, guess) - distance(b.x, guess))[0];
  return guess * (ratioOf(nearest) ?? 1);
}

function distance(a: number, b: number): number {
  return Math.abs(Math.log(a / b));
}

/** Along the front, straight over the logarithm of size; beyond its small end the last slope goes on, and nothing gets better there. */
export function interpolated(front: readonly { readonly x: number; readonly y: number }[], x: number): number | null {
  if (front.length === 0) return null;
  if (front.length === 1) return x >= front[0]!.x ? front[0]!.y : null;
  const above = front.findIndex((point) => point.x > x);
  const place = above < 0 ? front.length - 1 : Math.max(above, 1);
  const [a, b] = [front[place - 1]!, front[place]!];
  const share = Math.log(x / a.x) / Math.log(b.x / a.x);
  return Math.max(0, Math.min(a.y + (b.y - a.y) * share, front.at(-1)!.y));
}

/** Brotli in the proportion of the nearest result. */
function brotliAt(front: readonly FrontPoint[], x: number): number | null {
  const nearest = front.toSorted((a, b) => distance(a.x, x) - distance(b.x, x))[0];
  return nearest?.brotli ? (x * nearest.brotli) / nearest.x : null;
}
