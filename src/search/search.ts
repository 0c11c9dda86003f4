/**
 * A search for the recipe that meets a person's goals: bytes, loss of accuracy, latency, MACs. Sensitivities say where to look; every candidate
 * is evaluated for real, kept and given, so that the search can be stopped at any time.
 *
 * 1. Along the greedy path (`plan.ts`), halving: where do the goals of size begin to be met, and where does accuracy cease to be?
 * 2. Around the best so far: steps that relax one decision and tighten another, by the predicted gain, drawn with a seeded jitter.
 *
 * The same seed, sensitivities and measurements give the same search: with the candidates of a search that was cut off it goes on where it ended.
 */
import { createRandom, type Random } from '../lib/random';
import type { ReportProgress } from '../lib/progress';
import { throwIfCancelled, WhittleError } from '../lib/errors';
import type { Recipe } from '../passes/pass';
import { recipeKey } from '../passes/recipe';
import { compare, meetsShape, missesOf, missOf, unmetOf, wantOf } from './goals';
import type { Totals } from './layer-totals';
import { greedyPath, predict, recipeOf, slotsOf, whyNoSlot, type Choice, type Frame, type Slot } from './plan';
import type { Candidate, Goals, Measured, SensitivityRow } from './types';

export interface SearchProblem extends Frame {
  readonly rows: readonly SensitivityRow[];
  readonly original: Totals;
  /** Bytes and MACs of each layer in the original. */
  readonly layers: ReadonlyMap<string, Totals>;
  readonly goals: Goals;
}

export interface SearchSettings {
  /** Candidates evaluated in all, known ones among them. */
  readonly most: number;
  readonly seed: number;
  /** Of a search that was cut off: not evaluated again. */
  readonly known: readonly Candidate[];
  readonly report: ReportProgress;
  readonly signal?: AbortSignal;
  /** What a candidate is but for its accuracy, where that is found much faster than by evaluating it: without its training. */
  readonly weigh?: (recipe: Recipe) => Promise<Shape>;
  /** True once the person wants the best so far; at least one candidate is measured. */
  readonly wantsToFinish?: () => boolean;
}

export type Shape = Omit<Measured, 'accuracyDrop'>;

export interface SearchEnd {
  /** The one that meets all goals with the fewest bytes; when none does, the nearest. */
  readonly best: Candidate;
  /** Goals that the best does not meet. */
  readonly unmet: readonly (keyof Goals)[];
  readonly candidates: readonly Candidate[];
}

/** Moves looked at around one candidate before the search gives up there. */
const MOST_MOVES = 24;
/** How far the seeded jitter may turn the order of moves: a quarter of their predicted worth. */
const JITTER = 0.25;

/**
 * Gives each candidate as it is measured, and returns the end. Throws an OptionError without goals or without anything to choose, and a
 * CancelledError when the signal is set.
 */
export async function* search(problem: SearchProblem, evaluate: (recipe: Recipe) => Promise<Measured>, settings: SearchSettings): AsyncGenerator<Candidate, SearchEnd> {
  const slots = checkedSlots(problem);
  const state = createState(problem, slots, evaluate, settings);
  const path = greedyPath(slots, problem.original, problem.layers, wantOf(problem.goals));
  yield* alongPath(path, state);
  yield* aroundBest(slots, state, createRandom(settings.seed));
  const best = state.best()!;
  return { best, unmet: best.unmet, candidates: state.candidates() };
}

/** In a sentence, for the person. */
export function describeEnd({ best, unmet, candidates }: SearchEnd, goals: Goals): string {
  if (unmet.length === 0) return `Found: ${candidates.length === 1 ? 'the one candidate' : `one of ${candidates.length} candidates`} meets every goal.`;
  const texts: Record<keyof Goals, string> = {
    mostBytes: `${best.measured.bytes} bytes instead of at most ${goals.mostBytes}`,
    mostAccuracyDrop: `a loss of ${(100 * best.measured.accuracyDrop).toFixed(2)} points instead of at most ${(100 * (goals.mostAccuracyDrop ?? 0)).toFixed(2)}`,
    mostLatencyMs: `${best.measured.latencyMs?.toFixed(2) ?? 'an unknown number of'} ms instead of at most ${goals.mostLatencyMs}`,
    mostMacs: `${best.measured.macs} multiplications instead of at most ${goals.mostMacs}`,
  };
  return `Not every goal was met by ${countText(candidates.length)}. The nearest has ${unmet.map((goal) => texts[goal]).join(', ')}.`;
}

/** In words, for the person. */
export function countText(candidates: number): string {
  return candidates === 1 ? '1 candidate' : `${candidates} candidates`;
}

