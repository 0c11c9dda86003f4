/** Recipes that make integers of activations: only TensorFlow Lite holds them. */
import type { Recipe } from '../passes/pass';
import { effectiveSteps } from '../passes/recipe';
import { setFormat, useExport } from './export-store';
import { notify } from './notices-store';
import { useSession } from './session-store';

export function makesIntegers(recipe: Recipe): boolean {
  return effectiveSteps(recipe).some((step) => step.pass === 'quantize-integer' && step.options.activations !== 'float');
}

/** Chooses TensorFlow Lite for such a recipe, and says so. A model that cannot leave in it keeps its format; writing it then says why not. */
export function followIntegers(recipe: Recipe): void {
  const { model } = useSession.getState();
  if (!makesIntegers(recipe) || useExport.getState().format === 'tflite' || model?.exports.tflite !== true) return;
  setFormat('tflite');
  notify({ level: 'info', key: 'notice.integersInTflite' });
}
