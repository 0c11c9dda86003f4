/**
 * Nodes that compute with integers stay so: what is moved keeps its grid, kernels keep their scales, and what integer kernels cannot
 * do is refused.
 */
import { describe, expect, it } from 'vitest';
import type { Graph, Value } from '../../../../src/ir/graph';
import type { Quantization } from '../../../../src/ir/quantization';
import type { AffineEncoding, Shape, Tensor } from '../../../../src/ir/tensor';
import { decodeFloats } from '../../../../src/ir/tensor';
import { legalize } from '../../../../src/formats/tflite/legalize';
import { checkQuantization } from '../../../../src/ops/check-quantization';
import { inferShapes } from '../../../../src/ops/infer-shapes';
import type { OpAttributes, OpName } from '../../../../src/ops/signatures';
import { GraphBuilder } from '../../../ops/graph-builder';

const grid: Quantization = { dtype: 'int8', scale: 0.25, zeroPoint: -3 };
const other: Quantization = { dtype: 'int8', scale: 0.5, zeroPoint: 7 };

function kernel(shape: Shape, axis: number | null, bits: 8 | 32 = 8): Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  const scales = axis === null ? 1 : shape[axis]!;
  const values = bits === 8 ? Int8Array.from({ length: size }, (_, i) => (i * 37) % 255 - 127) : Int32Array.from({ length: size }, (_, i) => i * 100);
  const scale = Float32Array.from({ length: scales }, (_, i) => (bits === 8 ? 2 ** -(i + 3) : 2 ** -(i + 5)));
  const encoding: AffineEncoding = { kind: 'affine', bits, signed: true, values, scale, zeroPoint: new Float64Array(scales), axis, blockSize: null };
  return { dtype: 'float32', shape, encoding };
}

function onGrids<O extends OpName>(op: O, attributes: OpAttributes[O], shape: Shape, constants: readonly Tensor[], y: Quantization = grid): Graph {
  const builder = new GraphBuilder();
  const inputs = [builder.input('x', shape), ...constants.map((tensor, i) => builder.weight(`w${i}`, tensor.shape))];
  const graph = builder.build(builder.node(op, attributes, inputs, ['y']));
  const values: Record<string, Value> = { ...graph.values, x: { ...graph.values['x']!, quantization: grid }, y: { ...graph.values['y']!, quantization: y } };
  constants.forEach((tensor, i) => (values[`w${i}`] = { ...values[`w${i}`]!, tensor }));
  const sized = inferShapes({ ...graph, values });
  checkQuantization(sized);
  return sized;
}

function checked(graph: Graph): Graph {
  const legal = legalize(graph).graph;
  checkQuantization(inferShapes(legal));
  expect(legal.values[legal.outputs[0]!]!.quantization).toEqual(graph.values['y']!.quantization);
  return legal;
}

const opsOf = (graph: Graph): readonly string[] => graph.nodes.map(({ op }) => op);
const gridsOf = (graph: Graph): readonly (Quantization | undefined)[] =>
  graph.nodes.flatMap(({ outputs }) => outputs.map((id) => graph.values[id]!.quantization));

describe('an integer node', () => {
  it('of one dimension becomes one of two, with its kernel’s scales on the same channels', () => {
    const attributes = { strides: [1], padding: 'same', dilations: [1], groups: 1, activation: 'relu' } as const;
    const weights = kernel([3, 2, 4], 2);
    const legal = checked(onGrids('conv1d', attributes, [1, 8, 2], [weights, kernel([4], 0, 32)], other));
    expect(opsOf(legal)).toEqual(['reshape', 'conv2d', 'reshape']);
    expect(gridsOf(legal)).toEqual([grid, other, other]);
    const moved = legal.values[legal.nodes[1]!.inputs[1]!]!.tensor!;
    expect(moved.shape).toEqual([1, 3, 2, 4]);
    expect((moved.encoding as AffineEncoding).axis).toBe(3);
    expect(decodeFloats(moved)).toEqual(decodeFloats(weights));
  });

  it.each([
    ['flatten', onGrids('flatten', {}, [2, 3, 4], []), ['reshape']],
    ['an axis dropped', onGrids('strided-slice', { begin: [0, 1], end: [0, 2], strides: [1, 1], beginMask: 1, endMask: 1, ellipsisMask: 0, newAxisMask: 0, shrinkAxisMask: 2 }, [2, 3, 4], []), ['strided-slice']],
    ['a pool of one dimension', onGrids('max-pool', { kernel: [2], strides: [2], padding: 'valid', activation: 'none' }, [1, 6, 2], []), ['reshape', 'max-pool', 'reshape']],
    ['a maximum with padding', onGrids('max-pool', { kernel: [3, 3], strides: [2, 2], padding: [[1, 1], [1, 1]], activation: 'none' }, [1, 8, 8, 2], []), ['pad', 'max-pool']],
    ['an average with padding', onGrids('average-pool', { kernel: [3, 3], strides: [2, 2], padding: [[1, 1], [1, 1]], activation: 'relu' }, [1, 8, 8, 2], []), ['pad', 'average-pool', 'mul']],
    ['a convolution with padding', onGrids('conv2d', { strides: [2, 2], padding: [[1, 0], [1, 0]], dilations: [1, 1], groups: 1, activation: 'none' }, [1, 8, 8, 2], [kernel([3, 3, 2, 4], 3)]), ['pad', 'conv2d']],
    ['a relu after the concatenation of one', onGrids('concat', { axis: 1, activation: 'relu' }, [1, 8], []), ['relu']],
    ['softmax along axis 1', onGrids('softmax', { axis: 1 }, [1, 3, 4], [], { dtype: 'int8', scale: 1 / 256, zeroPoint: -128 }), ['transpose', 'softmax', 'transpose']],
    ['many dimensions', onGrids('transpose', { permutation: [2, 3, 0, 1, 5, 4] }, [1, 2, 3, 2, 2, 2], []), ['reshape', 'transpose', 'reshape']],
  ] as const)('stays one: %s', (_, graph, ops) => {
    expect(opsOf(checked(graph))).toEqual(ops);
  });

  it('pads a maximum with the lowest number of its grid', () => {
    const legal = checked(onGrids('max-pool', { kernel: [3, 3], strides: [1, 1], padding: [[2, 0], [2, 0]], activation: 'none' }, [1, 8, 8, 2], []));
    expect(legal.nodes[0]!.attributes).toMatchObject({ value: (-128 - grid.zeroPoint) * grid.scale });
  });

  it('of silu gets the fixed grid of the sigmoid between', () => {
    const graph = onGrids('relu', {}, [2, 3], [], other);
    const legal = checked({ ...graph, nodes: [{ ...graph.nodes[0]!, op: 'silu' }] } as Graph);
    expect(opsOf(legal)).toEqual(['sigmoid', 'mul']);
    expect(gridsOf(legal)).toEqual([{ dtype: 'int8', scale: 1 / 256, zeroPoint: -128 }, other]);
  });

  it('that no integer kernel is made of is refused', () => {
    const graph = inferShapes(onGrids('reshape', { shape: [2, 3] }, [2, 3], []));
    const softplus = { ...graph, nodes: [{ ...graph.nodes[0]!, op: 'softplus', attributes: {} }] } as unknown as Graph;
    expect(() => legalize(softplus)).toThrowError(/"the y" \(softplus\).*integer grid.*leave this layer in floats/s);
  });
});
