import { describe, expect, it } from 'vitest';
import type { Graph } from '../../src/ir/graph';
import { decodeFloats } from '../../src/ir/tensor';
import { addKernelRows, createKernelHessian, gptqRoundKernel } from '../../src/passes/kernel-hessian';
import { columnsOfGroup, isRowNode, linearLayout, meanRow, placeColumns, rowTimesKernel, rowsOfGroup, sampleRows, type RowNode } from '../../src/passes/linear-rows';
import { conv, depthwise, GraphMaker } from '../ir/graphs';
import { inputsOf, runGraph } from './run-graph';

/** One layer on an input, as op, input shape, kernel shape, attributes. */
const layers: readonly (readonly [string, RowNode['op'], readonly number[], readonly number[], object, readonly number[]])[] = [
  ['dense', 'dense', [-1, 7], [7, 3], { activation: 'none' }, [-1, 3]],
  ['dense on a sequence', 'dense', [-1, 4, 7], [7, 3], { activation: 'none' }, [-1, 4, 3]],
  ['conv, SAME', 'conv2d', [-1, 6, 5, 3], [3, 2, 3, 4], conv, [-1, 6, 5, 4]],
  ['conv, strides and SAME', 'conv2d', [-1, 7, 6, 3], [3, 3, 3, 4], { ...conv, strides: [2, 2] }, [-1, 4, 3, 4]],
  ['conv, dilated and VALID', 'conv2d', [-1, 8, 9, 2], [3, 2, 2, 5], { ...conv, padding: 'valid', dilations: [2, 3] }, [-1, 4, 6, 5]],
  ['conv, explicit padding', 'conv2d', [-1, 5, 5, 2], [3, 3, 2, 3], { ...conv, padding: [[2, 0], [1, 1]] }, [-1, 5, 5, 3]],
  ['conv, grouped', 'conv2d', [-1, 5, 5, 6], [3, 3, 2, 9], { ...conv, groups: 3 }, [-1, 5, 5, 9]],
  ['conv1d', 'conv1d', [-1, 9, 3], [4, 3, 5], { ...conv, strides: [2], dilations: [1] }, [-1, 5, 5]],
  ['depthwise', 'depthwise-conv2d', [-1, 6, 6, 4], [3, 3, 4, 1], { ...depthwise, strides: [2, 2] }, [-1, 3, 3, 4]],
  ['depthwise, multiplied', 'depthwise-conv2d', [-1, 5, 5, 3], [2, 3, 3, 2], depthwise, [-1, 5, 5, 6]],
];

function layerOf(op: RowNode['op'], input: readonly number[], kernel: readonly number[], attributes: object, output: readonly number[]) {
  const g = new GraphMaker();
  const graph: Graph = g.build([g.node('layer', op, [g.input('x', input), g.weights('k', kernel)], attributes, output)]);
  const node = graph.nodes[0]!;
  if (!isRowNode(graph, node)) throw new Error('not a layer of rows');
  return { graph, node };
}

