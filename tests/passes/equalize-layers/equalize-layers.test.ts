import { describe, expect, it } from 'vitest';
import { checkGraph } from '../../../src/ir/check';
import type { Graph, Node } from '../../../src/ir/graph';
import { decodeFloats, float32Tensor } from '../../../src/ir/tensor';
import { defaultsOf } from '../../../src/options/options';
import { equalizeLayersOptions } from '../../../src/passes/equalize-layers/meta';
import { equalizeLayers } from '../../../src/passes/equalize-layers/run';
import type { CalibrationExamples } from '../../../src/passes/pass';
import { conv, depthwise, GraphMaker } from '../../ir/graphs';
import { dataContext, differenceOn, examplesOf, fashionModel, randomExamples } from '../examples';
import { inputsOf, outputDifference, runGraph } from '../run-graph';

const defaults = defaultsOf(equalizeLayersOptions);
const run = (graph: Graph, options: Partial<typeof defaults> = {}, examples: CalibrationExamples | null = null) =>
  equalizeLayers.run(graph, { ...defaults, ...options }, dataContext({}, graph, examples));

/** Largest weight of each index of an axis. */
function reach(graph: Graph, id: string, axis: number): number[] {
  const { shape } = graph.values[id]!.tensor!;
  const inner = shape.slice(axis + 1).reduce((a, b) => a * b, 1);
  const largest = new Array<number>(shape[axis]!).fill(0);
  for (const [i, weight] of decodeFloats(graph.values[id]!.tensor!).entries()) {
    const at = Math.floor(i / inner) % shape[axis]!;
    largest[at] = Math.max(largest[at]!, Math.abs(weight));
  }
  return largest;
}

/** Kernel whose output channels differ by up to a factor of 1000. */
function unequal(g: GraphMaker, name: string, shape: readonly number[]): string {
  const id = g.weights(name, shape, 0.3);
  const last = shape.at(-1)!;
  const values = decodeFloats(g.build([]).values[id]!.tensor!).map((weight, i) => weight * 10 ** (((i % last) / last) * 3 - 2));
  return g.constant(name, float32Tensor(shape, values));
}

type Between = (g: GraphMaker, y: string) => string;
const at = (channels: number): readonly number[] => [-1, 6, 6, channels];
const one = (op: Node['op'], attributes: object, shape: readonly number[], extra: readonly string[] = []): Between => (g, y) => g.node(op, op, [y, ...extra], attributes, shape);
const pool = { kernel: [2, 2], strides: [2, 2], padding: 'same', activation: 'none' };

/** conv → `between` → conv over 8 channels. */
function convPair(between: Between, channelsOut = 8, activation = 'none'): Graph {
  const g = new GraphMaker();
  const y = g.node('a', 'conv2d', [g.input('x', at(3)), unequal(g, 'ak', [3, 3, 3, channelsOut]), g.weights('ab', [channelsOut])], { ...conv, activation }, at(channelsOut));
  const z = between(g, y);
  return g.build([g.node('b', 'conv2d', [z, g.weights('bk', [3, 3, channelsOut, 4], 0.3), g.weights('bb', [4])], conv, [-1, 6, 6, 4])]);
}

const convPairs: readonly (readonly [string, Graph])[] = [
  ['nothing', convPair((_g, y) => y)],
  ['a fused ReLU', convPair((_g, y) => y, 8, 'relu')],
  ['a ReLU', convPair(one('relu', {}, at(8)))],
  ['a leaky ReLU', convPair(one('leaky-relu', { alpha: 0.2 }, at(8)))],
  ['a PReLU', convPair((g, y) => g.node('p', 'prelu', [y, g.weights('alpha', [8], 0.2)], {}, at(8)))],
  ['max pooling', convPair(one('max-pool', pool, [-1, 3, 3, 8]))],
  ['average pooling', convPair(one('average-pool', pool, [-1, 3, 3, 8]))],
  ['padding with zeros', convPair(one('pad', { paddings: [[0, 0], [1, 1], [2, 0], [0, 0]], value: 0 }, [-1, 8, 8, 8]))],
  ['mirrored padding', convPair(one('mirror-pad', { paddings: [[0, 0], [1, 1], [2, 0], [0, 0]], mode: 'reflect' }, [-1, 8, 8, 8]))],
  ['resizing', convPair(one('resize-nearest', { size: [12, 12], alignCorners: false, halfPixelCenters: true }, [-1, 12, 12, 8]))],
  ['a chain of all that', convPair((g, y) => one('max-pool', pool, [-1, 3, 3, 8])(g, one('identity', {}, at(8))(g, one('relu', {}, at(8))(g, y))))],
];

