/** The estimate of what is left, beside what the pass leaves. */
import { describe, expect, it } from 'vitest';
import { sizeOf } from '../../../src/ir/tensor';
import { defaultsOf } from '../../../src/options/options';
import { remainingParts } from '../../../src/passes/prune-channels/remaining';
import { pruneChannels } from '../../../src/passes/prune-channels/run';
import { dataContext, fashionModel } from '../examples';

describe('the part of each weight that is left', () => {
  it.each([0.25, 0.5, 0.8])('is what the pass leaves of it, at a share of %s', async (share) => {
    const { graph } = await fashionModel('fashion_mobile');
    const options = { ...defaultsOf(pruneChannels.meta.options), share, reconstruct: false };
    const pruned = (await pruneChannels.run(graph, options, dataContext(options, graph, null))).graph;
    const parts = remainingParts(graph, () => options);
    const weights = Object.values(graph.values).filter(({ tensor }) => tensor);
    const [expected, actual] = [
      weights.map(({ id }) => sizeOf(pruned.values[id]!.tensor!.shape)),
      weights.map(({ id, tensor }) => Math.round(sizeOf(tensor!.shape) * (parts.get(id) ?? 1))),
    ];
    expect(actual).toEqual(expected);
  });

  it('is all of layers that a rule keeps and of what hangs on them', async () => {
    const { graph } = await fashionModel('fashion_cnn');
    expect(remainingParts(graph, () => null).size).toBe(0);
  });

  it('follows the square root where the share is of the work', async () => {
    const { graph } = await fashionModel('fashion_cnn');
    const parts = remainingParts(graph, () => ({ share: 0.75, target: 'macs' }));
    const halves = remainingParts(graph, () => ({ share: 0.5, target: 'channels' }));
    expect([...parts]).toEqual([...halves]);
  });
});
