import { describe, expect, it } from 'vitest';
import { createBoundedCache } from '../../src/lib/bounded-cache';
import type { Recipe, Rule } from '../../src/passes/pass';
import { effectiveSteps, makeStep, parseRecipe, recipeKey } from '../../src/passes/recipe';
import { matches, resolveRules } from '../../src/passes/rules';
import { runRecipe, type StepResult } from '../../src/passes/run-recipe';
import { siteOptions, weightSites } from '../../src/passes/weight-sites';
import { GraphMaker, smallConvNet } from '../ir/graphs';
import { contextOf } from './run-graph';

const recipe = (steps: unknown): Recipe => parseRecipe({ version: 1, steps });

describe('recipes', () => {
  it('are completed with every default', () => {
    expect(recipe([{ pass: 'prune-magnitude', options: { sparsity: 0.25 } }]).steps[0]!.options).toMatchObject({ sparsity: 0.25, ranking: 'lamp' });
  });

  it.each([
    [{ version: 2, steps: [] }, 'version 2'],
    [{ version: 1, steps: {} }, 'should be a list'],
    [{ version: 1, steps: [{ pass: 'prune-magnitud' }] }, 'Did you mean "prune-magnitude"?'],
    [{ version: 1, steps: [{ pass: 'prune-magnitude', options: { sparsity: 2 } }] }, 'sparsity is 2'],
    [{ version: 1, steps: [{ pass: 'prune-magnitude', rules: [{ keep: true }] }] }, 'needs "match"'],
    [{ version: 1, steps: [{ pass: 'prune-magnitude', rules: [{ match: 'a', options: { nothing: 1 } }] }] }, 'no option "nothing"'],
    [{ version: 1, steps: [], preprocessing: { std: [0] } }, 'cannot be 0'],
    [{ version: 1, steps: [], preprocessing: { channels: 'cmyk' } }, 'rgb, bgr, grey'],
    [{ version: 1, steps: [], preprocessing: { size: [0, 1] } }, 'preprocessing.size'],
    [{ version: 1, steps: [], preprocessing: { mean: ['a'] } }, 'preprocessing.mean'],
    [null, 'should be an object'],
  ])('that are broken are refused: %j', (value, message) => {
    expect(() => parseRecipe(value)).toThrow(message);
  });

  it('that do the same have the same key', () => {
    const a = recipe([{ pass: 'fold-batch-norm' }, { pass: 'cluster-weights', enabled: false }]);
    const b = recipe([{ pass: 'fold-batch-norm', options: {} }]);
    expect(recipeKey(a)).toBe(recipeKey(b));
    expect(effectiveSteps(a)).toHaveLength(1);
    expect(recipeKey(recipe([{ pass: 'cluster-weights' }]))).not.toBe(recipeKey(b));
  });

  it('keep preprocessing as it was given', () => {
    const parsed = parseRecipe({ version: 1, steps: [], preprocessing: { scale: 1 / 255, mean: [0.5], std: [0.5], size: [28, 28], channels: 'grey' } });
    expect(parsed.preprocessing).toEqual({ scale: 1 / 255, mean: [0.5], std: [0.5], size: [28, 28], channels: 'grey' });
  });
});

describe('rules', () => {
  it.each([
    ['conv*', 'conv2d_1', true],
    ['*conv*', 'block/conv/x', true],
    ['conv', 'conv2d', false],
    ['a*b*c', 'a-b-b-c', true],
    ['a*b', 'ab-', false],
    ['ab*ba', 'aba', false],
    ['op:dense', 'anything', true],
    ['op:conv2d', 'dense', false],
  ])('%s on %s: %s', (pattern, name, expected) => {
    expect(matches(pattern, name, 'dense')).toBe(expected);
  });

  it('that come later win, option by option', () => {
    const rules: Rule[] = [{ match: '*', options: { a: 1, b: 1 } }, { match: 'x', keep: true }, { match: 'x*', options: { b: 2 } }];
    expect(resolveRules({ a: 0, b: 0, c: 0 }, rules, 'x', 'dense')).toEqual({ a: 1, b: 2, c: 0 });
    expect(resolveRules({ a: 0 }, [{ match: 'x', keep: true }], 'x', 'dense')).toBeNull();
  });
});

describe('weight sites', () => {
  it('are kernels, each once, and a layer that is kept keeps what it shares', () => {
    const g = new GraphMaker();
    const x = g.input('x', [-1, 4]);
    const k = g.weights('k', [4, 4]);
    const a = g.node('a', 'dense', [x, k, g.weights('b', [4])], { activation: 'none' }, [-1, 4]);
    const sites = weightSites(g.build([g.node('b', 'dense', [a, k], { activation: 'none' }, [-1, 4])]));
    expect(sites.map((site) => [site.name, site.nodes.length])).toEqual([['k', 2]]);
    expect(siteOptions(sites[0]!, (name) => (name === 'b' ? null : { x: 1 }))).toBeNull();
    expect(siteOptions(sites[0]!, () => ({ x: 1 }))).toEqual({ x: 1 });
  });
});

describe('the runner', () => {
  const context = () => {
    const cache = createBoundedCache<StepResult>(10, () => 1);
    const { execute, prepare, examples } = contextOf({});
    return { report: () => {}, seed: 1, execute, prepare, examples, trainer: null, gradients: null, student: null, dataKey: '', trainingKey: '', cache };
  };

  it('runs only what changed since the last time', async () => {
    const shared = context();
    const first = await runRecipe(smallConvNet(), recipe([{ pass: 'fold-batch-norm' }, { pass: 'prune-magnitude' }]), shared);
    expect(first.cachedSteps).toBe(0);
    const second = await runRecipe(smallConvNet(), recipe([{ pass: 'fold-batch-norm' }, { pass: 'prune-magnitude', options: { sparsity: 0.7 } }]), shared);
    expect(second.cachedSteps).toBe(1);
  });

  it('stops when cancelled and names a pass that fails', async () => {
    const controller = new AbortController();
    controller.abort();
    const one = recipe([{ pass: 'clean-up' }]);
    await expect(runRecipe(smallConvNet(), one, { ...context(), signal: controller.signal })).rejects.toMatchObject({ name: 'CancelledError' });
    const failing = { ...context(), execute: () => Promise.reject(new Error('no kernel')) };
    const g = new GraphMaker();
    const sum = g.node('s', 'square', [g.weights('a', [4])], {}, [4]);
    const graph = g.build([g.node('y', 'mul', [g.input('x', [-1, 4]), sum], { activation: 'none' }, [-1, 4])]);
    await expect(runRecipe(graph, recipe([{ pass: 'fold-batch-norm' }, { pass: 'clean-up' }]), failing)).rejects.toThrow(
      'Simplify failed after fold-batch-norm: no kernel',
    );
  });

  it('makes steps with defaults', () => {
    expect(makeStep('quantize-weights', { format: 'int4' }).options).toMatchObject({ format: 'int4', granularity: 'tensor' });
  });
});
