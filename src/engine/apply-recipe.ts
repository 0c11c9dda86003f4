/** Applies a recipe to the session's model through the pass runner, with the session's cache. */
import type { Graph } from '../ir/graph';
import type { ReportProgress } from '../lib/progress';
import type { Recipe } from '../passes/pass';
import { runRecipe, type RecipeResult } from '../passes/run-recipe';
import type { Batch } from '../runtime/backend';
import { backendOf } from './backends';
import type { EnginePlatform } from './platform';
import type { EngineState, Session } from './session';

/** Seed of everything random in passes: the same recipe gives the same model, everywhere. */
const RECIPE_SEED = 1;

export async function applyRecipe(
  session: Session,
  recipe: Recipe,
  state: EngineState,
  platform: EnginePlatform,
  report: ReportProgress,
): Promise<RecipeResult> {
  return runRecipe(session.graph, recipe, {
    report,
    seed: RECIPE_SEED,
    cache: session.steps,
    execute: (graph) => executeConstants(graph, state),
    ...(platform.signal ? { signal: platform.signal } : {}),
  });
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
