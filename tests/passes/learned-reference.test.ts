/** Who teaches, and what the numbers should be, in a recipe that trains. The trainer is a double at its contract. */
import { describe, expect, it } from 'vitest';
import type { Graph } from '../../src/ir/graph';
import { decodeFloats } from '../../src/ir/tensor';
import type { RecipeStep } from '../../src/passes/pass';
import { makeStep, parseRecipe } from '../../src/passes/recipe';
import { runRecipe } from '../../src/passes/run-recipe';
import { smallConvNet } from '../ir/graphs';
import { dataContext, randomExamples } from './examples';
import { fakeTrainer } from './fake-trainer';

async function applied(graph: Graph, ...steps: RecipeStep[]) {
  const trainer = fakeTrainer();
  const { execute, prepare, examples } = dataContext({}, graph, randomExamples(graph, 64, 3));
  const result = await runRecipe(graph, parseRecipe({ version: 1, steps }), {
    report: () => {}, seed: 1, execute, prepare, examples, trainer, gradients: null, student: null, dataKey: '', trainingKey: '', cache: { get: () => undefined, set: () => undefined },
  });
  return { graph: result.graph, requests: trainer.requests };
}

describe('a recipe that trains', () => {
  it('has the model as it was given for a teacher, to the end', async () => {
    const graph = smallConvNet();
    const { requests } = await applied(graph, makeStep('fold-batch-norm'), makeStep('fine-tune'), makeStep('prune-magnitude', { recoverEpochs: 1 }), makeStep('cluster-weights', { recoverEpochs: 1 }));
    const folded = (await applied(graph, makeStep('fold-batch-norm'))).graph;
    expect(requests.map(({ teacher }) => teacher)).toEqual([null, folded, folded]);
  });

  it('repairs towards what was learned, not towards what was before', async () => {
    const start = [makeStep('fold-batch-norm'), makeStep('prune-magnitude', { sparsity: 0.5, recoverEpochs: 1 })];
    const [trained, repaired] = [await applied(smallConvNet(), ...start), await applied(smallConvNet(), ...start, makeStep('correct-bias'))];
    expect(decodeFloats(repaired.graph.values['dense/bias']!.tensor!)).toEqual(decodeFloats(trained.graph.values['dense/bias']!.tensor!));
    const untrained = await applied(smallConvNet(), start[0]!, makeStep('prune-magnitude', { sparsity: 0.5 }), makeStep('correct-bias'));
    expect(decodeFloats(untrained.graph.values['dense/bias']!.tensor!)).not.toEqual(decodeFloats(trained.graph.values['dense/bias']!.tensor!));
  });
});
