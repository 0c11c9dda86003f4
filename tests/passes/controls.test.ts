import { describe, expect, it } from 'vitest';
import { controlsOf } from '../../src/passes/controls';
import { makeStep, parseRecipe } from '../../src/passes/recipe';
import type { RecipeStep } from '../../src/passes/pass';

const recipeOf = (...steps: RecipeStep[]) => parseRecipe({ version: 1, steps });

describe('the controls of a recipe', () => {
  it('are none when nothing trains', () => {
    expect(controlsOf(recipeOf(makeStep('fold-batch-norm'), makeStep('prune-magnitude')))).toEqual([]);
    expect(controlsOf(recipeOf())).toEqual([]);
  });

  it('give the model before the pass as many plain epochs at the same rate', () => {
    const recipe = recipeOf(
      makeStep('fold-batch-norm'),
      makeStep('prune-magnitude', { recoverEpochs: 2, recoverRate: 2e-3, recoverAugmentation: 'shift' }),
      makeStep('cluster-weights', { recoverEpochs: 1 }),
      makeStep('quantize-integer'),
    );
    const [control, ...others] = controlsOf(recipe);
    expect(others).toEqual([]);
    expect(control!.kind).toBe('plain-epochs');
    expect(control!.recipe.steps.map(({ pass }) => pass)).toEqual(['fold-batch-norm', 'fine-tune']);
    expect(control!.recipe.steps[1]!.options).toMatchObject({ epochs: 3, learningRate: 2e-3, augmentation: 'shift', teacher: false });
  });

  it('train the same student alone', () => {
    const recipe = recipeOf(makeStep('distil', { student: 'width', width: 0.25, epochs: 10 }), makeStep('fold-batch-norm'));
    const [control, ...others] = controlsOf(recipe);
    expect(others).toEqual([]);
    expect(control!.kind).toBe('student-alone');
    expect(control!.recipe.steps.map(({ pass }) => pass)).toEqual(['distil', 'fold-batch-norm']);
    expect(control!.recipe.steps[0]!.options).toMatchObject({ ...recipe.steps[0]!.options, teacher: false });
  });

  it('are themselves without a control', () => {
    const recipe = recipeOf(makeStep('prune-magnitude', { recoverEpochs: 2 }));
    const [control] = controlsOf(recipe);
    expect(controlsOf(control!.recipe)).toEqual([]);
    expect(controlsOf(recipeOf(makeStep('distil', { teacher: false })))).toEqual([]);
  });

  it('leave steps out that are off', () => {
    const off = { ...makeStep('prune-magnitude', { recoverEpochs: 2 }), enabled: false };
    expect(controlsOf(recipeOf(off, makeStep('quantize-weights')))).toEqual([]);
  });
});
