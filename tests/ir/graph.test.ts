import { describe, expect, it } from 'vitest';
import { checkGraph } from '../../src/ir/check';
import { editGraph } from '../../src/ir/edit';
import type { Graph } from '../../src/ir/graph';
import { bitsOf, decodeFloats, decodeIntegers, float32Tensor, int32Tensor, nbytesOf, scaleCount, sizeOf, type Tensor } from '../../src/ir/tensor';
import { consumersOf, isConstant, onlyConsumer, producersOf } from '../../src/ir/walk';
import { floatsToHalves } from '../../src/lib/half';
import { smallConvNet } from './graphs';

describe('checkGraph', () => {
  it('accepts a good graph', () => {
    expect(() => checkGraph(smallConvNet(), 'test')).not.toThrow();
  });

  const broken: readonly (readonly [string, (graph: Graph) => Graph, string])[] = [
    ['a value filed under another id', (g) => ({ ...g, values: { ...g.values, y: { ...g.values.x!, id: 'z' } } }), 'filed under another id'],
    ['an unknown input', (g) => ({ ...g, inputs: ['nothing'] }), 'is no value'],
    ['a node that reads what nothing makes', (g) => ({ ...g, nodes: g.nodes.slice(1) }), 'which nothing before it makes'],
    ['nodes out of order', (g) => ({ ...g, nodes: g.nodes.toReversed() }), 'which nothing before it makes'],
    ['a node twice', (g) => ({ ...g, nodes: [...g.nodes, g.nodes[0]!] }), 'two nodes have the id'],
    ['a value made twice', (g) => ({ ...g, nodes: [...g.nodes, { ...g.nodes[0]!, id: 'again' }] }), 'has two origins'],
    ['an output that nothing makes', (g) => ({ ...g, outputs: ['nothing'], outputNames: ['y'] }), 'is made by nothing'],
    ['names that do not match', (g) => ({ ...g, outputNames: [] }), 'differ in number'],
  ];
  it.each(broken)('refuses %s', (_what, damage, message) => {
    expect(() => checkGraph(damage(smallConvNet()), 'test')).toThrow(message);
  });

  const withTensor = (tensor: Tensor): Graph => {
    const graph = smallConvNet();
    return { ...graph, values: { ...graph.values, 'dw/bias': { ...graph.values['dw/bias']!, dtype: tensor.dtype, tensor } } };
  };
  it.each<readonly [string, Tensor]>([
    ['has 3 elements', float32Tensor([8], [1, 2, 3])],
    ['needs 8', { dtype: 'float32', shape: [8], encoding: { kind: 'affine', bits: 8, signed: true, values: new Int8Array(8), scale: new Float32Array(2), zeroPoint: new Float64Array(2), axis: 0, blockSize: null } }],
    ['past its codebook', { dtype: 'float32', shape: [8], encoding: { kind: 'palette', bits: 1, indices: Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 2), codebook: Float32Array.of(0, 1), codebookStorage: 'float32', axis: null } }],
  ])('refuses a constant that %s', (message, tensor) => {
    expect(() => checkGraph(withTensor(tensor), 'test')).toThrow(message);
  });
});

describe('walking', () => {
  it('finds who makes and who reads a value', () => {
    const graph = smallConvNet();
    expect(producersOf(graph).get('conv:0')?.id).toBe('conv');
    expect(consumersOf(graph).get('conv:0')?.map((node) => node.id)).toEqual(['bn1']);
    expect(onlyConsumer(graph, consumersOf(graph), 'softmax:0')).toBeUndefined();
    expect(isConstant(graph, 'conv/kernel')).toBe(true);
    expect(isConstant(graph, 'x')).toBe(false);
    expect(isConstant(graph, null)).toBe(false);
  });
});

