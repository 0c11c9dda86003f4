/** Applies a recipe to the session's model through the pass runner, with the session's cache and its data. */
import type { Graph, ValueId } from '../ir/graph';
import { info } from '../lib/diagnostics';
import { hashOf } from '../lib/hash';
import type { ReportProgress } from '../lib/progress';
import type { AnswerGradients, Recipe } from '../passes/pass';
import { effectiveSteps, recipeKey } from '../passes/recipe';
import { runRecipe, type RecipeResult } from '../passes/run-recipe';
import type { Batch } from '../runtime/backend';
import { backendOf } from './backends';
import { calibrationExamples, dataKeyOf } from './data';
import { recipeTrains } from '../passes/untrained';
import { trainerOf } from './trainer';
import { trainingKeyOf } from './training-data';
import { calibrationSetOf, trainingSetOf } from './training-set';
import { fillingBatches, fixedBatchOf } from './fixed-batch';
import type { EnginePlatform } from './platform';
import type { Candidate } from './prepared-models';
import { requireSession, type EngineState } from './session';

/** Said where nothing is set aside for training. */
const SAME_EXAMPLES =
  'The examples that the recipe looked at (without their labels) are among those that accuracy is measured on. Data with x_train beside x_test keep them apart.';
/** What calibration runs on: exact float32, everywhere, and fast. */
export const REFERENCE_BACKEND = 'wasm';

/** `isAsked`: the person wants the recipe's trainings to run, where that must be said. */
export async function applyRecipe(recipe: Recipe, state: EngineState, platform: EnginePlatform, report: ReportProgress, isAsked = false): Promise<RecipeResult> {
  const session = requireSession(state);
  const examples = await calibrationExamples(state, recipe);
  // The trainer knows no pass: what it reports is said of the one that runs.
  let stage = '';
  const reportStage: ReportProgress = (progress) => {
    stage = progress.stage;
    report(progress);
  };
  const result = await runRecipe(session.graph, recipe, {
    report: reportStage,
    seed: state.seed,
    cache: session.steps,
    execute: (graph) => executeConstants(graph, state),
    // Passes run as many examples at once as suits them, also where the file fixed how many.
    prepare: async (graph) => fillingBatches(await (await backendOf(state, REFERENCE_BACKEND)).prepare(graph), fixedBatchOf(graph), platform.signal),
    examples,
    trainer: await trainerOf(state, platform, recipe, isAsked, (progress) => report({ ...progress, stage: stage || progress.stage })),
    gradients: (...asked) => gradientsHere(state.seed, platform.signal, asked),
    student: session.student?.graph ?? null,
    dataKey: dataKeyOf(state, recipe),
    trainingKey: await trainingKey(state, recipe),
    ...(platform.signal ? { signal: platform.signal } : {}),
  });
  const isMeasuredOnThem = examples !== null && state.dataset?.labels && (await calibrationSetOf(state)) === state.dataset;
  return isMeasuredOnThem ? { ...result, diagnostics: [...result.diagnostics, info(SAME_EXAMPLES)] } : result;
}

/** The training code is loaded when a pass first asks. */
async function* gradientsHere(seed: number, signal: AbortSignal | undefined, asked: Parameters<AnswerGradients>): AsyncGenerator<ReadonlyMap<ValueId, Float32Array>> {
  const { answerGradients } = await import('../training/answer-gradients');
  yield* answerGradients(REFERENCE_BACKEND, seed, signal)(...asked);
}

/** The recipe's result, ready to be run. */
export async function candidateOf(recipe: Recipe, state: EngineState, platform: EnginePlatform, report: ReportProgress): Promise<Candidate> {
  const { file } = requireSession(state);
  const { graph } = await applyRecipe(recipe, state, platform, report);
  return { key: await candidateKey(state, recipe), graph, file: effectiveSteps(recipe).length === 0 ? file : null };
}

/** Names a recipe's result: by the recipe, and by the data where it looks at any. */
export async function candidateKey(state: EngineState, recipe: Recipe): Promise<string> {
  return hashOf([recipeKey(recipe), state.seed, dataKeyOf(state, recipe), await trainingKey(state, recipe)]);
}

/** What the recipe's trainings hang on besides the recipe: the examples, how they are fed, and the student. */
async function trainingKey(state: EngineState, recipe: Recipe): Promise<string> {
  if (!recipeTrains(recipe)) return '';
  const set = await trainingSetOf(state);
  return hashOf([set && trainingKeyOf(set, recipe, state), requireSession(state).student?.number ?? null]);
}

/** Constant folding runs on the CPU backend, which exists everywhere and has every kernel. */
export async function executeConstants(graph: Graph, state: EngineState): Promise<readonly Batch[]> {
  const model = await (await backendOf(state, 'cpu')).prepare(graph);
  try {
    return await model.run([]);
  } finally {
    model.dispose();
  }
}
