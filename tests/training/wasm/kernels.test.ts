/** The kernels that training adds to the wasm backend, against TensorFlow.js's own on its cpu backend, on many shapes. */
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import type { TfjsBackendId } from '../../../src/runtime/backend';
import { createRandom } from '../../../src/lib/random';
import { createBackend } from '../../../src/runtime/tfjs/backends';
import { onBackend } from '../../../src/runtime/tfjs/engine-lock';
import { configureWasm } from '../../../src/runtime/tfjs/wasm-paths';
import { nodeWasmPaths } from '../../../src/runtime/tfjs/wasm-paths.node';
import { conv2dFilterGradient, conv2dInputGradient, depthwiseFilterGradient, depthwiseInputGradient, type Window } from '../../../src/training/network/convolution-gradients';
import { prepareWasm } from '../../../src/training/wasm/kernels';
import * as kernels from '../../../src/training/wasm/kernels';
import { whileTraining } from '../../../src/training/wasm/slow-kernels';

/** Sums of float32 in another order, relative to the largest result. */
const TOLERANCE = 2e-5;

configureWasm(nodeWasmPaths());
beforeAll(async () => {
  await createBackend('cpu');
  await createBackend('wasm');
  await onBackend('wasm', prepareWasm);
});

type Shape4 = readonly [number, number, number, number];
interface ConvolutionCase {
  readonly x: Shape4;
  readonly filter: Shape4;
  readonly window: Window;
}

function convolution(x: Shape4, filter: Shape4, pad: Window['pad'] = 'same', stride: number | [number, number] = 1, dilation = 1): ConvolutionCase {
  const strides = typeof stride === 'number' ? ([stride, stride] as const) : stride;
  return { x, filter, window: { strides, dilations: [dilation, dilation], pad } };
}

const explicit: Window['pad'] = [[0, 0], [2, 0], [1, 3], [0, 0]];
const convolutions = [
  convolution([2, 7, 7, 1], [3, 3, 1, 5]),
  convolution([3, 8, 6, 3], [3, 3, 3, 8]),
  convolution([2, 9, 9, 4], [5, 5, 4, 9], 'valid'),
  convolution([2, 9, 8, 5], [3, 3, 5, 16], 'same', 2),
  convolution([2, 10, 9, 6], [3, 2, 6, 7], 'valid', [2, 1]),
  convolution([2, 9, 9, 6], [1, 1, 6, 12]),
  convolution([2, 9, 9, 6], [1, 1, 6, 10], 'valid', 2),
  convolution([2, 8, 8, 8], [3, 3, 8, 4], explicit),
  convolution([2, 8, 8, 8], [3, 3, 8, 4], explicit, 2),
  convolution([1, 11, 11, 2], [3, 3, 2, 3], 'same', 1, 2),
  convolution([2, 12, 12, 7], [3, 3, 7, 24], 'valid', 1, 3),
  convolution([2, 5, 5, 3], [7, 7, 3, 4], 'same', 3),
  convolution([2, 4, 4, 3], [2, 2, 3, 4], 'valid', 3),
];
const depthwise = [
  convolution([2, 7, 7, 5], [3, 3, 5, 1]),
  convolution([2, 8, 7, 16], [3, 3, 16, 1], 'same', 2),
  convolution([2, 9, 9, 9], [5, 3, 9, 1], 'valid', [2, 1]),
  convolution([2, 8, 8, 3], [3, 3, 3, 2]),
  convolution([2, 8, 8, 4], [3, 3, 4, 3], 'same', 2),
  convolution([2, 8, 8, 6], [3, 3, 6, 1], explicit),
  convolution([2, 12, 12, 10], [3, 3, 10, 1], 'same', 1, 2),
  convolution([2, 5, 5, 4], [7, 7, 4, 1], 'same', 3),
];

describe('gradients of convolutions on wasm', () => {
  it.each(convolutions.map((one) => [titleOf(one), one] as const))('%s', async (_title, { x, filter, window }) => {
    const dyShape = outputShape(x, filter, window, false);
    await expectSame(([input, kernel, dy]) => [conv2dFilterGradient(input!, dy!, kernel!.shape, window), conv2dInputGradient(dy!, kernel!, input!.shape, window)], [x, filter, dyShape]);
  });

  it.each(depthwise.map((one) => [titleOf(one), one] as const))('depthwise %s', async (_title, { x, filter, window }) => {
    const dyShape = outputShape(x, filter, window, true);
    await expectSame(([input, kernel, dy]) => [depthwiseFilterGradient(input!, dy!, kernel!.shape, window), depthwiseInputGradient(dy!, kernel!, input!.shape, window)], [x, filter, dyShape]);
  });
});

