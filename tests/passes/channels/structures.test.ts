/** Structures that networks are made of: what goes together, what must stay and why, and that removing is the same as zeroing. */
import { describe, expect, it } from 'vitest';
import type { Graph } from '../../../src/ir/graph';
import { int32Tensor, type Encoding } from '../../../src/ir/tensor';
import { checkGraph } from '../../../src/ir/check';
import { checkOps } from '../../../src/ops/check';
import { channelGroups, type ChannelGroup } from '../../../src/passes/channels/groups';
import { traceChannels } from '../../../src/passes/channels/trace';
import { conv, depthwise, GraphMaker, smallConvNet } from '../../ir/graphs';
import { outputDifference } from '../run-graph';
import { pruneAndMask } from './masked';

/** Float32 sums in another order, relative to the largest output. */
const TOLERANCE = 1e-5;

const groupsOf = (graph: Graph): ChannelGroup[] => channelGroups(traceChannels(graph));
const removable = (graph: Graph): string[] => groupsOf(graph).filter(({ refused }) => refused === null).map(({ name, channels }) => `${name}: ${channels}`);
const refusalOf = (graph: Graph, name: string): string | null | undefined => groupsOf(graph).find((group) => group.name === name)?.refused;
const makersOf = (graph: Graph, name: string): string[] => groupsOf(graph).find((group) => group.name === name)!.layers.filter(({ role }) => role === 'makes').map((layer) => layer.name);

async function expectPrunedAsMasked(graph: Graph): Promise<Graph> {
  for (const share of [0.25, 0.6]) {
    const { pruned, masked, removedUnits } = pruneAndMask(graph, share);
    checkGraph(pruned, 'test');
    checkOps(pruned);
    expect(removedUnits).toBeGreaterThan(0);
    expect(await outputDifference(masked, pruned)).toBeLessThanOrEqual(TOLERANCE);
  }
  return pruneAndMask(graph, 0.5).pruned;
}

function convolution(g: GraphMaker, name: string, x: string, from: number, to: number, options: object = {}, size = 6): string {
  const { groups = 1 } = options as { groups?: number };
  const kernel = g.weights(`${name}/kernel`, [3, 3, from / groups, to], 0.3);
  return g.node(name, 'conv2d', [x, kernel, g.weights(`${name}/bias`, [to], 0.3)], { ...conv, ...options }, [-1, size, size, to]);
}

function head(g: GraphMaker, x: string, channels: number): Graph {
  const mean = g.node('pool', 'mean', [x], { axes: [1, 2], keepDims: false }, [-1, channels]);
  return g.build([g.node('head', 'dense', [mean, g.weights('head/kernel', [channels, 3]), g.weights('head/bias', [3])], { activation: 'none' }, [-1, 3])]);
}

