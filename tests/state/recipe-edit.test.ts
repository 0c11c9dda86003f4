import { describe, expect, it } from 'vitest';
import { findPassMeta } from '../../src/passes/catalog';
import { effectiveSteps, makeStep } from '../../src/passes/recipe';
import {
  initialRecipe,
  isLayerKept,
  ruleFor,
  withLayerKept,
  withPreprocessing,
  withRule,
  withStepAdded,
  withStepMoved,
  withStepRemoved,
  withSteps,
} from '../../src/state/recipe-edit';

const passesOf = (recipe: { steps: readonly { pass: string }[] }) => recipe.steps.map((step) => step.pass);

describe('edits of a recipe', () => {
  it('begins with every pass switched off', () => {
    expect(initialRecipe().steps.length).toBeGreaterThan(0);
    expect(effectiveSteps(initialRecipe())).toEqual([]);
  });

  it('moves, adds and removes steps without touching the recipe it was given', () => {
    const before = initialRecipe();
    const copy = structuredClone(before);
    expect(passesOf(withStepMoved(before, 0, 1)).slice(0, 2)).toEqual([passesOf(before)[1], 'clean-up']);
    expect(withStepAdded(before, 'prune-magnitude').steps).toHaveLength(before.steps.length + 1);
    expect(passesOf(withStepRemoved(before, 0))).not.toContain('clean-up');
    expect(before).toEqual(copy);
  });

  it('puts chosen steps in their order and keeps the other passes, switched off, in their place', () => {
    const chosen = [makeStep('cluster-weights', { centroids: 16 }), makeStep('prune-magnitude', { sparsity: 0.7 })];
    const recipe = withSteps(initialRecipe(), chosen);
    expect(effectiveSteps(recipe)).toEqual(chosen);
    expect(passesOf(recipe).toSorted()).toEqual(passesOf(initialRecipe()).toSorted());
  });

  it('keeps a layer in every step that goes by layers, and lets it go again', () => {
    const kept = withLayerKept(initialRecipe(), 'conv2d_1', true);
    expect(isLayerKept(kept, 'conv2d_1')).toBe(true);
    expect(isLayerKept(kept, 'conv2d')).toBe(false);
    const steps = kept.steps.filter((step) => step.rules.length > 0).map((step) => step.pass);
    expect(steps).toEqual(passesOf(initialRecipe()).filter((pass) => findPassMeta(pass)!.perLayer));
    expect(steps).toContain('prune-magnitude');
    expect(withLayerKept(kept, 'conv2d_1', false)).toEqual(initialRecipe());
  });

  it('gives one layer its own values beside its keep, and takes an empty rule out', () => {
    const place = initialRecipe().steps.findIndex((step) => step.pass === 'prune-magnitude');
    const own = withRule(initialRecipe(), place, 'dense', { options: { sparsity: 0.2 } });
    expect(ruleFor(own.steps[place]!, 'dense')).toEqual({ match: 'dense', options: { sparsity: 0.2 } });
    expect(withRule(own, place, 'dense', { options: {} }).steps[place]?.rules).toEqual([]);
  });

  it('takes preprocessing in and out', () => {
    const preprocessing = { scale: 1 / 255, mean: [0.5], std: [0.25], size: null, channels: null };
    const recipe = withPreprocessing(initialRecipe(), preprocessing);
    expect(recipe.preprocessing).toEqual(preprocessing);
    expect(withPreprocessing(recipe, undefined)).not.toHaveProperty('preprocessing');
  });
});