describe('equalizing two convolutions', () => {
  it.each(convPairs)('across %s makes their channels reach equally far, and keeps the function', async (_what, graph) => {
    const { graph: equalized, modified } = await run(graph);
    checkGraph(equalized, 'test');
    expect(modified).toBe(true);
    expect(await outputDifference(graph, equalized)).toBeLessThan(1e-5);
    const before = reach(equalized, 'ak', 3);
    const after = reach(equalized, 'bk', 2);
    for (const [c, value] of before.entries()) expect(value / after[c]!).toBeCloseTo(1, 2);
    // √(r1 · r2), as the paper has it.
    expect(before[0]! ** 2).toBeCloseTo(reach(graph, 'ak', 3)[0]! * reach(graph, 'bk', 2)[0]!, 4);
  });

  it('keeps channels that one layer leaves at zero', async () => {
    const graph = convPair(one('relu', {}, at(8)));
    const silent = decodeFloats(graph.values['ak']!.tensor!).map((weight, i) => (i % 8 === 2 ? 0 : weight));
    const start: Graph = { ...graph, values: { ...graph.values, ak: { ...graph.values['ak']!, tensor: float32Tensor([3, 3, 3, 8], silent) } } };
    const { graph: equalized } = await run(start);
    expect(decodeFloats(equalized.values['ab']!.tensor!)[2]).toBe(decodeFloats(start.values['ab']!.tensor!)[2]);
    expect(await outputDifference(start, equalized)).toBeLessThan(1e-5);
  });

  it('scales the statistics of the value between', async () => {
    const graph = convPair((_g, y) => y, 8, 'relu');
    const statistics = { mean: new Float32Array(8).fill(2), deviation: new Float32Array(8).fill(1) };
    const start: Graph = { ...graph, values: { ...graph.values, 'a:0': { ...graph.values['a:0']!, statistics } } };
    const { graph: equalized } = await run(start);
    const bias = (g: Graph): Float32Array => decodeFloats(g.values['ab']!.tensor!);
    const scaled = equalized.values['a:0']!.statistics!;
    for (let c = 0; c < 8; c++) {
      expect(scaled.mean[c]! / 2).toBeCloseTo(bias(equalized)[c]! / bias(start)[c]!, 4);
      expect(scaled.deviation[c]).toBeCloseTo(scaled.mean[c]! / 2, 5);
    }
  });
});

