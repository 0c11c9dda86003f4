/** A rung's recipe in a few words. */
import { useLive } from '../../state/live-store';
import { useRecordText, useText } from '../i18n/text';
import { describeRecipe } from '../recipe/describe-recipe';

export function useRungName(): (key: string) => string {
  const t = useText();
  const text = useRecordText();
  const recipes = useLive((live) => live.recipes);
  return (key) => {
    const recipe = recipes.get(key);
    return recipe ? describeRecipe(recipe, text, t) : key;
  };
}
