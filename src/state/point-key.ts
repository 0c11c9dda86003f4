/** The key under which the results of a recipe are kept: what it does to the graph, and how the data are fed to it. */
import { hashOf } from '../lib/hash';
import type { Recipe } from '../passes/pass';
import { effectiveSteps, emptyRecipe, recipeKey } from '../passes/recipe';

export function pointKey(recipe: Recipe): string {
  const graph = recipeKey(recipe);
  return recipe.preprocessing ? `${graph}.${hashOf(recipe.preprocessing)}` : graph;
}

/** True when the recipe leaves the model as it was opened. */
export function isOriginal(recipe: Recipe): boolean {
  return effectiveSteps(recipe).length === 0;
}

/** The original, fed with the data in the same way as a recipe. */
export function originalOf(recipe: Recipe): Recipe {
  return recipe.preprocessing ? { ...emptyRecipe, preprocessing: recipe.preprocessing } : emptyRecipe;
}
