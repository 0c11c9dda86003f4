/** Fixed batches left open where that changes no answer, and nowhere else. */
import { describe, expect, it } from 'vitest';
import { withFreeBatch } from '../../src/engine/free-batch';
import type { Graph } from '../../src/ir/graph';
import { createBackend } from '../../src/runtime/tfjs/backends';
import { GraphMaker, smallConvNet } from '../ir/graphs';

/** Two values of four for one example, put in another shape by a size that names the batch. */
function reshaping(middle: (g: GraphMaker, x: string) => string): Graph {
  const g = new GraphMaker();
  const flat = g.node('flat', 'reshape', [g.input('x', [1, 2, 4])], { shape: [1, 8] }, [1, 8]);
  const x = middle(g, flat);
  return g.build([g.node('y', 'dense', [x, g.weights('k', [8, 3]), g.weights('b', [3])], { activation: 'none' }, [1, 3])]);
}

describe('a fixed batch', () => {
  it('is left open where each example stands for itself', async () => {
    const backend = await createBackend('cpu');
    const free = await withFreeBatch(reshaping((_, x) => x), backend);
    expect(free!.inputs.map((id) => free!.values[id]!.shape)).toEqual([[-1, 2, 4]]);
    expect(free!.outputs.map((id) => free!.values[id]!.shape)).toEqual([[-1, 3]]);
  });

  it('stays where examples would mix, though every shape fits', async () => {
    const backend = await createBackend('cpu');
    const mixing = reshaping((g, x) => g.node('less', 'sub', [x, g.node('mean', 'mean', [x], { axes: [0], keepDims: true }, [1, 8])], { activation: 'none' }, [1, 8]));
    expect(await withFreeBatch(mixing, backend)).toBeNull();
  });

  it('is none where it is open already', async () => {
    expect(await withFreeBatch(smallConvNet(), await createBackend('cpu'))).toBeNull();
  });
});
