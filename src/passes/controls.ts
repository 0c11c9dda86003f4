/**
 * What a recipe that trains is compared with, so that a gain of training alone is not taken for a gain of the method:
 *
 * - plain-epochs: the model as it was given, trained on the same data for as many epochs at the same rate, and nothing else;
 * - student-alone: the same student with the same budget, without the teacher.
 */
import type { OptionValue } from '../options/options';
import type { Recipe, RecipeStep } from './pass';
import { effectiveSteps, makeStep, stepTrains } from './recipe';
import { findPassMeta } from './catalog';

export interface Control {
  readonly kind: 'plain-epochs' | 'student-alone';
  readonly recipe: Recipe;
}

/** Controls of a recipe, to be measured as any other; none for a recipe that does not train, or that is its own control. */
export function controlsOf(recipe: Recipe): Control[] {
  const steps = effectiveSteps(recipe);
  const training = steps.filter(stepTrains);
  const controls: Control[] = [];
  if (training.some(({ pass }) => pass !== 'distil')) controls.push({ kind: 'plain-epochs', recipe: { ...recipe, steps: plainSteps(steps, training) } });
  if (training.some(({ pass, options }) => pass === 'distil' && options.teacher)) {
    controls.push({ kind: 'student-alone', recipe: { ...recipe, steps: steps.map((step) => (step.pass === 'distil' ? withOptions(step, { teacher: false, hints: false }) : step)) } });
  }
  return controls.filter((control) => JSON.stringify(effectiveSteps(control.recipe)) !== JSON.stringify(steps));
}

/** The exact steps at the start, and one training with the budget of all. */
function plainSteps(steps: readonly RecipeStep[], training: readonly RecipeStep[]): RecipeStep[] {
  const firstOther = steps.findIndex(({ pass }) => !findPassMeta(pass)!.exact);
  const others = training.filter(({ pass }) => pass !== 'distil');
  const epochs = others.reduce((sum, { options }) => sum + Number(options.recoverEpochs ?? options.epochs), 0);
  const learningRate = Math.max(...others.map(({ options }) => Number(options.recoverRate ?? options.learningRate)));
  const augmentation = others[0]!.options.recoverAugmentation ?? others[0]!.options.augmentation;
  return [...steps.slice(0, firstOther), makeStep('fine-tune', { epochs, learningRate, augmentation })];
}

function withOptions(step: RecipeStep, options: Readonly<Record<string, OptionValue>>): RecipeStep {
  return { ...step, options: { ...step.options, ...options } };
}
