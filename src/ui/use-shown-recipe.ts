import { useMemo } from 'react';
import type { Recipe } from '../passes/pass';
import { useRecipe } from '../state/recipe-store';
import { shownRecipe, useTraining } from '../state/training-store';

/** What the numbers on screen are of: the recipe, or what it is before its training. */
export function useShownRecipe(): Recipe {
  const recipe = useRecipe((state) => state.recipe);
  const trained = useTraining((state) => state.trained);
  return useMemo(() => shownRecipe(recipe, { trained }), [recipe, trained]);
}
