import { describe, expect, it } from 'vitest';
import { checkGraph } from '../../../src/ir/check';
import type { Graph } from '../../../src/ir/graph';
import { decodeFloats, float32Tensor, type Tensor } from '../../../src/ir/tensor';
import { defaultsOf } from '../../../src/options/options';
import { clusterWeightsOptions } from '../../../src/passes/cluster-weights/meta';
import { clusterWeights } from '../../../src/passes/cluster-weights/run';
import { correctBiasOptions } from '../../../src/passes/correct-bias/meta';
import { correctBias } from '../../../src/passes/correct-bias/run';
import { pruneMagnitudeOptions } from '../../../src/passes/prune-magnitude/meta';
import { pruneMagnitude } from '../../../src/passes/prune-magnitude/run';
import { checkQuantization } from '../../../src/ops/check-quantization';
import { quantizeIntegerOptions } from '../../../src/passes/quantize-integer/meta';
import { quantizeInteger } from '../../../src/passes/quantize-integer/run';
import { quantizeWeightsOptions } from '../../../src/passes/quantize-weights/meta';
import { quantizeWeights } from '../../../src/passes/quantize-weights/run';
import type { CalibrationExamples } from '../../../src/passes/pass';
import { conv, depthwise, GraphMaker } from '../../ir/graphs';
import { dataContext, examplesOf, randomExamples } from '../examples';
import { contextOf, runGraph } from '../run-graph';

const defaults = defaultsOf(correctBiasOptions);
const run = (graph: Graph, reference: Graph, examples: CalibrationExamples | null, options = defaults) =>
  correctBias.run(graph, options, dataContext(options, reference, examples));

/** conv (no bias, SAME, ReLU) → depthwise (bias, ReLU) → conv with strides (bias) → flatten → dense (bias). */
function net(): Graph {
  const g = new GraphMaker();
  const a = g.node('a', 'conv2d', [g.input('x', [-1, 6, 6, 3]), g.weights('ak', [3, 3, 3, 8], 0.3)], { ...conv, activation: 'relu' }, [-1, 6, 6, 8]);
  const d = g.node('d', 'depthwise-conv2d', [a, g.weights('dk', [3, 3, 8, 1], 0.5), g.weights('db', [8])], { ...depthwise, activation: 'relu' }, [-1, 6, 6, 8]);
  const b = g.node('b', 'conv2d', [d, g.weights('bk', [3, 3, 8, 6], 0.3), g.weights('bb', [6])], { ...conv, strides: [2, 2] }, [-1, 3, 3, 6]);
  const flat = g.node('flat', 'flatten', [b], {}, [-1, 54]);
  return g.build([g.node('c', 'dense', [flat, g.weights('ck', [54, 4], 0.2), g.weights('cb', [4])], { activation: 'none' }, [-1, 4])]);
}

const damages: readonly (readonly [string, (graph: Graph) => Promise<Graph>])[] = [
  ['pruning', async (graph) => {
    const options = { ...defaultsOf(pruneMagnitudeOptions), sparsity: 0.5 };
    return (await pruneMagnitude.run(graph, options, contextOf(options))).graph;
  }],
  ['clustering', async (graph) => {
    const options = { ...defaultsOf(clusterWeightsOptions), clusters: 4 };
    return (await clusterWeights.run(graph, options, contextOf(options))).graph;
  }],
  ['int4 weights', async (graph) => {
    const options = { ...defaultsOf(quantizeWeightsOptions), format: 'int4', granularity: 'tensor', rounding: 'nearest' } as const;
    return (await quantizeWeights.run(graph, options, contextOf(options))).graph;
  }],
];

/** Mean of each channel of inner values, over the examples. */
async function channelMeans(graph: Graph, ids: readonly string[], examples: CalibrationExamples): Promise<number[][]> {
  const outputs = await runGraph({ ...graph, outputs: ids, outputNames: ids }, await examples.inputs(0, examples.count));
  return outputs.map(({ shape, data }) => {
    const channels = shape.at(-1)!;
    const sums = new Array<number>(channels).fill(0);
    for (const [i, value] of data.entries()) sums[i % channels]! += (value * channels) / data.length;
    return sums;
  });
}

