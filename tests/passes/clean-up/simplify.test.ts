/** Each rule of simplification on a small graph: what is left, and the same outputs on TensorFlow.js. */
import { describe, expect, it } from 'vitest';
import { checkGraph } from '../../../src/ir/check';
import type { Graph } from '../../../src/ir/graph';
import { float32Tensor, int32Tensor } from '../../../src/ir/tensor';
import { checkOps } from '../../../src/ops/check';
import { totalMacs } from '../../../src/ops/cost';
import { defaultsOf } from '../../../src/options/options';
import { cleanUpOptions } from '../../../src/passes/clean-up/meta';
import { cleanUp } from '../../../src/passes/clean-up/run';
import { conv, depthwise, GraphMaker } from '../../ir/graphs';
import { contextOf, outputDifference } from '../run-graph';

/** Sums in another order, of weights multiplied beforehand. */
const TOLERANCE = 1e-5;
const options = defaultsOf(cleanUpOptions);
const image = [-1, 6, 6, 4] as const;

async function simplified(graph: Graph): Promise<Graph> {
  const { graph: simple } = await cleanUp.run(graph, options, contextOf(options));
  checkGraph(simple, 'simplify');
  checkOps(simple);
  expect(await outputDifference(graph, simple)).toBeLessThan(TOLERANCE);
  expect(totalMacs(simple)).toBeLessThanOrEqual(totalMacs(graph));
  return simple;
}

const opsOf = (graph: Graph): string[] => graph.nodes.map(({ op }) => op);
const attributesOf = (graph: Graph, at = 0): Record<string, unknown> => graph.nodes[at]!.attributes as unknown as Record<string, unknown>;

/** One node after the other on [?, 6, 6, 4], each given by its operator, other inputs, attributes and the shape it gives. */
async function chain(...steps: readonly (readonly [op: string, others: (g: GraphMaker) => string[], attributes: object, shape: readonly number[]])[]): Promise<Graph> {
  const g = new GraphMaker();
  // A node in front, so that what follows does not stand on the input itself.
  let y = g.node('start', 'tanh', [g.input('x', image)], {}, image);
  for (const [i, [op, others, attributes, shape]] of steps.entries()) y = g.node(`n${i}`, op as never, [y, ...others(g)], attributes, shape);
  const simple = await simplified(g.build([y]));
  return { ...simple, nodes: simple.nodes.filter(({ id }) => id !== 'start') };
}

const none = (): string[] => [];
const weights = (name: string, shape: readonly number[]) => (g: GraphMaker) => [g.weights(`${name}/kernel`, shape)];
const biased = (name: string, shape: readonly number[], outputs = shape.at(-1)!) => (g: GraphMaker) => [g.weights(`${name}/kernel`, shape), g.weights(`${name}/bias`, [outputs])];
const filled = (value: number, shape: readonly number[] = []) => (g: GraphMaker) => [g.constant(`c${value}${shape.join()}`, float32Tensor(shape, new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(value)))];

describe('identities', () => {
  it.each([
    ['times one', 'mul', filled(1), { activation: 'none' }],
    ['one a channel', 'mul', filled(1, [4]), { activation: 'none' }],
    ['plus nothing', 'add', filled(0, [1, 1, 4]), { activation: 'none' }],
    ['minus nothing', 'sub', filled(0), { activation: 'none' }],
    ['over one', 'div', filled(1), { activation: 'none' }],
    ['to the power of one', 'pow', filled(1), {}],
    ['a pad of nothing', 'pad', none, { paddings: [[0, 0], [0, 0], [0, 0], [0, 0]], value: 0 }],
    ['a slice of everything', 'slice', none, { begin: [0, 0, 0, 0], size: [-1, 6, -1, 4] }],
    ['a strided slice of everything', 'strided-slice', none, { begin: [0, 0, 0, 0], end: [0, 6, 9, 4], strides: [1, 1, 1, 1], beginMask: 1, endMask: 1, ellipsisMask: 0, newAxisMask: 0, shrinkAxisMask: 0 }],
    ['a tile of one', 'tile', none, { multiples: [1, 1, 1, 1] }],
    ['a pool of one pixel', 'max-pool', none, { kernel: [1, 1], strides: [1, 1], padding: 'same', activation: 'none' }],
  ] as const)('%s goes', async (_name, op, others, attributes) => {
    expect(opsOf(await chain([op, others, attributes, image], ['exp', none, {}, image]))).toEqual(['exp']);
  });

  it('a constant that makes the value wider stays, and so does a slice of an open batch', async () => {
    expect(opsOf(await chain(['mean', none, { axes: [3], keepDims: true }, [-1, 6, 6, 1]], ['mul', filled(1, [4]), { activation: 'none' }, image]))).toEqual(['mean', 'mul']);
    const two = { begin: [0, 0, 0, 0], end: [2, 6, 6, 4], strides: [1, 1, 1, 1], beginMask: 0, endMask: 0, ellipsisMask: 0, newAxisMask: 0, shrinkAxisMask: 0 };
    expect(opsOf(await chain(['strided-slice', none, two, image], ['exp', none, {}, image]))).toEqual(['strided-slice', 'exp']);
  });
});

