/** The recipe that Whittle leaves in the models it writes. */
import type { Recipe } from '../passes/pass';
import { isObject } from './json';

/** The shape of a recipe only; whoever runs it checks it in full. */
export function storedRecipe(value: unknown): Recipe | undefined {
  return isObject(value) && value.version === 1 && Array.isArray(value.steps) ? (value as unknown as Recipe) : undefined;
}

/** The same from text, as an attribute holds it; what is no recipe is none, because the model is fine without. */
export function storedRecipeText(text: string | null): Recipe | undefined {
  if (text === null) return undefined;
  try {
    return storedRecipe(JSON.parse(text));
  } catch {
    return undefined;
  }
}