describe('rows of a linear layer', () => {
  it.each(layers)('times the kernel are what the layer gives: %s', async (_name, op, input, kernelShape, attributes, output) => {
    const { graph, node } = layerOf(op, input, kernelShape, attributes, output);
    const [x] = inputsOf(graph);
    const [y] = await runGraph(graph, [x!]);
    const kernel = decodeFloats(graph.values['k']!.tensor!);
    const layout = linearLayout(node, kernelShape);
    expect(layout.outputs).toBe(y!.shape.at(-1));
    for (const most of [5, 10_000]) {
      const rows = sampleRows(node, kernelShape, x!, most, 1);
      expect(rows.positions.length).toBe(Math.min(most, y!.data.length / layout.outputs));
      expect(new Set(rows.positions).size).toBe(rows.positions.length);
      for (let group = 0; group < layout.groups; group++) {
        const matrix = rowsOfGroup(rows, layout, group);
        const columns = columnsOfGroup(kernel, layout, group);
        for (const [row, position] of rows.positions.entries()) {
          for (let o = 0; o < layout.outputsPerGroup; o++) {
            let sum = 0;
            for (let k = 0; k < layout.rowLength; k++) sum += matrix[row * layout.rowLength + k]! * columns[k * layout.outputsPerGroup + o]!;
            expect(sum).toBeCloseTo(y!.data[position * layout.outputs + group * layout.outputsPerGroup + o]!, 4);
          }
        }
      }
    }
  });

  it.each(layers)('have a mean that times the kernel is the mean of what the layer gives: %s', async (_name, op, input, kernelShape, attributes, output) => {
    const { graph, node } = layerOf(op, input, kernelShape, attributes, output);
    const [x] = inputsOf(graph);
    const [y] = await runGraph(graph, [x!]);
    const layout = linearLayout(node, kernelShape);
    const means = rowTimesKernel(meanRow(node, kernelShape, x!), decodeFloats(graph.values['k']!.tensor!), layout, x!.shape.at(-1)!);
    const sums = new Float64Array(layout.outputs);
    for (const [i, value] of y!.data.entries()) sums[i % layout.outputs]! += value;
    for (const [o, sum] of sums.entries()) expect(means[o]).toBeCloseTo((sum * layout.outputs) / y!.data.length, 5);
  });

  it.each(layers)('columns of groups go back to their places: %s', (_name, op, input, kernelShape, attributes, output) => {
    const { graph, node } = layerOf(op, input, kernelShape, attributes, output);
    const kernel = decodeFloats(graph.values['k']!.tensor!);
    const layout = linearLayout(node, kernelShape);
    const back = new Float32Array(kernel.length);
    for (let group = 0; group < layout.groups; group++) placeColumns(back, columnsOfGroup(kernel, layout, group), layout, group);
    expect(back).toEqual(kernel);
  });
});

describe('GPTQ of a layer', () => {
  it.each(layers)('brings its output closer than the nearest does: %s', async (_name, op, input, kernelShape, attributes, output) => {
    const { graph, node } = layerOf(op, input, kernelShape, attributes, output);
    const kernel = decodeFloats(graph.values['k']!.tensor!);
    const layout = linearLayout(node, kernelShape);
    const [x] = inputsOf(graph);
    // Inputs that depend on each other, as pixels do: without, the nearest is the best there is.
    const smooth = { ...x!, data: x!.data.map((value, i) => 0.3 * value + Math.abs(x!.data[i % 5]!)) as Float32Array };
    const hessian = createKernelHessian(node, kernelShape)!;
    for (let part = 0; part < 3; part++) addKernelRows(hessian, node, kernelShape, smooth, { mostRows: 10_000, seed: part });
    const scale = new Float32Array(layout.outputs).fill(0.6);
    const { values, reason } = gptqRoundKernel(kernel, hessian, { scale, highest: 7 });
    expect(reason).toBeNull();
    const errorWith = async (floats: Float32Array): Promise<number> => {
      const changed: Graph = { ...graph, values: { ...graph.values, k: { ...graph.values['k']!, tensor: { ...graph.values['k']!.tensor!, encoding: { kind: 'dense', storage: 'float32', data: floats } } } } };
      const [[before], [after]] = [await runGraph(graph, [smooth]), await runGraph(changed, [smooth])];
      return Array.from(before!.data).reduce((sum, value, i) => sum + (value - after!.data[i]!) ** 2, 0);
    };
    const nearest = await errorWith(kernel.map((weight) => 0.6 * Math.round(weight / 0.6)));
    expect(await errorWith(Float32Array.from(values, (value) => 0.6 * value))).toBeLessThan(nearest);
  });

  it('is refused for kernels with too many inputs', () => {
    const { node } = layerOf('dense', [-1, 3000], [3000, 1], { activation: 'none' }, [-1, 1]);
    expect(createKernelHessian(node, [3000, 1])).toBeNull();
  });
});