interface State {
  /** Measures a choice, unless it is known; undefined when the budget is spent, or the person has enough. */
  try(choice: Choice): Promise<{ readonly candidate: Candidate; readonly isNew: boolean } | undefined>;
  /** Whether a choice should meet the goals but that of accuracy; null: nobody knows before it is tried. */
  fits(choice: Choice): Promise<boolean | null>;
  wasTried(choice: Choice): boolean;
  best(): Candidate | undefined;
  bestChoice(): Choice;
  candidates(): readonly Candidate[];
  readonly problem: SearchProblem;
}

function createState(problem: SearchProblem, slots: readonly Slot[], evaluate: (recipe: Recipe) => Promise<Measured>, settings: SearchSettings): State {
  const known = new Map(settings.known.map((candidate) => [candidate.key, candidate]));
  const tried = new Map<string, { choice: Choice; candidate: Candidate }>();
  const choices = new Set<string>();
  const shapes = new Map<string, Shape>();
  const better = (a: Candidate, b: Candidate): boolean => compare(a, b, problem.goals) < 0;
  let best: { choice: Choice; candidate: Candidate } | undefined;
  return {
    problem,
    wasTried: (choice) => choices.has(choice.join()),
    best: () => best?.candidate,
    bestChoice: () => best!.choice,
    candidates: () => [...tried.values()].map(({ candidate }) => candidate),
    async fits(choice) {
      if (!settings.weigh) return null;
      throwIfCancelled(settings.signal);
      const key = choice.join();
      const shape = shapes.get(key) ?? (await settings.weigh(recipeOf(slots, choice, problem)));
      shapes.set(key, shape);
      return meetsShape(missesOf({ ...shape, accuracyDrop: 0 }, problem.goals));
    },
    async try(choice) {
      throwIfCancelled(settings.signal);
      const recipe = recipeOf(slots, choice, problem);
      const key = recipeKey(recipe);
      choices.add(choice.join());
      const before = tried.get(key);
      if (before) return { candidate: before.candidate, isNew: false };
      if (tried.size >= settings.most || (tried.size > 0 && settings.wantsToFinish?.())) return undefined;
      settings.report({ stage: 'search', fraction: tried.size / settings.most, detail: `${tried.size + 1} / ${settings.most}` });
      const measured = known.get(key)?.measured ?? (await evaluate(recipe));
      const candidate: Candidate = {
        recipe,
        key,
        predicted: predict(slots, choice, problem.original, problem.layers),
        measured,
        unmet: unmetOf(measured, problem.goals),
      };
      tried.set(key, { choice, candidate });
      if (!best || better(candidate, best.candidate)) best = { choice, candidate };
      return { candidate, isNew: true };
    },
  };
}

/**
 * Sizes fall along the path and losses rise: each goal has a point where it changes, found by halving. Where candidates can be weighed
 * before they are tried, the first one tried is the first that fits, and the loss is halved on the side of it where it must change.
 */
async function* alongPath(path: readonly Choice[], state: State): AsyncGenerator<Candidate> {
  const { goals } = state.problem;
  const limitsShape = goals.mostBytes !== undefined || goals.mostMacs !== undefined || goals.mostLatencyMs !== undefined;
  let range: Range = { low: -1, high: path.length };
  if (limitsShape) {
    const start = await firstThatFits(path, state);
    range = start === null ? yield* halve(path, state, range, (misses) => !meetsShape(misses)) : { low: start - 1, high: start };
    const first = path[Math.min(range.high, path.length - 1)]!;
    const found = await state.try(first);
    if (!found) return;
    if (found.isNew) yield found.candidate;
    if (start !== null) range = found.candidate.measured.accuracyDrop <= (goals.mostAccuracyDrop ?? 0) ? { low: start, high: path.length } : { low: -1, high: start };
    else range = { low: -1, high: path.length };
  }
  if (goals.mostAccuracyDrop !== undefined) yield* halve(path, state, range, (misses) => misses.mostAccuracyDrop === 0);
}

/** Places on the path: between `low` and `high` something changes. */
interface Range {
  readonly low: number;
  readonly high: number;
}

/** `isBefore`: the change comes later on the path. */
async function* halve(path: readonly Choice[], state: State, range: Range, isBefore: (misses: Record<keyof Goals, number>) => boolean): AsyncGenerator<Candidate, Range> {
  let { low, high } = range;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    const found = await state.try(path[middle]!);
    if (!found) break;
    if (found.isNew) yield found.candidate;
    if (isBefore(missesOf(found.candidate.measured, state.problem.goals))) low = middle;
    else high = middle;
  }
  return { low, high };
}

/** The place of the first choice that meets the goals but that of accuracy, by weighing; the path's length when none does, null when nothing can be weighed. */
async function firstThatFits(path: readonly Choice[], state: State): Promise<number | null> {
  let [low, high] = [-1, path.length];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    const fits = await state.fits(path[middle]!);
    if (fits === null) return null;
    if (fits) high = middle;
    else low = middle;
  }
  return high;
}