/** The cpu backend takes no dilation: there the same is a convolution with zeros in its kernel, taken out of the result. */
describe('dilated convolutions, whose gradients TensorFlow.js does not have', () => {
  it.each([convolutions[9]!, convolutions[10]!].map((one) => [titleOf(one), one] as const))('%s', async (_title, { x, filter, window }) => {
    const [dilation] = window.dilations;
    const dyShape = outputShape(x, filter, window, false);
    const wanted = await compute('cpu', ([input, kernel, dy]) => {
      const [height, width, inChannels, outChannels] = filter;
      const spread = [(height - 1) * dilation + 1, (width - 1) * dilation + 1, inChannels, outChannels] as [number, number, number, number];
      const rows = tf.tensor1d(Array.from({ length: height }, (_, i) => i * dilation), 'int32');
      const wide = zeroInserted(kernel as tf.Tensor4D, dilation);
      const plain = { ...window, dilations: [1, 1] as const };
      const byFilter = tf.gather(tf.gather(conv2dFilterGradient(input!, dy!, spread, plain), rows, 0), rows, 1);
      return [byFilter, conv2dInputGradient(dy!, wide, input!.shape, plain)];
    }, [x, filter, dyShape]);
    const got = await compute('wasm', ([input, kernel, dy]) => [conv2dFilterGradient(input!, dy!, kernel!.shape, window), conv2dInputGradient(dy!, kernel!, input!.shape, window)], [x, filter, dyShape]);
    got.forEach((numbers, i) => expect(relativeDifference(numbers, wanted[i]!)).toBeLessThan(TOLERANCE));
  });
});

describe('gradients of pools on wasm', () => {
  const pools = [
    { x: [2, 8, 8, 4], size: [2, 2], strides: [2, 2], pad: 'valid' },
    { x: [2, 7, 9, 5], size: [2, 2], strides: [2, 2], pad: 'valid' },
    { x: [2, 7, 9, 3], size: [3, 3], strides: [2, 2], pad: 'same' },
    { x: [3, 6, 6, 6], size: [3, 2], strides: [1, 1], pad: 'same' },
    { x: [2, 8, 5, 4], size: [2, 3], strides: [3, 2], pad: [[0, 0], [1, 1], [0, 2], [0, 0]] },
  ] as const;
  it.each(pools.map((pool) => [`${pool.x.join('×')}, ${pool.size.join('×')} by ${pool.strides.join('×')}, ${String(pool.pad)}`, pool] as const))('%s', async (_title, { x, size, strides, pad }) => {
    const attributes = { filterSize: [...size], strides: [...strides], pad } as never;
    // Few different numbers, half of them negative: many ties, and windows without anything positive.
    const gradientOf = ([input]: readonly tf.Tensor[]): tf.Tensor[] => {
      const steps = tf.div(tf.round(tf.mul(input!, 1.5)), 2);
      const y = tf.engine().runKernel<tf.Tensor>(tf.MaxPool, { x: steps }, attributes);
      const dy = tf.sin(tf.reshape(tf.range(0, y.size), y.shape));
      return [tf.engine().runKernel<tf.Tensor>(tf.MaxPoolGrad, { dy, input: steps, output: y }, attributes)];
    };
    await expectSame(gradientOf, [x]);
  });
});

