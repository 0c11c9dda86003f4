import { describe, expect, it } from 'vitest';
import { checkGraph } from '../../../src/ir/check';
import type { Graph } from '../../../src/ir/graph';
import { decodeFloats } from '../../../src/ir/tensor';
import { defaultsOf } from '../../../src/options/options';
import { adaroundOptions } from '../../../src/passes/adaround/meta';
import { adaround } from '../../../src/passes/adaround/run';
import { quantizeWeightsOptions } from '../../../src/passes/quantize-weights/meta';
import { quantizeWeights } from '../../../src/passes/quantize-weights/run';
import type { CalibrationExamples } from '../../../src/passes/pass';
import { conv, depthwise, GraphMaker } from '../../ir/graphs';
import { dataContext, randomExamples } from '../examples';
import { contextOf, runGraph } from '../run-graph';

type Options = ReturnType<typeof defaultsOf<typeof adaroundOptions>>;
const defaults: Options = { ...defaultsOf(adaroundOptions), iterations: 300 };
const run = (graph: Graph, examples: CalibrationExamples | null, options: Partial<Options> = {}, reference = graph) =>
  adaround.run(graph, { ...defaults, ...options }, dataContext({ ...defaults, ...options }, reference, examples));

/** conv → depthwise with two outputs a channel → grouped conv → flatten → dense. */
function net(): Graph {
  const g = new GraphMaker();
  const a = g.node('a', 'conv2d', [g.input('x', [-1, 6, 6, 3]), g.weights('ak', [3, 3, 3, 6], 0.3), g.weights('ab', [6])], { ...conv, activation: 'relu' }, [-1, 6, 6, 6]);
  const d = g.node('d', 'depthwise-conv2d', [a, g.weights('dk', [3, 3, 6, 2], 0.5), g.weights('db', [12])], { ...depthwise, activation: 'relu' }, [-1, 6, 6, 12]);
  const b = g.node('b', 'conv2d', [d, g.weights('bk', [3, 3, 6, 6], 0.3), g.weights('bb', [6])], { ...conv, groups: 2, strides: [2, 2], activation: 'relu' }, [-1, 3, 3, 6]);
  const flat = g.node('flat', 'flatten', [b], {}, [-1, 54]);
  return g.build([g.node('c', 'dense', [flat, g.weights('ck', [54, 4], 0.2), g.weights('cb', [4])], { activation: 'none' }, [-1, 4])]);
}

async function nearestOf(graph: Graph): Promise<Graph> {
  const options = { ...defaultsOf(quantizeWeightsOptions), format: 'int4', granularity: 'channel', rounding: 'nearest', clipping: 'mse' } as const;
  return (await quantizeWeights.run(graph, options, contextOf(options))).graph;
}

async function errorOn(reference: Graph, graph: Graph, examples: CalibrationExamples): Promise<number> {
  const inputs = await examples.inputs(0, examples.count);
  const [wanted] = await runGraph(reference, inputs);
  const [actual] = await runGraph(graph, inputs);
  return Array.from(wanted!.data).reduce((sum, value, i) => sum + (value - actual!.data[i]!) ** 2, 0);
}

describe('AdaRound of a graph', () => {
  it('leaves less error than the nearest on examples that it has not seen, and says how much', async () => {
    const graph = net();
    const { graph: rounded, modified, diagnostics } = await run(graph, randomExamples(graph, 300, 3, 0.5));
    checkGraph(rounded, 'test');
    expect(modified).toBe(true);
    const heldOut = randomExamples(graph, 60, 99, 0.5);
    expect(await errorOn(graph, rounded, heldOut)).toBeLessThan((await errorOn(graph, await nearestOf(graph), heldOut)) * 0.8);
    expect(diagnostics).toHaveLength(4);
    expect(diagnostics[0]!.message).toMatch(/\d+ % of what rounding to the nearest leaves/);
  });

  it.each([['4', 'channel', 7], ['8', 'tensor', 127]] as const)('stores kernels of %s bits symmetrically on the narrow range, a scale a %s', async (bits, granularity, highest) => {
    const graph = net();
    const { graph: rounded } = await run(graph, randomExamples(graph, 40, 3), { bits, granularity, iterations: 100 });
    const axes = { ak: 3, dk: 2, bk: 3, ck: 1 };
    for (const [id, axis] of Object.entries(axes)) {
      const { encoding, shape } = rounded.values[id]!.tensor!;
      if (encoding.kind !== 'affine') throw new Error(`${id} is not affine`);
      expect(encoding).toMatchObject({ bits: Number(bits), signed: true, axis: granularity === 'channel' ? axis : null, blockSize: null });
      expect(encoding.scale).toHaveLength(granularity === 'channel' ? shape[axis]! : 1);
      expect(encoding.zeroPoint.every((zero) => zero === 0)).toBe(true);
      expect(encoding.values.every((value) => Math.abs(value) <= highest)).toBe(true);
    }
    expect(decodeFloats(rounded.values['ab']!.tensor!)).toBe(decodeFloats(graph.values['ab']!.tensor!));
  });

  it('keeps weights that are zero', async () => {
    const graph = net();
    const pruned = decodeFloats(graph.values['ck']!.tensor!).map((weight, i) => (i % 2 ? weight : 0));
    const start: Graph = { ...graph, values: { ...graph.values, ck: { ...graph.values['ck']!, tensor: { ...graph.values['ck']!.tensor!, encoding: { kind: 'dense', storage: 'float32', data: pruned } } } } };
    const { graph: rounded } = await run(start, randomExamples(graph, 64, 3), { iterations: 100 }, graph);
    expect(decodeFloats(rounded.values['ck']!.tensor!).every((weight, i) => i % 2 === 1 || weight === 0)).toBe(true);
  });

  it('leaves kernels on a grid, by a rule, and shared ones alone, with the reason', async () => {
    const graph = net();
    const examples = randomExamples(graph, 20, 3);
    const quantized = await nearestOf(graph);
    const again = await run(quantized, examples);
    expect(again.graph).toBe(quantized);
    expect(again.diagnostics.every((found) => found.message.includes('4 bits already'))).toBe(true);
    const g = new GraphMaker();
    const k = g.weights('k', [4, 4]);
    const a = g.node('a', 'dense', [g.input('x', [-1, 4]), k], { activation: 'relu' }, [-1, 4]);
    const shared = g.build([g.node('b', 'dense', [a, k], { activation: 'none' }, [-1, 4])]);
    expect((await run(shared, randomExamples(shared, 20, 3))).diagnostics[0]!.message).toContain('another layer shares its kernel');
  });

  it('is refused without examples, and can be cancelled', async () => {
    const graph = net();
    await expect(run(graph, null)).rejects.toThrow('Open a data set');
    const controller = new AbortController();
    const context = { ...dataContext(defaults, graph, randomExamples(graph, 64, 3)), signal: controller.signal, report: () => controller.abort() };
    await expect(adaround.run(graph, defaults, context)).rejects.toThrow('Cancelled');
  });
});