describe('correcting biases', () => {
  it.each(damages)('takes the mean error out of every linear output after %s', async (_what, damage) => {
    const reference = net();
    const examples = randomExamples(reference, 60, 3, 0.5);
    const damaged = await damage(reference);
    const { graph: corrected, modified, diagnostics } = await run(damaged, reference, examples);
    checkGraph(corrected, 'test');
    expect(modified).toBe(true);
    expect(diagnostics).toEqual([]);
    // Outputs without an activation have the reference's mean afterwards.
    const ids = ['b:0', 'c:0'];
    const [wanted, before, after] = await Promise.all([reference, damaged, corrected].map((graph) => channelMeans(graph, ids, examples)));
    const errorOf = (means: number[][]): number => Math.max(...means.flatMap((channels, v) => channels.map((mean, c) => Math.abs(mean - wanted![v]![c]!))));
    expect(errorOf(after!)).toBeLessThan(1e-4);
    expect(errorOf(before!)).toBeGreaterThan(0.01);
    expect(corrected.nodes[0]!.inputs[2]).toBeTruthy();
  });

  it('lowers the error on examples that it has not seen', async () => {
    const reference = net();
    const heldOut = randomExamples(reference, 40, 77, 0.5);
    for (const [, damage] of damages) {
      const damaged = await damage(reference);
      const { graph: corrected } = await run(damaged, reference, randomExamples(reference, 60, 3, 0.5));
      const inputs = await heldOut.inputs(0, 40);
      const outputs = await Promise.all([reference, damaged, corrected].map(async (graph) => (await runGraph(graph, inputs))[0]!.data));
      const errorOf = (data: ArrayLike<number>): number => Array.from(outputs[0]!).reduce((sum, value, i) => sum + (value - data[i]!) ** 2, 0);
      expect(errorOf(outputs[2]!)).toBeLessThan(errorOf(outputs[1]!));
    }
  });

  it('changes nothing where nothing was done, and nothing more the second time', async () => {
    const reference = net();
    const examples = randomExamples(reference, 20, 3);
    expect((await run(reference, reference, examples)).graph).toBe(reference);
    const damaged = await damages[2]![1](reference);
    const { graph: once } = await run(damaged, reference, examples);
    const { graph: twice } = await run(once, reference, examples);
    for (const id of ['db', 'bb', 'cb']) {
      const [first, second] = [once, twice].map((graph) => decodeFloats(graph.values[id]!.tensor!));
      for (const [o, value] of first!.entries()) expect(second![o]).toBeCloseTo(value, 4);
    }
  });

  it('brings deep graphs closer too, whose layers are corrected in groups', async () => {
    const g = new GraphMaker();
    let y = g.input('x', [-1, 6]);
    for (let layer = 0; layer < 100; layer++) y = g.node(`d${layer}`, 'dense', [y, g.weights(`k${layer}`, [6, 6], 0.55), g.weights(`b${layer}`, [6], 0.3)], { activation: 'relu' }, [-1, 6]);
    const reference = g.build([g.node('last', 'dense', [y, g.weights('lk', [6, 4])], { activation: 'none' }, [-1, 4])]);
    const damaged = await damages[2]![1](reference);
    const examples = randomExamples(reference, 40, 3);
    const { graph: corrected } = await run(damaged, reference, examples);
    const [wanted, before, after] = await Promise.all([reference, damaged, corrected].map(async (graph) => (await channelMeans(graph, ['last:0'], examples))[0]!));
    const errorOf = (means: number[]): number => Math.hypot(...means.map((mean, c) => mean - wanted![c]!));
    expect(errorOf(after!)).toBeLessThan(errorOf(before!) / 2);
  });

  it('gives a bias of its own to a layer that shares one', async () => {
    const g = new GraphMaker();
    const bias = g.weights('b', [4]);
    const a = g.node('a', 'dense', [g.input('x', [-1, 4]), g.weights('ak', [4, 4]), bias], { activation: 'relu' }, [-1, 4]);
    const reference = g.build([g.node('c', 'dense', [a, g.weights('ck', [4, 4]), bias], { activation: 'none' }, [-1, 4])]);
    const damaged = await damages[2]![1](reference);
    const { graph: corrected } = await run(damaged, reference, randomExamples(reference, 20, 3));
    checkGraph(corrected, 'test');
    const biases = corrected.nodes.map((node) => node.inputs[2]);
    expect(new Set(biases).size).toBe(2);
  });
});