describe('other kernels on wasm', () => {
  it.each([1, 3, 4, 7, 16, 37])('sums, squares and scales %i channels', async (channels) => {
    const shapes = [[3, 11, 13, channels], [channels], [channels]];
    const wanted = await compute('cpu', ([x, scale, shift]) => {
      const rows = tf.reshape(x!, [-1, channels]);
      const squares = tf.sum(tf.square(tf.sub(rows, shift!)), 0);
      return [tf.sum(rows, 0), squares, tf.clipByValue(tf.add(tf.mul(x!, scale!), shift!), 0, 6)];
    }, shapes);
    const got = await compute('wasm', ([x, scale, shift]) => [kernels.channelSums(x!), kernels.channelSquares(x!, shift!), kernels.scaleAndShift(x!, scale!, shift!, 0, 6)], shapes);
    got.forEach((numbers, i) => expect(relativeDifference(numbers, wanted[i]!)).toBeLessThan(TOLERANCE));
  });

  it.each([[2, [10, 3]], [1, [17]]] as const)('sums of rows by number: rank %i', async (rank, shape) => {
    const ids = Array.from({ length: shape[0] }, (_, i) => (i * 7) % 4);
    await expectSame(([x]) => [tf.unsortedSegmentSum(x!, tf.tensor1d(ids, 'int32'), 5)], [shape]);
    expect(rank).toBe(shape.length);
  });

  it('lets what is not a number through', async () => {
    const [got] = await compute('wasm', ([x, scale, shift]) => [kernels.scaleAndShift(tf.mul(x!, NaN), scale!, shift!, 0, 6)], [[2, 7], [7], [7]]);
    expect(got!.every(Number.isNaN)).toBe(true);
  });

  it('keeps only what lies between two limits', async () => {
    const shapes = [[5, 7], [5, 7]];
    const wanted = await compute('cpu', ([dy, y]) => [tf.mul(dy!, tf.cast(tf.logicalAnd(tf.greater(y!, -0.5), tf.less(y!, 0.7)), 'float32'))], shapes);
    const [got] = await compute('wasm', ([dy, y]) => [kernels.gate(dy!, y!, -0.5, 0.7)], shapes);
    // A zero is a zero, whatever its sign.
    expect(Array.from(got!, (number) => number + 0)).toEqual(Array.from(wanted[0]!, (number) => number + 0));
  });

  it.each([[true, false], [false, true], [true, true]])('products of transposed operands: %s, %s', async (transposeA, transposeB) => {
    const shapes = [[3, ...(transposeA ? [6, 5] : [5, 6])], [3, ...(transposeB ? [4, 6] : [6, 4])]];
    await expectSame(([a, b]) => whileTraining(() => [tf.matMul(a!, b!, transposeA, transposeB)]), shapes);
  });

  it('tiles', async () => {
    await expectSame(([x]) => whileTraining(() => [tf.tile(x!, [3, 1, 4]), tf.tile(tf.reshape(x!, [6, 5]), [2, 1])]), [[1, 30, 1]]);
  });

  it('leaves no tensor behind', async () => {
    const before = await onBackend('wasm', () => tf.memory().numTensors);
    const { x, filter, window } = depthwise[4]!;
    await compute('wasm', ([input, kernel, dy]) => [depthwiseFilterGradient(input!, dy!, kernel!.shape, window), depthwiseInputGradient(dy!, kernel!, input!.shape, window)], [x, filter, outputShape(x, filter, window, true)]);
    expect(await onBackend('wasm', () => tf.memory().numTensors)).toBe(before);
  });
});

type Work = (inputs: readonly tf.Tensor[]) => tf.Tensor[];

async function compute(backend: TfjsBackendId, work: Work, shapes: readonly (readonly number[])[]): Promise<Float32Array[]> {
  return onBackend(backend, async () => {
    const made = tf.tidy(() => work(shapes.map((shape, i) => tf.tensor(randomNumbers(shape, i), [...shape]))));
    const numbers = await Promise.all(made.map(async (tensor) => Float32Array.from(await tensor.data())));
    tf.dispose(made);
    return numbers;
  });
}

async function expectSame(work: Work, shapes: readonly (readonly number[])[]): Promise<void> {
  const wanted = await compute('cpu', work, shapes);
  const got = await compute('wasm', work, shapes);
  expect(got.length).toBe(wanted.length);
  got.forEach((numbers, i) => expect(relativeDifference(numbers, wanted[i]!)).toBeLessThan(TOLERANCE));
}

function randomNumbers(shape: readonly number[], seed: number): Float32Array {
  const random = createRandom(seed + 1);
  return Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.normal());
}

function outputShape(x: Shape4, filter: Shape4, { strides, dilations, pad }: Window, isDepthwise: boolean): readonly number[] {
  return tf.backend_util.computeConv2DInfo([...x], [...filter], [...strides], [...dilations], pad as 'same', undefined, isDepthwise).outShape;
}

function zeroInserted(filter: tf.Tensor4D, dilation: number): tf.Tensor {
  const [height, width, inChannels, outChannels] = filter.shape;
  const wide = tf.pad(tf.reshape(filter, [height, width, 1, inChannels * outChannels]), [[0, 0], [0, 0], [0, dilation - 1], [0, 0]]);
  const rows = tf.reshape(wide, [height, 1, width * dilation, inChannels * outChannels]);
  const tall = tf.reshape(tf.pad(rows, [[0, 0], [0, dilation - 1], [0, 0], [0, 0]]), [height * dilation, width * dilation, inChannels, outChannels]);
  return tf.slice(tall, [0, 0, 0, 0], [(height - 1) * dilation + 1, (width - 1) * dilation + 1, inChannels, outChannels]);
}

function relativeDifference(got: Float32Array, wanted: Float32Array): number {
  expect(got.length).toBe(wanted.length);
  const largest = wanted.reduce((max, number) => Math.max(max, Math.abs(number)), 1e-6);
  return got.reduce((max, number, i) => Math.max(max, Math.abs(number - wanted[i]!)), 0) / largest;
}

function titleOf({ x, filter, window }: ConvolutionCase): string {
  return `${x.join('×')} by ${filter.join('×')}, strides ${window.strides.join('×')}, dilation ${window.dilations[0]}, ${String(window.pad)}`;
}
