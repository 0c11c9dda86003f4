/**
 * The search on the session's model: every candidate is trained where that is asked for, written and weighed, and judged on examples that are
 * set aside for learning, so that accuracy afterwards is measured on examples that chose nothing. Measurements stay with the session: a
 * search that was cut off, or asked again with other goals, does not repeat them.
 */
import { fingerprintOf } from '../datasets/same-examples';
import { WhittleError } from '../lib/errors';
import { hashOf } from '../lib/hash';
import type { ReportProgress } from '../lib/progress';
import type { Graph } from '../ir/graph';
import type { LatencyReport, SizeReport } from '../measure/types';
import type { Recipe, RecipeStep } from '../passes/pass';
import { emptyRecipe, makeStep, recipeKey } from '../passes/recipe';
import { withoutTraining } from '../passes/untrained';
import { unmetOf, wantOf } from '../search/goals';
import { layerTotals, sumOf } from '../search/layer-totals';
import { describeEnd, search, type SearchProblem, type SearchSettings } from '../search/search';
import { runnerContext } from '../search/sensitivity';
import { timedRows } from '../search/timed-rows';
import { trains, withEpochs, withTraining } from '../search/training-plan';
import type { Candidate, Measured, SensitivityRow } from '../search/types';
import { searchedVariants } from '../search/variants';
import { applyRecipe, executeConstants, REFERENCE_BACKEND } from './apply-recipe';
import { backendOf } from './backends';
import { preprocessingOf } from './data';
import { findingsOf } from './kept-findings';
import { timerOn, type Timer } from './op-times';
import type { EnginePlatform } from './platform';
import { judgesOf } from './search-judges';
import { classesOf, judged, train, weigh } from './search-measure';
import type { FinalCandidate, FoundCandidate, SearchResult, SearchWish } from './search-types';
import { exactGraph, exactSteps, sensitivityOf } from './sensitivity';
import { requireSession, type EngineState } from './session';
import { calibrationSetOf } from './training-set';

/** Candidates in one search: days of work, beyond any use. */
const MOST_CANDIDATES = 10_000;

export async function searchFor(
  wish: SearchWish,
  state: EngineState,
  platform: EnginePlatform,
  report: ReportProgress,
  give: (candidate: FoundCandidate) => void,
): Promise<SearchResult> {
  checkWish(wish);
  const session = requireSession(state);
  const { goals, recovery } = wish;
  const { examples, key, learning } = await judgesOf(wish, state);
  const stored = storingSteps(wish);
  const looked = { samples: wish.samples, preprocessing: wish.preprocessing, layers: null };
  const { rows } = await sensitivityOf(looked, state, platform, report, () => {}, { variants: searchedVariants({ isTrained: recovery !== null, wantsSpeed: wantOf(goals).macs + wantOf(goals).ms > 0 }), stored });
  const timer = goals.mostLatencyMs === undefined ? null : await timerOn(wish.latencyBackend!, state, platform);
  const timed = timer ? await withTimes(rows, timer, state, platform, report) : rows;
  const graph = await storedGraph(stored, state, platform, report);
  const findings = await findingsOf(session.graph, ['search', key, await calibrationKey(state, wish), examples.count, wish.format, wish.options, state.seed, backendOfGoals(wish)], session.searches, platform.checkpoints);
  const { known } = findings;
  const told = new Map<string, { size: SizeReport; latency: LatencyReport | null }>();
  const withFeeding = (recipe: Recipe): Recipe => (wish.preprocessing ? { ...recipe, preprocessing: wish.preprocessing } : recipe);
  const unchanged = withFeeding(emptyRecipe);
  const original = await classesOf(unchanged, examples, state, platform);
  const unchangedModel = known.get(recipeKey(emptyRecipe)) ?? (await asOpened(unchanged, wish, state, platform));
  await findings.add(unchangedModel.key, unchangedModel);
  const wantsToFinish = (): boolean => platform.trainingControls?.wantsToFinish() ?? false;
  let count = 0;

  const evaluate = async (plan: Recipe): Promise<Measured> => {
    const recipe = withFeeding(plan);
    await train(recipe, learning, platform, (progress) => reportTraining(progress, count, wish.candidates, report));
    const weighed = await weigh(recipe, wish, learning, platform);
    told.set(hashOf(plan), weighed);
    return judged(weighed, original, await classesOf(recipe, examples, learning, platform), examples.labels);
  };

  const layers = layerTotals(graph, await timer?.timesOf(graph));
  const problem: SearchProblem = {
    rows: timed,
    original: sumOf(layers),
    layers,
    goals,
    before: exactSteps,
    after: stored,
    ...(recovery ? { train: (steps: readonly RecipeStep[]) => withTraining(steps, recovery.epochs) } : {}),
  };
  const settings: SearchSettings = {
    most: wish.candidates,
    seed: wish.seed,
    known: [...known.values()],
    report,
    wantsToFinish,
    ...(recovery ? { weigh: async (plan: Recipe) => (await weigh(withFeeding(withoutTraining(plan)), wish, learning, platform)).shape } : {}),
    ...(platform.signal ? { signal: platform.signal } : {}),
  };
  const steps = search(problem, evaluate, settings);
  const found = new Map<string, FoundCandidate>();
  const complete = (candidate: Candidate): FoundCandidate => {
    const { size, latency } = told.get(hashOf(candidate.recipe)) ?? known.get(candidate.key)!;
    return { ...candidate, recipe: withFeeding(candidate.recipe), size, latency };
  };
  for (;;) {
    const { value, done } = await steps.next();
    if (!done) {
      const candidate = complete(value);
      found.set(candidate.key, candidate);
      count = found.size;
      await findings.add(candidate.key, candidate);
      give(candidate);
      continue;
    }
    await findings.save();
    const best = found.get(value.best.key)!;
    const final = recovery?.finalEpochs && trains(best.recipe.steps) && !wantsToFinish() ? await lastTraining(best.recipe, recovery.finalEpochs, wish, state, platform, report) : null;
    report({ stage: 'search', fraction: 1 });
    return { best, final, unmet: value.unmet, message: describeEnd(value, goals), candidates: [...found.values()], original: unchangedModel.measured, examples: examples.count, isLabelled: examples.labels !== null };
  }
}