describe('biases on grids', () => {
  const int8 = (values: Int8Array, shape: readonly number[], scale: Float32Array, axis: number | null): Tensor => ({
    dtype: 'float32', shape, encoding: { kind: 'affine', bits: 8, signed: true, values, scale, zeroPoint: new Float64Array(scale.length), axis, blockSize: null },
  });

  /** An integer dense layer 4 → 2 with scales 0.01 and 0.02 a column on inputs of scale 0.05, with or without a bias. */
  function integerNet(withBias: boolean): { graph: Graph; reference: Graph } {
    const make = (kernel: Tensor, bias: Tensor | null): Graph => {
      const g = new GraphMaker();
      const inputs = [g.input('x', [-1, 4]), g.constant('k', kernel), ...(bias ? [g.constant('b', bias)] : [])];
      return g.build([g.node('dense', 'dense', inputs, { activation: 'none' }, [-1, 2])]);
    };
    const values = Int8Array.from([50, -30, 20, 100, -70, 60, 10, 5]);
    const kernel = int8(values, [4, 2], Float32Array.of(0.01, 0.02), 1);
    const scale = Float32Array.of(Math.fround(0.05) * Math.fround(0.01), Math.fround(0.05) * Math.fround(0.02));
    const bias: Tensor = { dtype: 'float32', shape: [2], encoding: { kind: 'affine', bits: 32, signed: true, values: Int32Array.of(400, -300), scale, zeroPoint: new Float64Array(2), axis: 0, blockSize: null } };
    const plain = make(kernel, withBias ? bias : null);
    const onGrid = (id: string, quantized: number) => ({ ...plain.values[id]!, quantization: { dtype: 'int8', scale: Math.fround(quantized), zeroPoint: 3 } as const });
    const graph: Graph = { ...plain, values: { ...plain.values, x: onGrid('x', 0.05), 'dense:0': onGrid('dense:0', 0.1) } };
    const wanted = decodeFloats(kernel).map((weight, i) => weight + (i % 2 === 0 ? 0.004 : -0.007));
    return { graph, reference: make(float32Tensor([4, 2], wanted), withBias ? float32Tensor([2], [0.25, -0.3]) : null) };
  }

  it.each([true, false])('stay 32-bit integers at input scale times weight scale (bias before: %s)', async (withBias) => {
    const { graph, reference } = integerNet(withBias);
    const examples = randomExamples(reference, 50, 3, 1);
    const { graph: corrected } = await run(graph, reference, examples);
    checkGraph(corrected, 'test');
    const encoding = corrected.values[corrected.nodes[0]!.inputs[2]!]!.tensor!.encoding;
    if (encoding.kind !== 'affine') throw new Error('the bias left its grid');
    expect(encoding.bits).toBe(32);
    expect(encoding.values).toBeInstanceOf(Int32Array);
    expect(encoding.scale[0]).toBe(Math.fround(Math.fround(0.05) * Math.fround(0.01)));
    expect(encoding.scale[1]).toBe(Math.fround(Math.fround(0.05) * Math.fround(0.02)));
    // The output's own grid of 0.1 hides less than half of it in the mean of 50.
    const [wanted, before, after] = await Promise.all([reference, graph, corrected].map(async (given) => (await channelMeans(given, ['dense:0'], examples))[0]!));
    for (const c of [0, 1]) expect(Math.abs(after![c]! - wanted![c]!)).toBeLessThan(Math.max(0.02, Math.abs(before![c]! - wanted![c]!)));
  });

  it('follow quantize-integer, and what it made stays a legal integer graph', async () => {
    const reference = net();
    const examples = randomExamples(reference, 60, 3, 0.5);
    const options = { ...defaultsOf(quantizeIntegerOptions), granularity: 'tensor', rounding: 'nearest', biasCorrection: false, weights: '4' } as const;
    const { graph } = await quantizeInteger.run(reference, options, dataContext(options, reference, examples));
    const { graph: corrected, modified } = await run(graph, reference, examples);
    checkGraph(corrected, 'test');
    checkQuantization(corrected);
    expect(modified).toBe(true);
    const layers = corrected.nodes.filter((node) => node.op === 'dense' || node.op.includes('conv'));
    expect(layers.map((node) => corrected.values[node.inputs[2]!]!.tensor!.encoding)).toMatchObject(layers.map(() => ({ kind: 'affine', bits: 32 })));
    const means = await Promise.all([reference, graph, corrected].map(async (given) => (await channelMeans(given, [given.outputs[0]!], examples))[0]!));
    const errorOf = (index: number): number => Math.hypot(...means[index]!.map((mean, c) => mean - means[0]![c]!));
    expect(errorOf(2)).toBeLessThan(errorOf(1));
  });

  it('round a float16 bias to float16', async () => {
    const reference = net();
    const options = { ...defaultsOf(quantizeWeightsOptions), format: 'float16', scope: 'all' } as const;
    const half = (await quantizeWeights.run(reference, options, contextOf(options))).graph;
    const pruned = await damages[0]![1](half);
    const { graph: corrected } = await run(pruned, reference, randomExamples(reference, 20, 3));
    expect(corrected.values['db']!.tensor!.encoding).toMatchObject({ kind: 'dense', storage: 'float16' });
  });
});