describe('activations', () => {
  it.each([
    [['relu', 'relu'], ['relu']],
    [['relu6', 'relu'], ['relu6']],
    [['relu', 'relu6'], ['relu6']],
    [['sigmoid', 'relu'], ['sigmoid']],
    [['relu', 'relu-n1-to-1'], ['relu', 'relu-n1-to-1']],
    [['softmax', 'relu6'], ['softmax']],
  ] as const)('%s becomes %s', async (before, after) => {
    const nodes = before.map((op) => [op, none, op === 'softmax' ? { axis: -1 } : {}, image] as const);
    expect(opsOf(await chain(...nodes, ['exp', none, {}, image]))).toEqual([...after, 'exp']);
  });

  it('a relu on a layer that applies one goes, once it is its own', async () => {
    const simple = await chain(['conv2d', weights('a', [1, 1, 4, 4]), { ...conv, activation: 'relu6' }, image], ['relu', none, {}, image], ['exp', none, {}, image]);
    expect(opsOf(simple)).toEqual(['conv2d', 'exp']);
  });
});

describe('chains', () => {
  it('two transposes are one, or none', async () => {
    const [p, q] = [[0, 3, 1, 2], [0, 2, 3, 1]];
    const turned = [-1, 4, 6, 6];
    expect(opsOf(await chain(['transpose', none, { permutation: p }, turned], ['transpose', none, { permutation: q }, image], ['exp', none, {}, image]))).toEqual(['exp']);
    const twice = await chain(['transpose', none, { permutation: p }, turned], ['transpose', none, { permutation: p }, [-1, 6, 4, 6]]);
    expect(twice.nodes.map(({ attributes }) => attributes)).toEqual([{ permutation: [0, 2, 3, 1] }]);
  });

  it('of reshapes in a row the last is left', async () => {
    const simple = await chain(
      ['reshape', none, { shape: [-1, 36, 4] }, [-1, 36, 4]],
      ['expand-dims', none, { axis: 1 }, [-1, 1, 36, 4]],
      ['squeeze', none, { axes: [1] }, [-1, 36, 4]],
      ['flatten', none, {}, [-1, 144]],
    );
    expect(opsOf(simple)).toEqual(['flatten']);
    const open = await chain(['reshape', none, { shape: [-1, 24] }, [-1, 24]], ['flatten', none, {}, [-1, 24]], ['exp', none, {}, [-1, 24]]);
    expect(opsOf(open)).toEqual(['reshape', 'exp']);
  });

  it('a reshape that moves the batch is not taken for one that keeps it', async () => {
    const simple = await chain(['reshape', none, { shape: [-1, 4] }, [-1, 4]], ['expand-dims', none, { axis: 2 }, [-1, 4, 1]], ['flatten', none, {}, [-1, 4]], ['exp', none, {}, [-1, 4]]);
    expect(opsOf(simple)).toEqual(['reshape', 'exp']);
  });

  it('joins are put together, and the parts of a split joined again are the whole', async () => {
    const g = new GraphMaker();
    const x = g.input('x', image);
    const [a, b, c] = ['exp', 'tanh', 'sin'].map((op) => g.node(op, op as never, [x], {}, image)) as [string, string, string];
    const inner = g.node('inner', 'concat', [a, b], { axis: 3, activation: 'none' }, [-1, 6, 6, 8]);
    const outer = g.node('outer', 'concat', [inner, c], { axis: -1, activation: 'none' }, [-1, 6, 6, 12]);
    const joined = await simplified(g.build([outer]));
    expect(opsOf(joined)).toEqual(['exp', 'tanh', 'sin', 'concat']);
    expect(joined.nodes[3]!.inputs).toEqual([a, b, c]);
    const other = new GraphMaker();
    const whole = other.node('e', 'exp', [other.input('x', image)], {}, image);
    const built = other.build([]);
    const parts = ['p', 'q'].map((name) => ({ id: `${name}:0`, name, dtype: 'float32' as const, shape: [-1, 6, 6, 2] }));
    const split = { id: 's', name: 's', op: 'split' as const, inputs: [whole], outputs: ['p:0', 'q:0'], attributes: { axis: -1, count: 2 } };
    const again = { id: 'j', name: 'j', op: 'concat' as const, inputs: ['p:0', 'q:0'], outputs: ['j:0'], attributes: { axis: 3, activation: 'none' as const } };
    const last = { id: 'l', name: 'l', op: 'exp' as const, inputs: ['j:0'], outputs: ['l:0'], attributes: {} };
    const values = { ...built.values, 'p:0': parts[0]!, 'q:0': parts[1]!, 'j:0': { ...parts[0]!, id: 'j:0', shape: image }, 'l:0': { ...parts[0]!, id: 'l:0', shape: image } };
    const graph: Graph = { ...built, nodes: [...built.nodes, split, again, last], values, outputs: ['l:0'], outputNames: ['l'] };
    expect(opsOf(await simplified(graph))).toEqual(['exp', 'exp']);
  });

  it('pads are put together and become the padding of the convolution, by name where it has one', async () => {
    const pads = (before: number, after: number): object => ({ paddings: [[0, 0], [before, after], [before, after], [0, 0]], value: 0 });
    const valid = { ...conv, padding: 'valid', activation: 'tanh' };
    const same = await chain(['pad', none, pads(1, 0), [-1, 7, 7, 4]], ['pad', none, pads(0, 1), [-1, 8, 8, 4]], ['conv2d', biased('a', [3, 3, 4, 5]), valid, [-1, 6, 6, 5]]);
    expect(opsOf(same)).toEqual(['conv2d']);
    expect(attributesOf(same).padding).toBe('same');
    // What Keras's MobileNet does before a stride of two.
    const strided = await chain(['pad', none, pads(0, 1), [-1, 7, 7, 4]], ['depthwise-conv2d', weights('a', [3, 3, 4, 1]), { ...depthwise, padding: 'valid', strides: [2, 2] }, [-1, 3, 3, 4]]);
    expect([opsOf(strided), attributesOf(strided).padding]).toEqual([['depthwise-conv2d'], 'same']);
    const odd = await chain(['pad', none, pads(2, 1), [-1, 9, 9, 4]], ['conv2d', weights('a', [3, 3, 4, 5]), { ...valid, strides: [2, 2] }, [-1, 4, 4, 5]]);
    expect([opsOf(odd), attributesOf(odd).padding]).toEqual([['conv2d'], [[2, 1], [2, 1]]]);
  });

  it('pads of other numbers, of channels, and those that others read stay', async () => {
    const valid = { ...conv, padding: 'valid' };
    const ones = { paddings: [[0, 0], [1, 1], [1, 1], [0, 0]], value: 1 };
    expect(opsOf(await chain(['pad', none, ones, [-1, 8, 8, 4]], ['conv2d', weights('a', [3, 3, 4, 5]), valid, [-1, 6, 6, 5]]))).toEqual(['pad', 'conv2d']);
    const channels = { paddings: [[0, 0], [0, 0], [0, 0], [1, 0]], value: 0 };
    expect(opsOf(await chain(['pad', none, channels, [-1, 6, 6, 5]], ['conv2d', weights('a', [3, 3, 5, 5]), valid, [-1, 4, 4, 5]]))).toEqual(['pad', 'conv2d']);
  });
});