describe('channels that go together', () => {
  it('are those of a convolution, its batch norms, a depthwise layer and the flattened rows of a dense one', async () => {
    const graph = smallConvNet();
    expect(groupsOf(graph)).toMatchObject([
      { name: 'conv', channels: 8, units: 8, refused: null, weights: expect.arrayContaining(['conv/kernel', 'bn1/gamma', 'dw/kernel', 'dw/bias', 'bn2/variance', 'dense/kernel']) },
      { name: 'dense', refused: '"softmax" (softmax) computes across it' },
    ]);
    const pruned = await expectPrunedAsMasked(graph);
    expect(pruned.values['conv/kernel']!.shape).toEqual([3, 3, 3, 4]);
    expect(pruned.values['dense/kernel']!.shape).toEqual([6 * 6 * 4, 5]);
  });

  it('are all that a residual stream is added from, and those within an inverted residual block by themselves', async () => {
    const g = new GraphMaker();
    const stem = convolution(g, 'stem', g.input('x', [-1, 6, 6, 3]), 3, 8);
    let stream = stem;
    for (const block of ['a', 'b']) {
      const expanded = g.node(`${block}/relu6`, 'relu6', [convolution(g, `${block}/expand`, stream, 8, 12)], {}, [-1, 6, 6, 12]);
      const filtered = g.node(`${block}/filter`, 'depthwise-conv2d', [expanded, g.weights(`${block}/filter/kernel`, [3, 3, 12, 1])], depthwise, [-1, 6, 6, 12]);
      const projected = convolution(g, `${block}/project`, filtered, 12, 8);
      stream = g.node(`${block}/add`, 'add', [stream, projected], { activation: 'none' }, [-1, 6, 6, 8]);
    }
    const graph = head(g, stream, 8);
    expect(removable(graph)).toEqual(['stem and 2 more: 8', 'a/expand: 12', 'b/expand: 12']);
    expect(makersOf(graph, 'stem and 2 more')).toEqual(['stem', 'a/project', 'b/project']);
    await expectPrunedAsMasked(graph);
  });

  it('keep the places of their parts in a concat of a concat', async () => {
    const g = new GraphMaker();
    const x = convolution(g, 'stem', g.input('x', [-1, 6, 6, 3]), 3, 4);
    const first = convolution(g, 'first', x, 4, 3);
    const joined = g.node('join', 'concat', [x, first], { axis: -1, activation: 'none' }, [-1, 6, 6, 7]);
    const second = convolution(g, 'second', joined, 7, 5);
    const all = g.node('all', 'concat', [second, joined, x], { axis: 3, activation: 'none' }, [-1, 6, 6, 16]);
    const graph = head(g, all, 16);
    expect(removable(graph)).toEqual(['stem: 4', 'first: 3', 'second: 5']);
    const pruned = await expectPrunedAsMasked(graph);
    expect(pruned.values['head/kernel']!.shape![0]).toBe(2 + (2 + 1) + 2);
  });

  it('are gated by a squeeze-and-excitation branch, whose own inside goes by itself', async () => {
    const g = new GraphMaker();
    const x = convolution(g, 'stem', g.input('x', [-1, 6, 6, 3]), 3, 8);
    const squeezed = g.node('squeeze', 'mean', [x], { axes: [1, 2], keepDims: true }, [-1, 1, 1, 8]);
    const inner = g.node('reduce', 'conv2d', [squeezed, g.weights('reduce/kernel', [1, 1, 8, 4])], { ...conv, activation: 'relu' }, [-1, 1, 1, 4]);
    const gate = g.node('expand', 'conv2d', [inner, g.weights('expand/kernel', [1, 1, 4, 8])], { ...conv, activation: 'sigmoid' }, [-1, 1, 1, 8]);
    const graph = head(g, g.node('gated', 'mul', [x, gate], { activation: 'none' }, [-1, 6, 6, 8]), 8);
    expect(removable(graph)).toEqual(['stem and 1 more: 8', 'reduce: 4']);
    expect(makersOf(graph, 'stem and 1 more')).toEqual(['stem', 'expand']);
    await expectPrunedAsMasked(graph);
  });

  it('are at the same place of every group of a grouped convolution', async () => {
    const g = new GraphMaker();
    const x = convolution(g, 'stem', g.input('x', [-1, 6, 6, 3]), 3, 8);
    const graph = head(g, convolution(g, 'grouped', x, 8, 12, { groups: 2 }), 12);
    expect(groupsOf(graph).slice(0, 2)).toMatchObject([{ name: 'stem', channels: 8, units: 4 }, { name: 'grouped', channels: 12, units: 6 }]);
    const pruned = await expectPrunedAsMasked(graph);
    expect(pruned.values['grouped/kernel']!.shape).toEqual([3, 3, 2, 6]);
  });

  it('are the groups themselves where a group has one input', async () => {
    const g = new GraphMaker();
    const x = convolution(g, 'stem', g.input('x', [-1, 6, 6, 3]), 3, 8);
    const graph = head(g, convolution(g, 'grouped', x, 8, 16, { groups: 8 }), 16);
    const pruned = await expectPrunedAsMasked(graph);
    expect(pruned.nodes[1]!.attributes).toMatchObject({ groups: 4 });
    expect(pruned.values['grouped/kernel']!.shape).toEqual([3, 3, 1, 8]);
  });

  it('include every output of a depthwise channel', async () => {
    const g = new GraphMaker();
    const x = convolution(g, 'stem', g.input('x', [-1, 6, 6, 3]), 3, 8);
    const filtered = g.node('filter', 'depthwise-conv2d', [x, g.weights('filter/kernel', [3, 3, 8, 2]), g.weights('filter/bias', [16])], depthwise, [-1, 6, 6, 16]);
    const graph = head(g, filtered, 16);
    expect(removable(graph)).toEqual(['stem: 8']);
    await expectPrunedAsMasked(graph);
  });

  it('are not tied by a bias that two layers store once', async () => {
    const g = new GraphMaker();
    const bias = g.weights('zeros', [8], 0);
    const layer = (name: string, x: string, from: number): string => g.node(name, 'conv2d', [x, g.weights(`${name}/kernel`, [3, 3, from, 8], 0.3), bias], { ...conv, activation: 'relu' }, [-1, 6, 6, 8]);
    const graph = head(g, layer('second', layer('first', g.input('x', [-1, 6, 6, 3]), 3), 8), 8);
    expect(removable(graph)).toEqual(['first: 8', 'second: 8']);
    await expectPrunedAsMasked(graph);
  });

  it('are those of all calls of a shared layer', async () => {
    const g = new GraphMaker();
    const x = convolution(g, 'stem', g.input('x', [-1, 6, 6, 3]), 3, 8);
    const kernel = g.weights('shared/kernel', [3, 3, 8, 8], 0.3);
    const once = g.node('once', 'conv2d', [x, kernel], { ...conv, activation: 'relu' }, [-1, 6, 6, 8]);
    const twice = g.node('twice', 'conv2d', [once, kernel], conv, [-1, 6, 6, 8]);
    const graph = head(g, twice, 8);
    expect(removable(graph)).toEqual(['stem and 2 more: 8']);
    await expectPrunedAsMasked(graph);
  });

  it('are units of a recurrent layer, with their columns of every gate', async () => {
    const g = new GraphMaker();
    const steps = g.input('x', [-1, 5, 4]);
    const dense = g.node('dense', 'dense', [steps, g.weights('dense/kernel', [4, 6])], { activation: 'relu' }, [-1, 5, 6]);
    const gated = { recurrentActivation: 'sigmoid', activation: 'tanh', goBackwards: false, zeroOutputForMask: false };
    const lstm = g.node('lstm', 'lstm', [dense, g.weights('lstm/kernel', [6, 20]), g.weights('lstm/recurrent', [5, 20]), g.weights('lstm/bias', [20])], { ...gated, returnSequences: true }, [-1, 5, 5]);
    const gru = g.node('gru', 'gru', [lstm, g.weights('gru/kernel', [5, 12]), g.weights('gru/recurrent', [4, 12]), g.weights('gru/bias', [2, 12])], { ...gated, returnSequences: false, resetAfter: true }, [-1, 4]);
    const graph = g.build([g.node('head', 'dense', [gru, g.weights('head/kernel', [4, 2])], { activation: 'none' }, [-1, 2])]);
    expect(removable(graph)).toEqual(['dense: 6', 'lstm: 5', 'gru: 4']);
    const pruned = await expectPrunedAsMasked(graph);
    expect(pruned.values['lstm/recurrent']!.shape).toEqual([2, 8]);
    expect(pruned.values['gru/bias']!.shape).toEqual([2, 6]);
  });

  it('stay in their places through a shuffle, a split, slices and depth to space', async () => {
    const g = new GraphMaker();
    const x = convolution(g, 'stem', g.input('x', [-1, 6, 6, 3]), 3, 8);
    const halves = g.node('halves', 'reshape', [x], { shape: [-1, 6, 6, 2, 4] }, [-1, 6, 6, 2, 4]);
    const turned = g.node('turned', 'transpose', [halves], { permutation: [0, 1, 2, 4, 3] }, [-1, 6, 6, 4, 2]);
    const shuffled = g.node('shuffled', 'reshape', [turned], { shape: [-1, 6, 6, 8] }, [-1, 6, 6, 8]);
    const wide = convolution(g, 'wide', shuffled, 8, 16);
    const part = g.node('part', 'slice', [wide], { begin: [0, 0, 0, 2], size: [-1, 6, 6, 12] }, [-1, 6, 6, 12]);
    const strided = g.node('strided', 'strided-slice', [part], { begin: [0, 4], end: [0, 12], strides: [1, 1], beginMask: 0, endMask: 0, ellipsisMask: 1, newAxisMask: 0, shrinkAxisMask: 0 }, [-1, 6, 6, 8]);
    const finer = g.node('finer', 'depth-to-space', [strided], { blockSize: 2 }, [-1, 12, 12, 2]);
    const last = convolution(g, 'last', finer, 2, 6, {}, 12);
    const graph = head(g, last, 6);
    expect(groupsOf(graph).find(({ name }) => name === 'stem')).toMatchObject({ channels: 8, units: 4 });
    await expectPrunedAsMasked(graph);
  });

  it('end the size that a transposed convolution is told to give', async () => {
    const g = new GraphMaker();
    const x = convolution(g, 'stem', g.input('x', [3, 6, 6, 3]), 3, 4);
    const size = g.constant('size', int32Tensor([4], [3, 12, 12, 8]));
    const up = g.node('up', 'transpose-conv2d', [x, g.weights('up/kernel', [3, 3, 8, 4]), g.weights('up/bias', [8]), size], { strides: [2, 2], padding: 'same', dilations: [1, 1], outputPadding: null, activation: 'none' }, [3, 12, 12, 8]);
    const graph = head(g, up, 8);
    expect(removable(graph)).toEqual(['stem: 4', 'up: 8']);
    await expectPrunedAsMasked(graph);
  });

  it('come out of padding, and go with what they are added to', async () => {
    const g = new GraphMaker();
    const x = convolution(g, 'stem', g.input('x', [-1, 6, 6, 3]), 3, 4);
    const padded = g.node('padded', 'pad', [x], { paddings: [[0, 0], [0, 0], [0, 0], [1, 3]], value: 0 }, [-1, 6, 6, 8]);
    const other = convolution(g, 'other', x, 4, 8);
    const graph = head(g, g.node('sum', 'add', [padded, other], { activation: 'none' }, [-1, 6, 6, 8]), 8);
    expect(removable(graph)).toEqual(['stem and 1 more: 4', 'other: 4']);
    await expectPrunedAsMasked(graph);
  });
});