describe('equalizing other layers', () => {
  it('brings a depthwise layer and both its neighbours to the cube root of their product', async () => {
    const g = new GraphMaker();
    const a = g.node('a', 'conv2d', [g.input('x', at(3)), unequal(g, 'ak', [1, 1, 3, 8]), g.weights('ab', [8])], { ...conv, activation: 'relu' }, at(8));
    const d = g.node('d', 'depthwise-conv2d', [a, unequal(g, 'dk', [3, 3, 8, 1]), g.weights('db', [8])], { ...depthwise, activation: 'relu' }, at(8));
    const graph = g.build([g.node('b', 'conv2d', [d, g.weights('bk', [1, 1, 8, 4])], conv, at(4))]);
    const { graph: equalized } = await run(graph);
    expect(await outputDifference(graph, equalized)).toBeLessThan(1e-5);
    for (let c = 0; c < 8; c++) {
      const [r1, r2, r3] = [reach(graph, 'ak', 3)[c]!, reach(graph, 'dk', 2)[c]!, reach(graph, 'bk', 2)[c]!];
      const root = Math.cbrt(r1 * r2 * r3);
      for (const now of [reach(equalized, 'ak', 3)[c]!, reach(equalized, 'dk', 2)[c]!, reach(equalized, 'bk', 2)[c]!]) expect(now / root).toBeCloseTo(1, 1);
    }
  });

  it.each([
    ['a depthwise multiplier', (g: GraphMaker) => {
      const d = g.node('d', 'depthwise-conv2d', [g.input('x', at(3)), unequal(g, 'dk', [3, 3, 3, 2])], { ...depthwise, activation: 'relu' }, at(6));
      return g.build([g.node('b', 'conv2d', [d, g.weights('bk', [1, 1, 6, 4])], conv, at(4))]);
    }],
    ['grouped convolutions', (g: GraphMaker) => {
      const a = g.node('a', 'conv2d', [g.input('x', at(4)), unequal(g, 'ak', [3, 3, 2, 6])], { ...conv, groups: 2, activation: 'relu' }, at(6));
      return g.build([g.node('b', 'conv2d', [a, g.weights('bk', [3, 3, 2, 9])], { ...conv, groups: 3 }, at(9))]);
    }],
    ['transposed convolutions', (g: GraphMaker) => {
      const transposed = { strides: [2, 2], padding: 'same', dilations: [1, 1], outputPadding: null, activation: 'relu' };
      const a = g.node('a', 'transpose-conv2d', [g.input('x', [-1, 3, 3, 2]), unequal(g, 'ak', [3, 3, 5, 2])], transposed, [-1, 6, 6, 5]);
      return g.build([g.node('b', 'transpose-conv2d', [a, g.weights('bk', [3, 3, 3, 5])], transposed, [-1, 12, 12, 3])]);
    }],
    ['a flatten before a dense layer', (g: GraphMaker) => {
      const a = g.node('a', 'conv2d', [g.input('x', at(3)), unequal(g, 'ak', [3, 3, 3, 8]), g.weights('ab', [8])], { ...conv, activation: 'relu' }, at(8));
      const flat = g.node('flat', 'flatten', [a], {}, [-1, 288]);
      const b = g.node('b', 'dense', [flat, g.weights('bk', [288, 5], 0.1)], { activation: 'relu' }, [-1, 5]);
      return g.build([g.node('c', 'dense', [b, g.weights('ck', [5, 3])], { activation: 'none' }, [-1, 3])]);
    }],
    ['a mean before a dense layer', (g: GraphMaker) => {
      const a = g.node('a', 'conv2d', [g.input('x', at(3)), unequal(g, 'ak', [3, 3, 3, 8]), g.weights('ab', [8])], { ...conv, activation: 'relu' }, at(8));
      const mean = g.node('mean', 'mean', [a], { axes: [1, 2], keepDims: false }, [-1, 8]);
      return g.build([g.node('b', 'dense', [mean, g.weights('bk', [8, 5])], { activation: 'none' }, [-1, 5])]);
    }],
    ['convolutions of one dimension', (g: GraphMaker) => {
      const line = { strides: [1], padding: 'same', dilations: [1], groups: 1, activation: 'relu' };
      const a = g.node('a', 'conv1d', [g.input('x', [-1, 9, 3]), unequal(g, 'ak', [3, 3, 6])], line, [-1, 9, 6]);
      return g.build([g.node('b', 'conv1d', [a, g.weights('bk', [3, 6, 4])], line, [-1, 9, 4])]);
    }],
  ])('keeps the function of %s', async (_what, make) => {
    const graph = make(new GraphMaker());
    const { graph: equalized, modified } = await run(graph);
    checkGraph(equalized, 'test');
    expect(modified).toBe(true);
    expect(await outputDifference(graph, equalized)).toBeLessThan(1e-5);
  });
});

describe('leaving layers alone, with the reason', () => {
  const messagesOf = async (graph: Graph): Promise<string> => {
    const result = await run(graph);
    expect(result.graph).toBe(graph);
    expect(result.modified).toBe(false);
    return result.diagnostics.map((found) => found.message).join('\n');
  };

  it.each([
    ['a sigmoid stands between', convPair(one('sigmoid', {}, at(8))), 'sigmoid'],
    ['a fused tanh stands between', convPair((_g, y) => y, 8, 'tanh'), 'tanh'],
    ['a batch norm stands between', convPair((g, y) => g.node('bn', 'batch-norm', [y, g.weights('m', [8]), g.weights('v', [8], 0.1, 1)], { epsilon: 1e-3, axis: -1, activation: 'none' }, at(8))), 'fold it first'],
    ['a ReLU6 stands between', convPair(one('relu6', {}, at(8))), 'ReLU6'],
    ['the padding is not zero', convPair(one('pad', { paddings: [[0, 0], [1, 1], [1, 1], [0, 0]], value: 1 }, [-1, 8, 8, 8])), 'other than zero'],
  ] as [string, Graph, string][])('when %s', async (_what, graph, reason) => {
    expect(await messagesOf(graph)).toContain(reason);
  });

  it('when mirrored padding makes channels of others', async () => {
    const g = new GraphMaker();
    const a = g.node('a', 'conv2d', [g.input('x', at(4)), g.weights('ak', [1, 1, 4, 4])], conv, at(4));
    const padded = g.node('pad', 'mirror-pad', [a], { paddings: [[0, 0], [0, 0], [0, 0], [1, 1]], mode: 'symmetric' }, at(6));
    expect(await messagesOf(g.build([g.node('b', 'conv2d', [padded, g.weights('bk', [1, 1, 6, 4])], conv, at(4))]))).toContain('pads the channels');
  });

  it('when the value between is an output, is read twice, or the kernel is shared', async () => {
    const pair = convPair((_g, y) => y);
    expect(await messagesOf({ ...pair, outputs: [...pair.outputs, 'a:0'], outputNames: ['y', 'a'] })).toContain('is the model’s');
    const g = new GraphMaker();
    const a = g.node('a', 'conv2d', [g.input('x', at(4)), g.weights('ak', [1, 1, 4, 4])], conv, at(4));
    const b = g.node('b', 'conv2d', [a, g.weights('bk', [1, 1, 4, 4])], conv, at(4));
    expect(await messagesOf(g.build([g.node('sum', 'add', [a, b], { activation: 'none' }, at(4))]))).toContain('used in several places');
    const h = new GraphMaker();
    const k = h.weights('k', [1, 1, 4, 4]);
    const first = h.node('a', 'conv2d', [h.input('x', at(4)), k], conv, at(4));
    expect(await messagesOf(h.build([h.node('b', 'conv2d', [first, k], conv, at(4))]))).toContain('shares its kernel');
  });
});