describe('scales', () => {
  it('of one kind are put together', async () => {
    const each = (g: GraphMaker): string[] => [g.weights('each', [4], 1, 2)];
    const simple = await chain(['mul', filled(3), { activation: 'none' }, image], ['div', each, { activation: 'none' }, image], ['mul', filled(0.5), { activation: 'relu' }, image], ['exp', none, {}, image]);
    expect(opsOf(simple)).toEqual(['mul', 'exp']);
    expect(attributesOf(simple)).toEqual({ activation: 'relu' });
    const shifted = await chain(['add', filled(3), { activation: 'none' }, image], ['sub', each, { activation: 'none' }, image], ['exp', none, {}, image]);
    expect(opsOf(shifted)).toEqual(['add', 'exp']);
  });

  it('move into the layer after them, a shift only where nothing is padded', async () => {
    const each = (g: GraphMaker): string[] => [g.weights('each', [4])];
    expect(opsOf(await chain(['mul', each, { activation: 'none' }, image], ['conv2d', biased('a', [3, 3, 4, 5]), conv, [-1, 6, 6, 5]]))).toEqual(['conv2d']);
    expect(opsOf(await chain(['mul', each, { activation: 'none' }, image], ['depthwise-conv2d', weights('a', [3, 3, 4, 2]), depthwise, [-1, 6, 6, 8]]))).toEqual(['depthwise-conv2d']);
    const shifted = await chain(['add', each, { activation: 'none' }, image], ['conv2d', weights('a', [3, 3, 4, 5]), { ...conv, padding: 'valid' }, [-1, 4, 4, 5]]);
    expect([opsOf(shifted), shifted.nodes[0]!.inputs.length]).toEqual([['conv2d'], 3]);
    expect(opsOf(await chain(['add', each, { activation: 'none' }, image], ['conv2d', weights('a', [3, 3, 4, 5]), conv, [-1, 6, 6, 5]]))).toEqual(['add', 'conv2d']);
  });

  it('of the input itself stay, since they say that it is bytes', async () => {
    const g = new GraphMaker();
    const scaled = g.node('scaled', 'mul', [g.input('x', image), filled(1 / 255)(g)[0]!], { activation: 'none' }, image);
    const y = g.node('c', 'conv2d', [scaled, g.weights('k', [3, 3, 4, 5])], conv, [-1, 6, 6, 5]);
    expect(opsOf(await simplified(g.build([y])))).toEqual(['mul', 'conv2d']);
  });
});

