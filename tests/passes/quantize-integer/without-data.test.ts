// Ranges without data: from what batch norm left on values, else from drawn inputs, and a warning either way.
import { describe, expect, it } from 'vitest';
import type { Graph } from '../../../src/ir/graph';
import { drawnExamples } from '../../../src/passes/calibration/drawn-inputs';
import { foldBatchNorm } from '../../../src/passes/fold-batch-norm/run';
import { GraphMaker, smallConvNet } from '../../ir/graphs';
import { differenceOn, fashionModel } from '../examples';
import { contextOf, runGraph } from '../run-graph';
import { opsOf, outputOf, quantized } from './nets';

const folded = async (graph: Graph): Promise<Graph> => (await foldBatchNorm.run(graph, {}, contextOf({}))).graph;

describe('without data', () => {
  it('ranges follow the statistics of folded batch norms, six deviations through the activation', async () => {
    const graph = await folded(smallConvNet());
    const { graph: after, diagnostics } = await quantized(graph, { calibration: 'min-max' }, null);
    expect(diagnostics[0]).toMatchObject({ level: 'warning', message: expect.stringMatching(/ranges come from what batch norm knows/) as unknown });
    const statistics = Object.values(graph.values).find((value) => value.id === 'bn1:0' || value.id === 'relu1:0')!.statistics!;
    const highest = Math.max(...Array.from(statistics.mean, (mean, c) => mean + 6 * statistics.deviation[c]!));
    // The convolution has its ReLU fused: from 0 to the highest channel's mean + 6 deviations.
    const { scale, zeroPoint } = outputOf(after, 'conv2d').quantization!;
    expect(zeroPoint).toBe(-128);
    expect(scale * 255).toBeCloseTo(highest, 4);
  });

  it('batch norms that are still in the graph say the same', () => {
    const drawn = drawnExamples(smallConvNet(), 1);
    expect(drawn.usesStatistics).toBe(true);
    expect(drawn.graph.inputs).toEqual(['x', 'bn1:0', 'bn2:0']);
    expect(drawn.graph.nodes.map((node) => node.id)).not.toContain('bn1');
    const [, first] = drawn.inputs(8);
    expect(first!.shape).toEqual([8, 6, 6, 8]);
  });

  it('drawn inputs stand in where nothing is known, and the warning says so', async () => {
    const g = new GraphMaker();
    const x = g.input('x', [-1, 5]);
    const graph = g.build([g.node('dense', 'dense', [x, g.weights('k', [5, 3])], { activation: 'none' }, [-1, 3])]);
    const { diagnostics, graph: after } = await quantized(graph, {}, null);
    expect(opsOf(after)).toEqual(['quantize', 'dense', 'quantize']);
    expect(diagnostics[0]!.message).toMatch(/ranges come from random inputs and may be far off/);
  });

  it('a trained classifier keeps nearly all its decisions', async () => {
    const { graph, images } = await fashionModel('fashion_cnn');
    const { graph: after } = await quantized(graph, {}, null);
    const [expected] = await runGraph(graph, [images]);
    const [actual] = await runGraph(after, [images]);
    const best = (data: ArrayLike<number>, row: number): number => {
      const scores = Array.from({ length: 10 }, (_, c) => data[row * 10 + c]!);
      return scores.indexOf(Math.max(...scores));
    };
    const same = Array.from({ length: 64 }, (_, row) => best(expected!.data, row) === best(actual!.data, row)).filter(Boolean).length;
    expect(same).toBeGreaterThanOrEqual(62);
    expect(await differenceOn(graph, after, [images])).toBeLessThan(0.5);
  });
});