describe('a ReLU6 between two layers', () => {
  const graph = convPair((_g, y) => y, 8, 'relu6');
  const small = (scale: number): CalibrationExamples => {
    const [x] = inputsOf(graph);
    return examplesOf({ ...x!, data: Float32Array.from(x!.data, (value) => value * scale) });
  };

  it('becomes a ReLU where no channel clips on the examples', async () => {
    const examples = small(0.001);
    const { graph: equalized, diagnostics } = await run(graph, { relu6: 'unclipped' }, examples);
    expect(equalized.nodes[0]!.attributes).toMatchObject({ activation: 'relu' });
    expect(diagnostics.map((found) => found.message).join()).toContain('never clips on the examples');
    expect(await differenceOn(graph, equalized, await examples.inputs(0, 3))).toBeLessThan(1e-5);
  });

  it('stays where some channels clip, and the others are equalized within its range', async () => {
    const examples = small(1);
    const { graph: equalized, diagnostics } = await run(graph, { relu6: 'unclipped' }, examples);
    expect(equalized.nodes[0]!.attributes).toMatchObject({ activation: 'relu6' });
    expect(diagnostics.map((found) => found.message).join()).toMatch(/leaves [1-7] of 8 channels/);
    expect(equalized).not.toBe(graph);
    expect(await differenceOn(graph, equalized, await examples.inputs(0, 3))).toBeLessThan(1e-5);
  });

  it('is judged by the folded batch norm without examples, and left alone without either', async () => {
    expect((await run(graph, { relu6: 'unclipped' })).graph).toBe(graph);
    const statistics = { mean: new Float32Array(8), deviation: new Float32Array(8).fill(0.5) };
    const known: Graph = { ...graph, values: { ...graph.values, 'a:0': { ...graph.values['a:0']!, statistics } } };
    const { diagnostics } = await run(known, { relu6: 'unclipped' });
    expect(diagnostics.map((found) => found.message).join()).toContain('by its batch norm');
  });
});

