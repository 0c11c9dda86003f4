// Integers of kernels, biases and grids, worked out by hand.
import { describe, expect, it } from 'vitest';
import type { Graph } from '../../../src/ir/graph';
import { decodeFloats, float32Tensor } from '../../../src/ir/tensor';
import { GraphMaker, depthwise } from '../../ir/graphs';
import { examplesOf } from '../examples';
import { runGraph } from '../run-graph';
import { affineOf, inputOf, opsOf, outputOf, quantized } from './nets';

const plain = { rounding: 'nearest', biasCorrection: false, calibration: 'min-max' };
/** Inputs from 0 to 1. */
const data = { shape: [4, 2], dtype: 'float32' as const, data: Float32Array.of(0, 0, 1, 1, 1, 0, 0, 1) };

/** y = relu(x · [[1, 0.5], [0.5, −2]] + [0.25, 0]): from 0 to 1.75. */
function denseNet(kernel = [1, 0.5, 0.5, -2], bias = [0.25, 0]): Graph {
  const g = new GraphMaker();
  const x = g.input('x', [-1, 2]);
  const inputs = [x, g.constant('kernel', float32Tensor([2, 2], kernel)), g.constant('bias', float32Tensor([2], bias))];
  return g.build([g.node('dense', 'dense', inputs, { activation: 'relu' }, [-1, 2])]);
}

describe('a dense layer', () => {
  it('has the grids, kernel and bias of the specification', async () => {
    const { graph } = await quantized(denseNet(), plain, examplesOf(data));
    expect(opsOf(graph)).toEqual(['quantize', 'dense', 'quantize']);
    // 0…1 over 255 steps from −128; 0…1.75 likewise.
    expect(inputOf(graph, 'dense').quantization).toEqual({ dtype: 'int8', scale: Math.fround(1 / 255), zeroPoint: -128 });
    expect(outputOf(graph, 'dense').quantization).toEqual({ dtype: 'int8', scale: Math.fround(1.75 / 255), zeroPoint: -128 });
    const kernel = affineOf(inputOf(graph, 'dense', 1));
    expect(kernel).toMatchObject({ bits: 8, signed: true, axis: 1, blockSize: null });
    expect(Array.from(kernel.scale)).toEqual([Math.fround(1 / 127), Math.fround(2 / 127)]);
    // 1/s = 127; 0.5/(2/127) = 31.75; 0.5/(1/127) = 63.5 goes to the even 64; −2/(2/127) = −127.
    expect(Array.from(kernel.values)).toEqual([127, 32, 64, -127]);
    expect(Array.from(kernel.zeroPoint)).toEqual([0, 0]);
    const bias = affineOf(inputOf(graph, 'dense', 2));
    expect(bias).toMatchObject({ bits: 32, axis: 0 });
    // 0.25 · 255 · 127 = 8096.25.
    expect(Array.from(bias.values)).toEqual([8096, 0]);
    expect(bias.scale[0]).toBe(Math.fround(Math.fround(1 / 255) * Math.fround(1 / 127)));
  });

  it('has one scale for all outputs when asked', async () => {
    const { graph } = await quantized(denseNet(), { ...plain, granularity: 'tensor' }, examplesOf(data));
    const kernel = affineOf(inputOf(graph, 'dense', 1));
    expect(kernel.axis).toBeNull();
    // Sums count 127 · 1.75 / 2 = 111.1 to a step: 110, an even number, so that all runtimes round them alike; 126 is −2's level then.
    expect(kernel.scale[0]! / (2 / 127)).toBeCloseTo(111.125 / 110, 5);
    expect(Array.from(kernel.values)).toEqual([63, 31, 31, -126]);
    expect(affineOf(inputOf(graph, 'dense', 2))).toMatchObject({ axis: null, bits: 32 });
  });

  it('has 4-bit levels within ±7', async () => {
    const { graph } = await quantized(denseNet(), { ...plain, weights: '4' }, examplesOf(data));
    const kernel = affineOf(inputOf(graph, 'dense', 1));
    expect(kernel.bits).toBe(4);
    expect(Math.max(...Array.from(kernel.values).map(Math.abs))).toBeLessThanOrEqual(7);
  });

  it('stands on symmetric 16-bit grids', async () => {
    const { graph } = await quantized(denseNet(), { ...plain, activations: 'int16' }, examplesOf(data));
    expect(outputOf(graph, 'dense').quantization).toEqual({ dtype: 'int16', scale: Math.fround(1.75 / 32767), zeroPoint: 0 });
    expect(affineOf(inputOf(graph, 'dense', 1)).bits).toBe(8);
    expect(affineOf(inputOf(graph, 'dense', 2)).scale[0]).toBe(Math.fround(Math.fround(1 / 32767) * Math.fround(1 / 127)));
  });

  it('computes what it did, within the steps of its grids', async () => {
    const before = await runGraph(denseNet(), [data]);
    const { graph } = await quantized(denseNet(), plain, examplesOf(data));
    const after = await runGraph(graph, [data]);
    for (const [i, y] of before[0]!.data.entries()) expect(Math.abs(after[0]!.data[i]! - y)).toBeLessThan((1.5 * 1.75) / 255);
  });

  it('enlarges the scale of a channel whose bias would not fit in 32 bits', async () => {
    const { graph } = await quantized(denseNet([1, 1e-9, 0.5, 1e-9], [0, 5]), plain, examplesOf(data));
    const bias = affineOf(inputOf(graph, 'dense', 2));
    expect(Math.abs(bias.values[1]!)).toBeLessThanOrEqual(2 ** 30);
    expect(decodeFloats(inputOf(graph, 'dense', 2).tensor!)[1]).toBeCloseTo(5, 4);
  });

  it('gives a channel of zeros a scale that keeps its bias', async () => {
    const { graph } = await quantized(denseNet([0, 1, 0, -2], [0.7, 0]), plain, examplesOf(data));
    const kernel = affineOf(inputOf(graph, 'dense', 1));
    expect(kernel.scale[0]).toBe(kernel.scale[1]);
    expect(decodeFloats(inputOf(graph, 'dense', 2).tensor!)[0]).toBeCloseTo(0.7, 4);
  });

  it('keeps the integers of a kernel that stands on a fitting grid already', async () => {
    const net = denseNet();
    const encoding = { kind: 'affine', bits: 8, signed: true, values: Int8Array.of(3, -5, 7, 11), scale: Float32Array.of(0.1, 0.2), zeroPoint: new Float64Array(2), axis: 1, blockSize: null } as const;
    const kernel = { ...net.values.kernel!, tensor: { dtype: 'float32' as const, shape: [2, 2], encoding } };
    const { graph } = await quantized({ ...net, values: { ...net.values, kernel } }, {}, examplesOf(data));
    expect(affineOf(inputOf(graph, 'dense', 1))).toEqual(encoding);
  });
});