describe('weights that are no plain floats', () => {
  const encodings: Readonly<Record<string, Encoding>> = {
    'a grid for each channel': { kind: 'affine', bits: 8, signed: true, values: Int8Array.from({ length: 216 }, (_, i) => (i * 37) % 100), scale: Float32Array.from({ length: 8 }, (_, i) => 0.01 * (i + 1)), zeroPoint: Float64Array.from({ length: 8 }, (_, i) => i), axis: 3, blockSize: null },
    'one grid': { kind: 'affine', bits: 8, signed: false, values: Uint8Array.from({ length: 216 }, (_, i) => (i * 37) % 100), scale: Float32Array.of(0.01), zeroPoint: Float64Array.of(50), axis: null, blockSize: null },
    'a palette for each channel': { kind: 'palette', bits: 1, indices: Uint8Array.from({ length: 216 }, (_, i) => (i * 7) % 2), codebook: Float32Array.from({ length: 16 }, (_, i) => i / 10), codebookStorage: 'float32', axis: 3 },
    'half floats': { kind: 'dense', storage: 'float16', data: Uint16Array.from({ length: 216 }, (_, i) => 0x3000 + i) },
  };

  it.each(Object.keys(encodings))('keep their encoding: %s', async (name) => {
    const graph = smallConvNet();
    const kernel = graph.values['conv/kernel']!;
    const encoded = { ...graph, values: { ...graph.values, 'conv/kernel': { ...kernel, tensor: { ...kernel.tensor!, encoding: encodings[name]! } } } };
    const pruned = await expectPrunedAsMasked(encoded);
    expect(pruned.values['conv/kernel']!.tensor!.encoding.kind).toBe(encodings[name]!.kind);
  });
});

