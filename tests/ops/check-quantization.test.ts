// Every rule of integer models is caught when it is broken, with the node's name; a graph that keeps them passes.
import { describe, expect, it } from 'vitest';
import type { Graph, Node, Value } from '../../src/ir/graph';
import type { Quantization } from '../../src/ir/quantization';
import type { AffineEncoding } from '../../src/ir/tensor';
import { checkQuantization } from '../../src/ops/check-quantization';
import { conv, GraphMaker, smallConvNet } from '../ir/graphs';

const grid = (scale: number, zeroPoint = 0, dtype: Quantization['dtype'] = 'int8'): Quantization => ({ dtype, scale, zeroPoint });
const INPUT = grid(0.5, 3);
const HIDDEN = grid(0.25, -128);
const SOFTMAX = grid(1 / 256, -128);

function affine(shape: readonly number[], values: AffineEncoding['values'], scale: readonly number[], axis: number | null, bits: AffineEncoding['bits'] = 8) {
  const encoding: AffineEncoding = { kind: 'affine', bits, signed: true, values, scale: Float32Array.from(scale), zeroPoint: new Float64Array(scale.length), axis, blockSize: null };
  return { dtype: 'float32', shape, encoding } as const;
}

/** x → conv 1 × 1, two channels → max-pool → softmax, all int8. */
function integerNet(): Graph {
  const g = new GraphMaker();
  const x = g.input('x', [-1, 2, 2, 1]);
  const kernel = g.constant('kernel', affine([1, 1, 1, 2], Int8Array.of(127, -64), [0.5, 0.25], 3));
  const bias = g.constant('bias', affine([2], Int32Array.of(4, -9), [0.25, 0.125], 0, 32));
  const y = g.node('conv', 'conv2d', [x, kernel, bias], conv, [-1, 2, 2, 2]);
  const pooled = g.node('pool', 'max-pool', [y], { kernel: [2, 2], strides: [2, 2], padding: 'valid', activation: 'none' }, [-1, 1, 1, 2]);
  const out = g.node('softmax', 'softmax', [pooled], { axis: -1 }, [-1, 1, 1, 2]);
  const graph = g.build([out]);
  return withGrids(graph, { x: INPUT, 'conv:0': HIDDEN, 'pool:0': HIDDEN, 'softmax:0': SOFTMAX });
}

function withGrids(graph: Graph, grids: Readonly<Record<string, Quantization | undefined>>): Graph {
  const values = { ...graph.values };
  for (const [id, quantization] of Object.entries(grids)) {
    const { quantization: _, ...rest } = values[id]!;
    values[id] = quantization ? { ...rest, quantization } : rest;
  }
  return { ...graph, values };
}

function withConstant(graph: Graph, id: string, change: Partial<AffineEncoding>): Graph {
  const value = graph.values[id]!;
  const tensor = { ...value.tensor!, encoding: { ...value.tensor!.encoding, ...change } as AffineEncoding };
  return { ...graph, values: { ...graph.values, [id]: { ...value, tensor } } };
}

