import { setFormat } from './export-store';
import { presetOf, type PresetId } from './presets';
import { withSteps } from './recipe-edit';
import { editRecipe } from './recipe-store';
import { useSession } from './session-store';

/** Puts a preset on the stack, and its format with it; passes that it does not use stay below, switched off. */
export function applyPreset(id: PresetId): void {
  const { steps, format } = presetOf(id);
  if (format && useSession.getState().model?.exports[format] === true) setFormat(format);
  editRecipe((recipe) => withSteps(recipe, steps));
}
