/** Where a candidate's epochs go. */
import { describe, expect, it } from 'vitest';
import type { RecipeStep } from '../../src/passes/pass';
import { makeStep } from '../../src/passes/recipe';
import { layerStep } from '../../src/search/one-layer';
import { trains, withEpochs, withTraining } from '../../src/search/training-plan';
import { variant } from '../../src/search/variants';

const pruned = layerStep('prune-magnitude', [{ layer: 'dense', ...variant('prune-magnitude', { sparsity: 0.9, ranking: 'layer' }) }]);
const shared = layerStep('cluster-weights', [{ layer: 'dense', ...variant('cluster-weights', { centroids: 16 }) }]);
const thin = layerStep('factorize', [{ layer: 'dense', ...variant('factorize', { rankBy: 'layer', keep: 0.25 }) }]);

const epochsOf = (steps: readonly RecipeStep[]): [string, unknown][] =>
  steps.flatMap(({ pass, options }): [string, unknown][] => (pass === 'fine-tune' ? [[pass, options.epochs]] : options.recoverEpochs ? [[pass, options.recoverEpochs]] : []));

describe('the epochs of a candidate', () => {
  it('go to pruning, to the end, or to both', () => {
    expect(epochsOf(withTraining([thin, pruned], 3))).toEqual([['prune-magnitude', 3]]);
    expect(epochsOf(withTraining([thin, shared], 3))).toEqual([['fine-tune', 3]]);
    expect(epochsOf(withTraining([pruned, shared], 3))).toEqual([['prune-magnitude', 2], ['fine-tune', 1]]);
    expect(epochsOf(withTraining([pruned, shared], 2))).toEqual([['prune-magnitude', 1], ['fine-tune', 1]]);
    expect(epochsOf(withTraining([pruned, shared], 1))).toEqual([['fine-tune', 1]]);
  });

  it('leave no layer standing still: those without a rule are pruned of nothing', () => {
    const [step] = withTraining([pruned], 2);
    expect(step!.options.sparsity).toBe(0);
    expect(step!.rules).toEqual([{ match: 'dense', options: { sparsity: 0.9, ranking: 'layer' } }]);
  });

  it('can be others afterwards, with everything else as it was', () => {
    const [exact, stored] = [makeStep('clean-up'), makeStep('quantize-weights')];
    for (const chosen of [[thin, pruned, shared], [pruned], [thin]]) {
      const steps = [exact, ...withTraining(chosen, 1), stored];
      expect(withEpochs(steps, 6)).toEqual([exact, ...withTraining(chosen, 6), stored]);
      expect(trains(steps)).toBe(true);
    }
    expect(trains([exact, stored])).toBe(false);
  });
});