const broken: [string, () => Graph, RegExp][] = [
  ['an activation is left float', () => withGrids(integerNet(), { 'conv:0': undefined }), /conv \(conv2d\).*some of its activations are integers and some floats/],
  ['types are mixed', () => withGrids(integerNet(), { x: grid(0.5, 0, 'int16') }), /conv \(conv2d\).*several types: int16, int8/],
  ['a pool changes the grid', () => withGrids(integerNet(), { 'pool:0': grid(0.125, -128) }), /pool \(max-pool\).*one grid/],
  ['a softmax has another output', () => withGrids(integerNet(), { 'softmax:0': grid(1 / 128, -128) }), /softmax \(softmax\).*0\.00390625/],
  ['a kernel is float', () => ({ ...integerNet(), values: { ...integerNet().values, kernel: { ...integerNet().values.kernel!, tensor: { dtype: 'float32', shape: [1, 1, 1, 2], encoding: { kind: 'dense', storage: 'float32', data: Float32Array.of(1, 2) } } } } }), /constant kernel is not quantized/],
  ['a kernel has a zero point', () => withConstant(integerNet(), 'kernel', { zeroPoint: Float64Array.of(0, 1) }), /kernel kernel is not symmetric/],
  ['a kernel holds −128', () => withConstant(integerNet(), 'kernel', { values: Int8Array.of(-128, 5) }), /narrow range/],
  ['a kernel has scales along another axis', () => withConstant(integerNet(), 'kernel', { axis: 2, scale: Float32Array.of(0.5), zeroPoint: Float64Array.of(0) }), /axis 2; output channels lie along axis 3/],
  ['a kernel has 16 bits', () => withConstant(integerNet(), 'kernel', { bits: 16, values: Int16Array.of(5, 6) }), /16 bits; integer kernels take 8 or 4/],
  ['a bias has another scale', () => withConstant(integerNet(), 'bias', { scale: Float32Array.of(0.25, 0.25) }), /bias bias has scale 0\.25 at output 1; input scale × kernel scale is 0\.125/],
  ['a bias has 8 bits', () => withConstant(integerNet(), 'bias', { bits: 8, values: Int8Array.of(4, -9) }), /bias bias has 8 bits/],
  ['a bias has a zero point', () => withConstant(integerNet(), 'bias', { zeroPoint: Float64Array.of(1, 0) }), /bias bias has a zero point/],
  ['a scale is no float32 number', () => withGrids(integerNet(), { x: grid(0.1, 3) }), /quantization of x.*float32/],
  ['a zero point is out of range', () => withGrids(integerNet(), { x: grid(0.5, 128) }), /quantization of x.*outside −?-128…127/],
  ['16 bits have a zero point', () => withGrids(integerNet(), { x: grid(0.5, 1, 'int16') }), /16-bit activations have zero point 0/],
];

describe('the check of an integer graph', () => {
  it('passes a graph that keeps the rules, and one without any grid', () => {
    expect(() => checkQuantization(integerNet())).not.toThrow();
    expect(() => checkQuantization(smallConvNet())).not.toThrow();
  });

  it.each(broken)('fails when %s', (_what, make, says) => {
    expect(make).not.toThrow();
    expect(() => checkQuantization(make())).toThrow(expect.objectContaining({ name: 'GraphError', message: expect.stringMatching(says) as unknown }) as Error);
  });

  it('fails when an operator without an integer kernel computes on integers, and when a quantize node has no grid', () => {
    const net = integerNet();
    const replaced = (op: string): Graph => ({ ...net, nodes: net.nodes.map((node) => (node.id === 'pool' ? ({ ...node, op, attributes: {} } as unknown as Node) : node)) });
    expect(() => checkQuantization(replaced('square'))).toThrow(/no integer kernel/);
    const idle: Value = { id: 'z', name: 'z', dtype: 'float32', shape: [-1] };
    const quantize = { id: 'q', name: 'q', op: 'quantize', inputs: ['w'], outputs: ['z'], attributes: {} } as const;
    const floating: Graph = { ...net, inputs: [...net.inputs, 'w'], inputNames: [...net.inputNames, 'w'], nodes: [...net.nodes, quantize], values: { ...net.values, z: idle, w: { ...idle, id: 'w', name: 'w' } } };
    expect(() => checkQuantization(floating)).toThrow(/q \(quantize\).*no grid on either side/);
  });

  it('fails when an addition shares no type with its constant, or a concat’s constant stands elsewhere', () => {
    const g = new GraphMaker();
    const x = g.input('x', [-1, 2]);
    const c = g.constant('c', affine([1, 2], Int8Array.of(1, 2), [0.25], null));
    const joined = g.node('join', 'concat', [x, c], { axis: 0, activation: 'none' }, [-1, 2]);
    const sum = g.node('sum', 'add', [joined, c], { activation: 'none' }, [-1, 2]);
    const graph = withGrids(g.build([sum]), { x: INPUT, 'join:0': INPUT, 'sum:0': HIDDEN });
    expect(() => checkQuantization(graph)).toThrow(/join \(concat\).*constant c stands on int8 \(scale 0\.25/);
    const wide = withConstant(graph, 'c', { bits: 16, values: Int16Array.of(1, 2), scale: Float32Array.of(0.5) });
    expect(() => checkQuantization(wide)).toThrow(/constant c has 16 bits; the activations are int8/);
  });
});
