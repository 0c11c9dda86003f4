/** What has no form in TensorFlow Lite is refused in words, and what the graph knows already is written as numbers. */
import { describe, expect, it } from 'vitest';
import type { Graph } from '../../../../src/ir/graph';
import { decodeIntegers } from '../../../../src/ir/tensor';
import { legalize } from '../../../../src/formats/tflite/legalize';
import { inferShapes } from '../../../../src/ops/infer-shapes';
import { GraphBuilder } from '../../../ops/graph-builder';

const gated = { activation: 'relu', recurrentActivation: 'sigmoid', returnSequences: false, goBackwards: false, zeroOutputForMask: false } as const;
const opsOf = (graph: Graph): readonly string[] => legalize(inferShapes(graph)).graph.nodes.map(({ op }) => op);

function lstmOf(steps: number, attributes: Omit<typeof gated, 'activation'> & { activation: 'relu' | 'tanh' }): Graph {
  const builder = new GraphBuilder();
  const y = builder.node('lstm', attributes, [builder.input('x', [1, steps, 2]), builder.weight('k', [2, 12]), builder.weight('r', [3, 12])], ['y']);
  return builder.build(y);
}

describe('refusals', () => {
  it('name the layer, how long it is, and what to do', () => {
    expect(() => opsOf(lstmOf(5000, gated))).toThrowError(/"the y" \(lstm\).*5000 time steps.*more than 20000; shorten its sequences/s);
    expect(opsOf(lstmOf(5000, { ...gated, activation: 'tanh' }))).toContain('lstm');
  });

  it('name a kernel that the graph computes, where it would have to be spread', () => {
    const builder = new GraphBuilder();
    const attributes = { strides: [1, 1], padding: 'same', dilations: [2, 2], outputPadding: null, activation: 'none' } as const;
    const y = builder.node('transpose-conv2d', attributes, [builder.input('x', [1, 4, 4, 2]), builder.input('k', [3, 3, 4, 2])], ['y']);
    expect(() => opsOf(builder.build(y))).toThrowError(/"the y" \(transpose-conv2d\).*its kernel is computed by the graph/s);
  });

  it('name shapes that are not known', () => {
    const builder = new GraphBuilder();
    const y = builder.node('flatten', {}, [builder.input('x', [-1, -1, 3])], ['y']);
    expect(() => opsOf(builder.build(y))).toThrowError(/its shapes are not known before it runs/);
  });

  it('name a diagonal of einsum', () => {
    const builder = new GraphBuilder();
    const y = builder.node('einsum', { equation: 'aab->ab' }, [builder.input('x', [2, 2, 3])], ['y']);
    expect(() => opsOf(builder.build(y))).toThrowError(/"aab->ab" repeats a label/);
  });
});

describe('what is known', () => {
  it('leaves no operators for shapes', () => {
    const builder = new GraphBuilder();
    const shape = builder.node('shape', {}, [builder.input('x', [2, 3, 4])], ['shape']);
    const batch = builder.node('gather', { axis: 0, batchDims: 0 }, [shape, builder.integers('zero', [1], [0])], ['batch']);
    const target = builder.node('concat', { axis: 0, activation: 'none' }, [batch, builder.integers('rest', [1], [12])], ['target']);
    const y = builder.node('reshape', { shape: null }, ['x', target], ['y']);
    const { graph } = legalize(inferShapes(builder.build(y)));
    expect(graph.nodes.map(({ op }) => op)).toEqual(['reshape']);
    expect([...decodeIntegers(graph.values[graph.nodes[0]!.inputs[1]!]!.tensor!)]).toEqual([2, 12]);
  });

  it('keeps ids, names and the batch that is open', () => {
    const builder = new GraphBuilder();
    const flat = builder.node('flatten', {}, [builder.input('x', [-1, 2, 3])], ['flat']);
    const y = builder.node('silu', {}, [flat], ['y']);
    const { graph } = legalize(inferShapes(builder.build(flat, y)));
    expect(graph.outputs).toEqual(['flat', 'y']);
    expect(graph.values['y']).toMatchObject({ name: 'y', shape: [-1, 6] });
    expect(graph.nodes.map(({ op }) => op)).toEqual(['reshape', 'sigmoid', 'mul']);
  });

  it('leaves out what only served a shape', () => {
    const builder = new GraphBuilder();
    const wide = builder.node('relu', {}, [builder.input('x', [2, 3])], ['wide']);
    const shape = builder.node('shape', {}, [wide], ['shape']);
    const y = builder.node('reshape', { shape: null }, ['x', shape], ['y']);
    expect(opsOf(builder.build(y))).toEqual(['reshape']);
  });

  it('gives every output a value of its own: inputs, constants and repeated ones are copied', () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', [2, 3]);
    const y = builder.node('identity', {}, [x], ['y']);
    const rank = builder.node('rank', {}, [x], ['rank']);
    const relu = builder.node('relu', {}, [x], ['relu']);
    const { graph } = legalize(inferShapes(builder.build(y, rank, relu, relu)));
    expect(graph.nodes.map(({ op }) => op)).toEqual(['relu', 'reshape', 'reshape', 'reshape']);
    expect(new Set(graph.outputs).size).toBe(4);
    expect(graph.outputs.map((id) => graph.values[id]!.shape)).toEqual([[2, 3], [], [2, 3], [2, 3]]);
  });

  it('shares constants between layers that need the same number', () => {
    const builder = new GraphBuilder();
    const a = builder.node('hard-sigmoid', {}, [builder.input('x', [1, 3])], ['a']);
    const y = builder.node('hard-sigmoid', {}, [a], ['y']);
    const { graph } = legalize(inferShapes(builder.build(y)));
    expect(Object.values(graph.values).filter(({ tensor }) => tensor)).toHaveLength(2);
  });
});