describe('correcting biases', () => {
  it('takes off the mean error of the rounded kernel on the examples', async () => {
    // Means of the inputs are 0.5; rounding moves 0.5 to 64/127 (+0.00394) in column 0 and 0.5 to 32 · 2/127 (+0.00394) in column 1.
    const off = await quantized(denseNet(), { ...plain, biasCorrection: false }, examplesOf(data));
    const on = await quantized(denseNet(), { ...plain, biasCorrection: true }, examplesOf(data));
    const [before, after] = [off, on].map(({ graph }) => decodeFloats(inputOf(graph, 'dense', 2).tensor!));
    const error = 64 / 127 - 0.5;
    expect(after![0]! - before![0]!).toBeCloseTo(-0.5 * error, 4);
    expect(after![1]! - before![1]!).toBeCloseTo(-0.5 * error, 4);
  });

  it('averages a window of a depthwise layer, padding included', async () => {
    const g = new GraphMaker();
    const x = g.input('x', [-1, 2, 2, 1]);
    const kernel = g.constant('kernel', float32Tensor([2, 2, 1, 1], [1, 0.5, 0.5, 0.5]));
    const graph = g.build([g.node('dw', 'depthwise-conv2d', [x, kernel], depthwise, [-1, 2, 2, 1])]);
    const ones = examplesOf({ shape: [2, 2, 2, 1], dtype: 'float32', data: new Float32Array(8).fill(1) });
    const { graph: after } = await quantized(graph, { ...plain, biasCorrection: true }, ones);
    // SAME pads after: the window's four cells see input at 4, 2, 2 and 1 of the 4 positions; three weights err by 64/127 − 0.5 each.
    const shift = ((2 + 2 + 1) / 4) * (64 / 127 - 0.5);
    const biasId = after.nodes.find((node) => node.op === 'depthwise-conv2d')!.inputs[2];
    const bias = biasId ? decodeFloats(after.values[biasId]!.tensor!)[0]! : 0;
    expect(bias).toBeCloseTo(biasId ? -shift : 0, 4);
    expect(biasId).toBeTruthy();
  });
});