describe('layers in a row', () => {
  it('of dense ones that widen nothing become one', async () => {
    const flat = ['flatten', none, {}, [-1, 144]] as const;
    const simple = await chain(flat, ['dense', biased('a', [144, 40]), { activation: 'none' }, [-1, 40]], ['dense', biased('b', [40, 3]), { activation: 'tanh' }, [-1, 3]]);
    expect([opsOf(simple), attributesOf(simple, 1)]).toEqual([['flatten', 'dense'], { activation: 'tanh' }]);
    const thin = await chain(flat, ['dense', biased('a', [144, 3]), { activation: 'none' }, [-1, 3]], ['dense', biased('b', [3, 40]), { activation: 'none' }, [-1, 40]]);
    expect(opsOf(thin)).toEqual(['flatten', 'dense', 'dense']);
  });

  it('1×1 after a convolution, after a depthwise one, and before one become one where that is cheaper', async () => {
    const after = await chain(['conv2d', biased('a', [3, 3, 4, 12]), { ...conv, strides: [2, 2] }, [-1, 3, 3, 12]], ['conv2d', biased('b', [1, 1, 12, 2]), { ...conv, activation: 'tanh' }, [-1, 3, 3, 2]]);
    expect([opsOf(after), attributesOf(after)]).toEqual([['conv2d'], { ...conv, strides: [2, 2], activation: 'tanh' }]);
    const pointwise = await chain(['depthwise-conv2d', biased('a', [1, 1, 4, 3], 12), depthwise, [-1, 6, 6, 12]], ['conv2d', biased('b', [1, 1, 12, 5]), conv, [-1, 6, 6, 5]]);
    expect(opsOf(pointwise)).toEqual(['conv2d']);
    const few = await chain(['depthwise-conv2d', biased('a', [3, 3, 4, 4], 16), { ...depthwise, dilations: [2, 1] }, [-1, 6, 6, 16]], ['conv2d', weights('b', [1, 1, 16, 2]), conv, [-1, 6, 6, 2]]);
    expect([opsOf(few), attributesOf(few).dilations]).toEqual([['conv2d'], [2, 1]]);
    const before = await chain(['conv2d', weights('a', [1, 1, 4, 30]), conv, [-1, 6, 6, 30]], ['conv2d', biased('b', [3, 3, 30, 2]), conv, [-1, 6, 6, 2]]);
    expect(opsOf(before)).toEqual(['conv2d']);
    const unpadded = await chain(['conv2d', biased('a', [1, 1, 4, 30]), conv, [-1, 6, 6, 30]], ['conv2d', biased('b', [3, 3, 30, 2]), { ...conv, padding: 'valid' }, [-1, 4, 4, 2]]);
    expect(opsOf(unpadded)).toEqual(['conv2d']);
    const scale = await chain(['conv2d', biased('a', [3, 3, 4, 5]), conv, [-1, 6, 6, 5]], ['depthwise-conv2d', biased('b', [1, 1, 5, 1], 5), depthwise, [-1, 6, 6, 5]]);
    expect(opsOf(scale)).toEqual(['conv2d']);
  });

  it('stay where merging costs more, where a bias meets padding, where an activation stands between, and where a pass pruned', async () => {
    const separable = await chain(['depthwise-conv2d', weights('a', [3, 3, 4, 1]), depthwise, image], ['conv2d', weights('b', [1, 1, 4, 16]), conv, [-1, 6, 6, 16]]);
    expect(opsOf(separable)).toEqual(['depthwise-conv2d', 'conv2d']);
    const border = await chain(['conv2d', biased('a', [1, 1, 4, 30]), conv, [-1, 6, 6, 30]], ['conv2d', weights('b', [3, 3, 30, 2]), conv, [-1, 6, 6, 2]]);
    expect(opsOf(border)).toEqual(['conv2d', 'conv2d']);
    const between = await chain(['conv2d', weights('a', [1, 1, 4, 30]), { ...conv, activation: 'relu' }, [-1, 6, 6, 30]], ['conv2d', weights('b', [1, 1, 30, 2]), conv, [-1, 6, 6, 2]]);
    expect(opsOf(between)).toEqual(['conv2d', 'conv2d']);
    const zeros = (g: GraphMaker): string[] => [g.constant('z/kernel', float32Tensor([1, 1, 4, 30], Float32Array.from({ length: 120 }, (_, i) => (i % 2 ? 0 : i - 60))))];
    const pruned = await chain(['conv2d', zeros, conv, [-1, 6, 6, 30]], ['conv2d', weights('b', [1, 1, 30, 2]), conv, [-1, 6, 6, 2]]);
    expect(opsOf(pruned)).toEqual(['conv2d', 'conv2d']);
  });
});