describe('editing', () => {
  it('gives the very same graph when nothing was edited', () => {
    const graph = smallConvNet();
    expect(editGraph(graph).done()).toBe(graph);
  });

  it('bridges a node, shares every untouched tensor, and leaves the first graph alone', () => {
    const graph = smallConvNet();
    const before = JSON.stringify(graph.nodes);
    const editor = editGraph(graph);
    editor.replaceNode('dropout', []);
    editor.redirect('dropout:0', 'bn2:0');
    const edited = editor.done();
    checkGraph(edited, 'test');
    expect(edited.nodes.map((node) => node.id)).not.toContain('dropout');
    expect(edited.values['conv/kernel']!.tensor).toBe(graph.values['conv/kernel']!.tensor);
    expect(JSON.stringify(graph.nodes)).toBe(before);
  });

  it('follows redirects of redirects, up to the outputs', () => {
    const graph = smallConvNet();
    const editor = editGraph(graph);
    editor.redirect('softmax:0', 'dense:0');
    editor.redirect('dense:0', 'flatten:0');
    expect(editor.done().outputs).toEqual(['flatten:0']);
  });

  it('gives new constants ids of their own', () => {
    const editor = editGraph(smallConvNet());
    const first = editor.addConstant('c', float32Tensor([1], [1]));
    const second = editor.addConstant('c', float32Tensor([1], [2]));
    expect(first).not.toBe(second);
  });
});

describe('tensors', () => {
  it('know their bytes without decoding', () => {
    const palette: Tensor = { dtype: 'float32', shape: [5], encoding: { kind: 'palette', bits: 3, indices: new Uint8Array(5), codebook: new Float32Array(8), codebookStorage: 'float16', axis: null } };
    expect(nbytesOf(palette)).toBe(2 + 16);
    expect(bitsOf(palette)).toBe(3);
    expect(nbytesOf(float32Tensor([2, 3], new Float32Array(6)))).toBe(24);
    expect(nbytesOf({ dtype: 'string', shape: [1], encoding: { kind: 'dense', storage: 'string', data: ['abc'] } })).toBe(7);
    expect(nbytesOf({ dtype: 'float32', shape: [3], encoding: { kind: 'affine', bits: 4, signed: true, values: new Int8Array(3), scale: new Float32Array(1), zeroPoint: new Float64Array(1), axis: null, blockSize: null } })).toBe(2 + 4 + 1);
  });

  it('decode every encoding', () => {
    expect([...decodeFloats({ dtype: 'float32', shape: [2], encoding: { kind: 'dense', storage: 'float16', data: floatsToHalves([1.5, -2]) } })]).toEqual([1.5, -2]);
    const perChannel: Tensor = { dtype: 'float32', shape: [2, 2], encoding: { kind: 'affine', bits: 8, signed: false, values: Uint8Array.of(10, 20, 30, 40), scale: Float32Array.of(1, 0.5), zeroPoint: Float64Array.of(10, 0), axis: 1, blockSize: null } };
    expect([...decodeFloats(perChannel)]).toEqual([0, 10, 20, 20]);
    const blocks: Tensor = { dtype: 'float32', shape: [3, 2], encoding: { kind: 'affine', bits: 4, signed: true, values: Int8Array.of(1, 1, 1, 1, 1, 1), scale: Float32Array.of(1, 2, 3, 4), zeroPoint: new Float64Array(4), axis: 0, blockSize: 2 } };
    expect(scaleCount([3, 2], 0, 2)).toBe(4);
    expect([...decodeFloats(blocks)]).toEqual([1, 2, 1, 2, 3, 4]);
    const palettes: Tensor = { dtype: 'float32', shape: [2, 2], encoding: { kind: 'palette', bits: 1, indices: Uint8Array.of(0, 1, 1, 0), codebook: Float32Array.of(1, 2, 3, 4), codebookStorage: 'float32', axis: 1 } };
    expect([...decodeFloats(palettes)]).toEqual([1, 4, 2, 3]);
  });

  it('decode whole numbers, and refuse text and unknown sizes', () => {
    expect([...decodeIntegers(int32Tensor([2], [3, -4]))]).toEqual([3, -4]);
    expect([...decodeIntegers({ dtype: 'bool', shape: [2], encoding: { kind: 'dense', storage: 'bool', data: Uint8Array.of(1, 0) } })]).toEqual([1, 0]);
    expect(() => decodeFloats({ dtype: 'string', shape: [1], encoding: { kind: 'dense', storage: 'string', data: ['a'] } })).toThrow('no numbers');
    expect(() => sizeOf([-1, 3])).toThrow('not fully known');
  });
});