describe('leaving biases alone, with the reason', () => {
  const reasonsOf = async (graph: Graph, reference: Graph, options = defaults): Promise<string> => {
    const result = await run(graph, reference, randomExamples(graph, 20, 3), options);
    return result.diagnostics.map((found) => `${found.subject}: ${found.message}`).join('\n');
  };

  it('when the reference has another layer there, or none', async () => {
    const reference = net();
    const damaged = await damages[2]![1](reference);
    const renamed: Graph = { ...reference, nodes: reference.nodes.map((node) => (node.id === 'd' ? { ...node, id: 'other' } : node)) };
    expect(await reasonsOf(damaged, renamed)).toContain('d: Its bias is not corrected: the model before compression has no such layer.');
    const g = new GraphMaker();
    const wide = g.build([g.node('a', 'dense', [g.input('x', [-1, 4]), g.weights('k', [4, 5])], { activation: 'none' }, [-1, 5])]);
    const h = new GraphMaker();
    const narrow = h.build([h.node('a', 'dense', [h.input('x', [-1, 4]), h.weights('k', [4, 3])], { activation: 'none' }, [-1, 3])]);
    expect(await reasonsOf(narrow, wide)).toContain('its kernel was [4, 5] and is [4, 3]');
  });

  it('when the model’s outputs come out further from the reference’s', async () => {
    const make = (second: readonly number[]): Graph => {
      const g = new GraphMaker();
      const a = g.node('a', 'dense', [g.input('x', [-1, 1]), g.constant('ak', float32Tensor([1, 2], [1, -1]))], { activation: 'relu' }, [-1, 2]);
      const b = g.node('b', 'dense', [a, g.constant('bk', float32Tensor([2, 1], second))], { activation: 'none' }, [-1, 1]);
      return g.build([g.node('peak', 'square', [b], {}, [-1, 1])]);
    };
    // b is zero for most examples and 10 for a few. Damage moves the many by −0.2; the shift of the mean, 0.175, then moves the few, and their squares count.
    const data = Float32Array.from({ length: 64 }, (_, i) => (i % 8 === 0 ? -10 : 1));
    const examples = examplesOf({ shape: [64, 1], dtype: 'float32', data });
    const reference = make([0, 1]);
    const damaged = make([-0.2, 1]);
    const result = await run(damaged, reference, examples);
    expect(result.graph).toBe(damaged);
    expect(result.modified).toBe(false);
    expect(result.diagnostics.at(-1)!.message).toMatch(/^All biases stay as they were: .* \d+ % further/);
  });

  it('when it would move by twice its size and large moves are not wanted', async () => {
    const reference = net();
    const damaged = await damages[0]![1](reference);
    expect(await reasonsOf(damaged, reference, { ...defaults, skipLarge: true })).toMatch(/it would move by \d+\.\d times its size/);
  });

  it('is refused without examples, and can be cancelled', async () => {
    const reference = net();
    await expect(run(reference, reference, null)).rejects.toThrow('Open a data set');
    const controller = new AbortController();
    controller.abort();
    const context = { ...dataContext(defaults, reference, randomExamples(reference, 4, 1)), signal: controller.signal };
    await expect(correctBias.run(reference, defaults, context)).rejects.toThrow('Cancelled');
  });
});