describe('smoothing', () => {
  /** layer norm over 12 → three dense layers, as attention has it. */
  function attentionLike(withGamma: boolean): Graph {
    const g = new GraphMaker();
    const shape = [-1, 5, 12];
    const x = g.input('x', shape);
    const parameters = withGamma ? [g.weights('gamma', [12], 3, 1), g.weights('beta', [12])] : [];
    const y = g.node('ln', 'layer-norm', [x, ...parameters], { axes: [-1], epsilon: 1e-3, rms: false }, shape);
    const dense = ['q', 'k', 'v'].map((name) => g.node(name, 'dense', [y, g.weights(`${name}k`, [12, 4], 0.2)], { activation: 'none' }, [-1, 5, 4]));
    return g.build(dense);
  }

  it.each([[true, false], [true, true], [false, true]])('moves large activations into the weights and keeps the function (gamma %s, examples %s)', async (withGamma, withExamples) => {
    const graph = attentionLike(withGamma);
    const { graph: smoothed, modified } = await run(graph, { smooth: 0.5 }, withExamples ? randomExamples(graph, 40, 5) : null);
    checkGraph(smoothed, 'test');
    expect(modified).toBe(true);
    expect(await outputDifference(graph, smoothed)).toBeLessThan(1e-5);
  });

  it('evens out the activations of channels by the examples', async () => {
    const graph = attentionLike(true);
    const { graph: smoothed } = await run(graph, { smooth: 0.9 }, randomExamples(graph, 40, 5));
    const spread = async (given: Graph): Promise<number> => {
      const [y] = await runGraph({ ...given, outputs: ['ln:0'], outputNames: ['ln'] }, inputsOf(given));
      const largest = new Array<number>(12).fill(0);
      for (const [i, value] of y!.data.entries()) largest[i % 12] = Math.max(largest[i % 12]!, Math.abs(value));
      return Math.max(...largest) / Math.min(...largest);
    };
    expect(await spread(smoothed)).toBeLessThan((await spread(graph)) / 2);
  });

  it('works behind a batch norm and behind a multiplication, and not where others read the value', async () => {
    const g = new GraphMaker();
    const bn = g.node('bn', 'batch-norm', [g.input('x', [-1, 6]), g.weights('m', [6]), g.weights('v', [6], 0.1, 1), g.weights('ga', [6], 2), g.weights('be', [6])], { epsilon: 1e-3, axis: -1, activation: 'none' }, [-1, 6]);
    const a = g.node('a', 'dense', [bn, g.weights('ak', [6, 4])], { activation: 'tanh' }, [-1, 4]);
    const mul = g.node('mul', 'mul', [a, g.weights('f', [4], 5)], { activation: 'none' }, [-1, 4]);
    const graph = g.build([g.node('b', 'dense', [mul, g.weights('bk', [4, 3])], { activation: 'none' }, [-1, 3])]);
    const { graph: smoothed, diagnostics } = await run(graph, { smooth: 0.5 });
    expect(diagnostics.map((found) => found.message).join()).toContain('2 normalizations smoothed');
    expect(await outputDifference(graph, smoothed)).toBeLessThan(1e-5);
    const both = { ...graph, outputs: [...graph.outputs, 'mul:0'], outputNames: ['y', 'mul'] };
    expect((await run(both, { smooth: 0.5 })).diagnostics.map((found) => found.message).join()).toContain('its output is the model’s');
  });
});

describe('absorbing high biases', () => {
  it('lowers the range between two layers and changes the outputs hardly', async () => {
    const g = new GraphMaker();
    const a = g.node('a', 'dense', [g.input('x', [-1, 6]), g.weights('ak', [6, 8], 0.4), g.weights('ab', [8], 0, 20)], { activation: 'relu' }, [-1, 8]);
    const made = g.build([g.node('b', 'dense', [a, g.weights('bk', [8, 3])], { activation: 'none' }, [-1, 3])]);
    const statistics = { mean: new Float32Array(8).fill(20), deviation: new Float32Array(8).fill(1) };
    const graph: Graph = { ...made, values: { ...made.values, 'a:0': { ...made.values['a:0']!, statistics } } };
    const { graph: absorbed, diagnostics } = await run(graph, { absorb: true });
    expect(absorbed.nodes[1]!.inputs[2]).toBeTruthy();
    expect(diagnostics.some((found) => found.level === 'warning' && found.message.includes('not exactly'))).toBe(true);
    expect(await outputDifference(graph, absorbed)).toBeLessThan(1e-5);
    const { graph: equalized } = await run(graph);
    const largest = async (given: Graph): Promise<number> => Math.max(...(await runGraph({ ...given, outputs: ['a:0'], outputNames: ['a'] }, inputsOf(given)))[0]!.data);
    expect(await largest(absorbed)).toBeLessThan((await largest(equalized)) / 2);
  });

  it('says why where it cannot', async () => {
    const { diagnostics } = await run(convPair((_g, y) => y, 8, 'relu'), { absorb: true });
    expect(diagnostics.map((found) => found.message).join()).toContain('nothing is known of its outputs');
  });
});

describe('equalizing trained models', () => {
  it.each([['fashion_cnn', 4], ['fashion_mobile', 2]] as const)('keeps what %s computes', async (name, leastPairs) => {
    const { graph, images } = await fashionModel(name);
    const examples = examplesOf({ ...images, shape: [16, 28, 28, 1], data: images.data.slice(0, 16 * 784) });
    const { graph: equalized, diagnostics } = await run(graph, { relu6: 'unclipped' }, examples);
    checkGraph(equalized, 'test');
    const pairs = Number(/(\d+) pairs/.exec(diagnostics.map((found) => found.message).join())![1]);
    expect(pairs).toBeGreaterThanOrEqual(leastPairs);
    expect(await differenceOn(graph, equalized, await examples.inputs(0, 16))).toBeLessThan(1e-5);
  });
});
