import { presetOf, type PresetId } from './presets';
import { withSteps } from './recipe-edit';
import { editRecipe } from './recipe-store';

/** Puts a preset on the stack; passes that it does not use stay below, switched off. */
export function applyPreset(id: PresetId): void {
  editRecipe((recipe) => withSteps(recipe, presetOf(id).steps));
}
