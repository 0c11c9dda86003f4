import { beforeEach, describe, expect, it, vi } from 'vitest';
import { initialRecipe, withOption, withStepEnabled, withStepMoved } from '../../src/state/recipe-edit';
import { commitRecipe, editRecipe, onRecipeCommitted, redoRecipe, resetRecipe, undoRecipe, useRecipe } from '../../src/state/recipe-store';

const prune = initialRecipe().steps.findIndex((step) => step.pass === 'prune-magnitude');
const sparsity = () => useRecipe.getState().recipe.steps[prune]?.options['sparsity'];

describe('the recipe with its history', () => {
  beforeEach(() => resetRecipe());

  it('undoes and redoes a change', () => {
    editRecipe((recipe) => withOption(recipe, prune, 'sparsity', 0.8));
    undoRecipe();
    expect(sparsity()).toBe(0.5);
    redoRecipe();
    expect(sparsity()).toBe(0.8);
  });

  it('makes one step of history out of a whole drag', () => {
    for (const value of [0.6, 0.7, 0.75]) editRecipe((recipe) => withOption(recipe, prune, 'sparsity', value), true);
    expect(useRecipe.getState().past).toHaveLength(0);
    commitRecipe();
    expect(useRecipe.getState().past).toHaveLength(1);
    undoRecipe();
    expect(sparsity()).toBe(0.5);
  });

  it('tells listeners of commits, and not of movements', () => {
    const listener = vi.fn<() => void>();
    const stop = onRecipeCommitted(listener);
    editRecipe((recipe) => withOption(recipe, prune, 'sparsity', 0.6), true);
    editRecipe((recipe) => withOption(recipe, prune, 'sparsity', 0.7), true);
    expect(listener).not.toHaveBeenCalled();
    commitRecipe();
    expect(listener).toHaveBeenCalledTimes(1);
    undoRecipe();
    expect(listener).toHaveBeenCalledTimes(2);
    stop();
  });

  it('forgets what was undone once something new is done', () => {
    editRecipe((recipe) => withStepEnabled(recipe, prune, true));
    undoRecipe();
    editRecipe((recipe) => withStepMoved(recipe, 0, 2));
    redoRecipe();
    expect(useRecipe.getState().future).toHaveLength(0);
    expect(useRecipe.getState().recipe.steps[2]?.pass).toBe('clean-up');
  });

  it('does nothing when there is nothing to undo or redo', () => {
    const { recipe } = useRecipe.getState();
    undoRecipe();
    redoRecipe();
    commitRecipe();
    expect(useRecipe.getState().recipe).toBe(recipe);
  });

  it('keeps the newest changes when the history is full', () => {
    for (let index = 0; index < 250; index++) editRecipe((recipe) => withOption(recipe, prune, 'sparsity', index / 300));
    expect(useRecipe.getState().past).toHaveLength(200);
    undoRecipe();
    expect(sparsity()).toBe(248 / 300);
  });
});
