/** A recipe's trainings, apart from everything else it does: training takes minutes, the rest is live. */
import type { Recipe, RecipeStep } from './pass';
import { effectiveSteps, stepTrains } from './recipe';

/** Whether any step that is on trains. */
export function recipeTrains(recipe: Recipe): boolean {
  return effectiveSteps(recipe).some(stepTrains);
}

/** The recipe with every training left out: what there is to see before somebody waits for it. */
export function withoutTraining(recipe: Recipe): Recipe {
  if (!recipeTrains(recipe)) return recipe;
  return { ...recipe, steps: recipe.steps.map((step) => (stepTrains(step) ? untrained(step) : step)) };
}

/** A pass that recovers does its own work without; one that only trains does nothing. */
function untrained(step: RecipeStep): RecipeStep {
  if (!('recoverEpochs' in step.options)) return { ...step, enabled: false };
  return { ...step, options: { ...step.options, recoverEpochs: 0 } };
}