/** Goes on from each better candidate; ends when nothing near the best is left to try. */
async function* aroundBest(slots: readonly Slot[], state: State, random: Random): AsyncGenerator<Candidate> {
  for (;;) {
    const from = state.best();
    if (!from) return;
    const moves = movesFrom(slots, state, random);
    let isBetter = false;
    for (const choice of moves) {
      // What is worse by its shape alone is not worth its training.
      if (meetsShape(missesOf(from.measured, state.problem.goals)) && (await state.fits(choice)) === false) continue;
      const found = await state.try(choice);
      if (!found) return;
      if (found.isNew) yield found.candidate;
      isBetter = state.best() !== from;
      if (isBetter) break;
    }
    if (!isBetter) return;
  }
}

/** Single steps and pairs of one step back and one on, those first that predictions, corrected by what was measured of the best, like best. */
function movesFrom(slots: readonly Slot[], state: State, random: Random): Choice[] {
  const { problem } = state;
  const from = state.bestChoice();
  const best = state.best()!;
  const steps = slots.flatMap(({ rows }, slot) =>
    [-1, 1].flatMap((by): Choice[] => {
      const row = from[slot]! + by;
      return row >= -1 && row < rows.length ? [from.map((value, i) => (i === slot ? row : value))] : [];
    }),
  );
  const pairs = steps.flatMap((a, i) =>
    steps.slice(i + 1).flatMap((b): Choice[] => {
      const merged = from.map((value, slot) => (a[slot] !== value ? a[slot]! : b[slot]!));
      const isOpposite = sum(a) + sum(b) === 2 * sum(from);
      return isOpposite && merged.some((value, slot) => value !== from[slot]) ? [merged] : [];
    }),
  );
  const seen = new Set<string>();
  const scale = Math.min(Math.max(missOf(best.measured, problem.goals), SMALLEST_SCALE), 1);
  return [...steps, ...pairs]
    .filter((choice) => {
      const key = choice.join();
      const isFresh = !seen.has(key) && !state.wasTried(choice);
      seen.add(key);
      return isFresh;
    })
    .map((choice) => ({ choice, score: expectedScore(slots, choice, best, problem) + JITTER * random.uniform() * scale }))
    .sort((a, b) => a.score - b.score)
    .slice(0, MOST_MOVES)
    .map(({ choice }) => choice);
}

/** What jitter is a share of when every goal is met; also how little what no goal speaks of weighs. */
const SMALLEST_SCALE = 0.02;

/** The miss that a choice should have, its size breaking ties: what was measured of the best, moved as predictions move. */
function expectedScore(slots: readonly Slot[], choice: Choice, best: Candidate, { goals, original, layers }: SearchProblem): number {
  const now = predict(slots, choice, original, layers);
  const { predicted, measured } = best;
  const ratio = (a: number, b: number): number => (b > 0 ? a / b : 1);
  const macs = measured.macs * ratio(now.macs, predicted.macs);
  const expected: Measured = {
    bytes: measured.bytes * ratio(now.bytes, predicted.bytes),
    macs,
    latencyMs: measured.latencyMs === null ? null : measured.latencyMs * ratio(now.ms, predicted.ms),
    // A loss of nothing tells nothing of what comes next; then the divergence itself stands for it.
    accuracyDrop: measured.accuracyDrop > 0 ? measured.accuracyDrop * ratio(now.kl, predicted.kl) : measured.accuracyDrop + Math.max(now.kl - predicted.kl, 0),
  };
  return missOf(expected, goals) + secondary(expected, goals, original);
}

function secondary(measured: Measured, goals: Goals, original: Totals): number {
  return (goals.mostAccuracyDrop === undefined ? measured.accuracyDrop : measured.bytes / Math.max(original.bytes, 1)) * SMALLEST_SCALE;
}

function checkedSlots({ rows, original, goals }: SearchProblem): Slot[] {
  if (Object.values(goals).every((goal) => goal === undefined)) {
    throw new WhittleError('OptionError', 'The search has no goal. Give at least one of mostBytes, mostAccuracyDrop, mostLatencyMs, mostMacs.');
  }
  for (const { pass } of rows) {
    const reason = whyNoSlot(pass);
    if (reason) throw new WhittleError('OptionError', reason);
  }
  const slots = slotsOf(rows, original);
  if (slots.length === 0) throw new WhittleError('OptionError', 'There is nothing to choose from: no layer saves anything in the sensitivities that were given.');
  return slots;
}

function sum(choice: Choice): number {
  return choice.reduce((a, b) => a + b, 0);
}