/** What each row saves in time, by the table of the backend that latency is asked of. */
async function withTimes(rows: readonly SensitivityRow[], timer: Timer, state: EngineState, platform: EnginePlatform, report: ReportProgress): Promise<readonly SensitivityRow[]> {
  const reference = await backendOf(state, REFERENCE_BACKEND);
  const context = runnerContext((part) => reference.prepare(part), null, platform.signal, { seed: state.seed, execute: (part) => executeConstants(part, state) });
  const timed = await timedRows(rows, await exactGraph(state, platform, report), timer.timesOf, context, report);
  await timer.save();
  return timed;
}

/** The model as it was opened, as a candidate that nothing chose. */
async function asOpened(recipe: Recipe, wish: SearchWish, state: EngineState, platform: EnginePlatform): Promise<FoundCandidate> {
  const { shape, size, latency } = await weigh(recipe, wish, state, platform);
  return { recipe, key: recipeKey(recipe), size, latency, measured: { ...shape, accuracyDrop: 0 }, predicted: { bytes: shape.bytes, macs: shape.macs, ms: 0, kl: 0 }, unmet: unmetOf({ ...shape, accuracyDrop: 0 }, wish.goals) };
}

/** Weights that are trained end on a grid of 8 bits, on which a palette stays one: files hold their few values in a byte each. */
function storingSteps({ recovery, goals, format }: SearchWish): readonly RecipeStep[] {
  if (!recovery || wantOf(goals).bytes === 0) return [];
  // TensorFlow.js's files hold unsigned bytes as they are.
  return [makeStep('quantize-weights', { format: format.startsWith('tfjs') ? 'uint8' : 'int8', granularity: 'tensor', rounding: 'nearest' })];
}

/** What nothing but exact and storing steps leave: what shares are counted of. */
async function storedGraph(stored: readonly RecipeStep[], state: EngineState, platform: EnginePlatform, report: ReportProgress): Promise<Graph> {
  return (await applyRecipe({ version: 1, steps: [...exactSteps, ...stored] }, state, platform, report)).graph;
}

/** On everything set aside for learning, as the recipe trains wherever it is applied. */
async function lastTraining(recipe: Recipe, epochs: number, wish: SearchWish, state: EngineState, platform: EnginePlatform, report: ReportProgress): Promise<FinalCandidate> {
  const longer = { ...recipe, steps: withEpochs(recipe.steps, epochs) };
  await train(longer, state, platform, (progress) => reportTraining(progress, wish.candidates, wish.candidates, report));
  const { shape, size } = await weigh(longer, wish, state, platform);
  return { recipe: longer, size, unmet: unmetOf({ ...shape, accuracyDrop: Number.NEGATIVE_INFINITY }, wish.goals) };
}

/** `done`: candidates before this one. */
function reportTraining({ fraction, training }: Parameters<ReportProgress>[0], done: number, most: number, report: ReportProgress): void {
  const detail = done < most ? `${done + 1} / ${most}` : 'last training';
  report({ stage: 'search', fraction: Math.min(1, (done + (fraction ?? 0)) / most), detail, ...(training ? { training } : {}) });
}

function backendOfGoals({ goals, latencyBackend }: SearchWish): string | null {
  return goals.mostLatencyMs === undefined ? null : latencyBackend;
}

function checkWish({ candidates, examples, goals, latencyBackend, recovery }: SearchWish): void {
  checkWhole(candidates, MOST_CANDIDATES, (count) => `A search of ${count} candidates was asked for`);
  if (!Number.isInteger(examples) || examples < 1) throw new WhittleError('OptionError', `Candidates are to be judged on ${examples} examples; a whole number from 1 is allowed.`);
  if (goals.mostLatencyMs !== undefined && latencyBackend === null) throw new WhittleError('OptionError', 'A latency is asked for, and no backend to measure it on. Name one, such as wasm.');
  if (!recovery) return;
  const { epochs, finalEpochs, trainExamples } = recovery;
  checkWhole(epochs, MOST_EPOCHS, (count) => `Candidates are to be trained for ${count} epochs`);
  if (finalEpochs !== undefined) checkWhole(finalEpochs, MOST_EPOCHS, (count) => `The best is to be trained for ${count} epochs`);
  if (trainExamples !== undefined) checkWhole(trainExamples, Number.MAX_SAFE_INTEGER, (count) => `Candidates are to learn from ${count} examples`);
}

/** As many as passes take. */
const MOST_EPOCHS = 100;

function checkWhole(value: number, most: number, says: (value: number) => string): void {
  if (!Number.isInteger(value) || value < 1 || value > most) throw new WhittleError('OptionError', `${says(value)}; a whole number from 1 to ${most} is allowed.`);
}

/** Passes of candidates may look at examples too, and those can be others than what is learned from. */
async function calibrationKey(state: EngineState, { preprocessing }: SearchWish): Promise<string> {
  const dataset = await calibrationSetOf(state);
  return hashOf([dataset && (await fingerprintOf(dataset, null)), preprocessing ?? preprocessingOf(state, { version: 1, steps: [] })]);
}