describe('layers side by side', () => {
  const branch = (g: GraphMaker, name: string, x: string, outputs: number, extra: object = {}, kernel = 1): string =>
    g.node(name, 'conv2d', [x, g.weights(`${name}/kernel`, [kernel, kernel, 4, outputs]), ...(name === 'b' ? [] : [g.weights(`${name}/bias`, [outputs])])], { ...conv, ...extra }, [-1, 6, 6, outputs]);

  it('that are joined become one, also when others are joined with them', async () => {
    const g = new GraphMaker();
    const x = g.node('e', 'exp', [g.input('x', image)], {}, image);
    const relu = { activation: 'relu' };
    const parts = [branch(g, 'w', x, 3, relu, 3), branch(g, 'a', x, 2, relu), branch(g, 'b', x, 5, relu), branch(g, 'c', x, 1, relu), branch(g, 'o', x, 2)];
    const joined = g.node('j', 'concat', parts, { axis: -1, activation: 'none' }, [-1, 6, 6, 13]);
    const simple = await simplified(g.build([joined]));
    expect(simple.nodes.map(({ id }) => id)).toEqual(['e', 'w', 'a', 'o', 'j']);
    expect(simple.nodes.at(-1)!.inputs).toEqual(['w:0', 'a:0', 'o:0']);
  });

  it('that are all that is joined take the place of the join, with its activation', async () => {
    const g = new GraphMaker();
    const x = g.node('e', 'exp', [g.input('x', image)], {}, image);
    const joined = g.node('j', 'concat', [branch(g, 'a', x, 2), branch(g, 'b', x, 5)], { axis: 3, activation: 'relu' }, [-1, 6, 6, 7]);
    const simple = await simplified(g.build([g.node('s', 'sin', [joined], {}, [-1, 6, 6, 7])]));
    expect(opsOf(simple)).toEqual(['exp', 'conv2d', 'sin']);
    expect(attributesOf(simple, 1).activation).toBe('relu');
  });

  it('that are added become one, a 1×1 in the middle of the window', async () => {
    const g = new GraphMaker();
    const x = g.node('e', 'exp', [g.input('x', image)], {}, image);
    const pair = g.node('s1', 'add', [branch(g, 'a', x, 3), branch(g, 'b', x, 3, {}, 3)], { activation: 'none' }, [-1, 6, 6, 3]);
    const simple = await simplified(g.build([g.node('s2', 'add', [pair, branch(g, 'c', x, 3)], { activation: 'relu' }, [-1, 6, 6, 3])]));
    expect(opsOf(simple)).toEqual(['exp', 'conv2d']);
    expect(simple.values[simple.nodes[1]!.inputs[1]!]!.shape).toEqual([3, 3, 4, 3]);
  });

  it('that differ, that others read, or that share a kernel stay', async () => {
    const g = new GraphMaker();
    const x = g.node('e', 'exp', [g.input('x', image)], {}, image);
    const [a, b] = [branch(g, 'a', x, 2, { strides: [2, 2] }), branch(g, 'b', x, 2, { strides: [2, 2], activation: 'relu' })];
    const c = branch(g, 'c', x, 2, { strides: [2, 2], activation: 'relu' });
    const half = [-1, 3, 3, 2];
    const graph = g.build([g.node('j', 'concat', [a, b, c], { axis: -1, activation: 'none' }, [-1, 3, 3, 6]), c]);
    const sized: Graph = { ...graph, values: Object.fromEntries(Object.entries(graph.values).map(([id, value]) => [id, [a, b, c].includes(id) ? { ...value, shape: half } : value])) };
    expect(opsOf(await simplified(sized))).toEqual(['exp', 'conv2d', 'conv2d', 'conv2d', 'concat']);
  });
});

it('does nothing where numbers stand on a grid', async () => {
  const g = new GraphMaker();
  const x = g.input('x', image);
  const a = g.node('a', 'relu', [x], {}, image);
  const b = g.node('b', 'relu', [a], {}, image);
  const graph = g.build([g.node('c', 'exp', [b], {}, image)]);
  const quantization = { dtype: 'int8', scale: 1 / 32, zeroPoint: 0 } as const;
  const values = { ...graph.values, [a]: { ...graph.values[a]!, quantization }, [b]: { ...graph.values[b]!, quantization } };
  expect(opsOf(await simplified({ ...graph, values }))).toEqual(['relu', 'relu', 'exp']);
});

it('counts what it did', async () => {
  const g = new GraphMaker();
  const shape = g.constant('s', int32Tensor([2], [-1, 144]));
  const y = g.node('r', 'reshape', [g.node('f', 'flatten', [g.input('x', image)], {}, [-1, 144]), shape], { shape: null }, [-1, 144]);
  const { diagnostics } = await cleanUp.run(g.build([y]), options, contextOf(options));
  expect(diagnostics.map(({ message }) => message)).toEqual(['Reshapes that another follows: 1.', 'Nodes that no output needs removed: 1.']);
});
