/** Applies a recipe to the session's model through the pass runner, with the session's cache and its data. */
import type { Graph } from '../ir/graph';
import { info } from '../lib/diagnostics';
import { hashOf } from '../lib/hash';
import type { ReportProgress } from '../lib/progress';
import type { Recipe } from '../passes/pass';
import { effectiveSteps, recipeKey } from '../passes/recipe';
import { runRecipe, type RecipeResult } from '../passes/run-recipe';
import type { Batch } from '../runtime/backend';
import { backendOf } from './backends';
import { calibrationExamples, dataKeyOf } from './data';
import type { EnginePlatform } from './platform';
import type { Candidate } from './prepared-models';
import { requireSession, type EngineState } from './session';

/** Seed of everything random in passes: the same recipe gives the same model, everywhere. */
const RECIPE_SEED = 1;
/** Said where nothing is set aside for training. */
const SAME_EXAMPLES =
  'The examples that the recipe looked at (without their labels) are among those that accuracy is measured on. Data with x_train beside x_test keep them apart.';
/** What calibration runs on: exact float32, everywhere, and fast. */
const REFERENCE_BACKEND = 'wasm';

export async function applyRecipe(recipe: Recipe, state: EngineState, platform: EnginePlatform, report: ReportProgress): Promise<RecipeResult> {
  const session = requireSession(state);
  const examples = await calibrationExamples(state, recipe);
  const result = await runRecipe(session.graph, recipe, {
    report,
    seed: RECIPE_SEED,
    cache: session.steps,
    execute: (graph) => executeConstants(graph, state),
    prepare: async (graph) => (await backendOf(state, REFERENCE_BACKEND)).prepare(graph),
    examples,
    trainer: null,
    student: null,
    dataKey: dataKeyOf(state, recipe),
    ...(platform.signal ? { signal: platform.signal } : {}),
  });
  const isMeasuredOnThem = examples !== null && state.dataset?.labels && state.dataset.training === null;
  return isMeasuredOnThem ? { ...result, diagnostics: [...result.diagnostics, info(SAME_EXAMPLES)] } : result;
}

/** The recipe's result, ready to be run. */
export async function candidateOf(recipe: Recipe, state: EngineState, platform: EnginePlatform, report: ReportProgress): Promise<Candidate> {
  const { file } = requireSession(state);
  const { graph } = await applyRecipe(recipe, state, platform, report);
  return { key: candidateKey(state, recipe), graph, file: effectiveSteps(recipe).length === 0 ? file : null };
}

/** Names a recipe's result: by the recipe, and by the data where it looks at any. */
export function candidateKey(state: EngineState, recipe: Recipe): string {
  return hashOf([recipeKey(recipe), dataKeyOf(state, recipe)]);
}

/** Constant folding runs on the CPU backend, which exists everywhere and has every kernel. */
async function executeConstants(graph: Graph, state: EngineState): Promise<readonly Batch[]> {
  const model = await (await backendOf(state, 'cpu')).prepare(graph);
  try {
    return await model.run([]);
  } finally {
    model.dispose();
  }
}