describe('channels that stay', () => {
  const through = (op: Parameters<GraphMaker['node']>[1], attributes: object, weights: (g: GraphMaker) => string[] = () => []): Graph => {
    const g = new GraphMaker();
    const x = convolution(g, 'stem', g.input('x', [-1, 6, 6, 3]), 3, 8);
    return head(g, g.node('what', op, [x, ...weights(g)], attributes, [-1, 6, 6, 8]), 8);
  };

  it('are those that an operator computes across', () => {
    expect(refusalOf(through('softmax', { axis: -1 }), 'stem')).toBe('"what" (softmax) computes across it');
    expect(refusalOf(through('layer-norm', { axes: [3], epsilon: 1e-3, rms: false }), 'stem')).toBe('"what" (layer-norm) takes its mean and variance across it');
    expect(refusalOf(through('group-norm', { groups: 2, epsilon: 1e-3 }), 'stem')).toBe('"what" (group-norm) takes its mean and variance across it');
    expect(refusalOf(through('local-response-norm', { radius: 2, bias: 1, alpha: 1, beta: 0.5 }), 'stem')).toBe('"what" (local-response-norm) computes across it');
  });

  it('are those that are joined with the input, or shown as an output', () => {
    const g = new GraphMaker();
    const input = g.input('x', [-1, 6, 6, 3]);
    const sum = g.node('sum', 'add', [input, convolution(g, 'stem', input, 3, 3)], { activation: 'none' }, [-1, 6, 6, 3]);
    const graph = g.build([convolution(g, 'last', sum, 3, 4)]);
    expect(refusalOf(graph, 'stem')).toBe('"sum" (add) joins it with what cannot change');
    expect(refusalOf(graph, 'last')).toBe('it is the model\'s output "last:0"');
    expect(removable(graph)).toEqual([]);
  });

  it('are those of weights that are quantized in blocks', () => {
    const graph = smallConvNet();
    const kernel = graph.values['conv/kernel']!;
    const encoding = { kind: 'affine', bits: 8, signed: true, values: new Int8Array(216), scale: new Float32Array(108).fill(1), zeroPoint: new Float64Array(108), axis: 3, blockSize: 4 } as const;
    const quantized = { ...graph, values: { ...graph.values, 'conv/kernel': { ...kernel, tensor: { ...kernel.tensor!, encoding } } } };
    expect(refusalOf(quantized, 'conv')).toBe('"conv/kernel" is quantized in blocks: prune before that');
  });

  it('are those whose new shape is known at run time only, and those that nothing follows', () => {
    const g = new GraphMaker();
    const x = convolution(g, 'stem', g.input('x', [-1, 6, 6, 3]), 3, 8);
    const shape = g.input('shape', [3]);
    const graph = g.build([g.node('what', 'reshape', [x, shape], { shape: null }, [-1, -1, -1])]);
    expect(refusalOf(graph, 'stem')).toBe('the shape that "what" gives it is known at run time only');
    expect(refusalOf(through('top-k', { k: 8, sorted: true }), 'stem')).toBe('channels cannot be followed through "what" (top-k)');
  });

  it('are those that hang together as a whole', () => {
    const g = new GraphMaker();
    const x = convolution(g, 'stem', g.input('x', [-1, 6, 6, 3]), 3, 8);
    const reversed = g.node('reversed', 'concat', [g.node('a', 'slice', [x], { begin: [0, 0, 0, 1], size: [-1, 6, 6, 7] }, [-1, 6, 6, 7]), g.node('b', 'slice', [x], { begin: [0, 0, 0, 0], size: [-1, 6, 6, 1] }, [-1, 6, 6, 1])], { axis: 3, activation: 'none' }, [-1, 6, 6, 8]);
    const graph = head(g, g.node('sum', 'add', [x, reversed], { activation: 'none' }, [-1, 6, 6, 8]), 8);
    expect(refusalOf(graph, 'stem')).toBe('all its channels hang together');
  });
});
