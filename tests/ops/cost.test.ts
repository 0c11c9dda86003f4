import { describe, expect, it } from 'vitest';
import { macsOf, totalMacs } from '../../src/ops/cost';
import type { OpAttributes, OpName } from '../../src/ops/signatures';
import { GraphBuilder } from './graph-builder';

const plain = { strides: [1, 1], padding: 'same', dilations: [1, 1], activation: 'none' } as const;
const gated = { activation: 'tanh', recurrentActivation: 'sigmoid', returnSequences: false, goBackwards: false, zeroOutputForMask: false } as const;

/** One operator on an input of unknown batch; other shapes are weights. */
function macs<O extends OpName>(op: O, attributes: OpAttributes[O], x: readonly number[], ...weights: readonly (readonly number[])[]): number {
  const builder = new GraphBuilder();
  const inputs = [builder.input('x', x), ...weights.map((shape, i) => builder.weight(`w${i}`, shape))];
  builder.node(op, attributes, inputs, ['y']);
  return totalMacs(builder.build('y'));
}

describe('multiply-accumulates for one example', () => {
  it('of the first layer of MobileNet V1 are those of its paper: 112 · 112 · 32 · 27', () => {
    expect(macs('conv2d', { ...plain, strides: [2, 2], groups: 1 }, [-1, 224, 224, 3], [3, 3, 3, 32])).toBe(10_838_016);
  });

  it('of a depthwise layer count one channel each: 112 · 112 · 32 · 9', () => {
    expect(macs('depthwise-conv2d', plain, [-1, 112, 112, 32], [3, 3, 32, 1])).toBe(3_612_672);
  });

  it('of a pointwise layer count the channels: 112 · 112 · 32 · 64', () => {
    expect(macs('conv2d', { ...plain, groups: 1 }, [-1, 112, 112, 32], [1, 1, 32, 64])).toBe(25_690_112);
  });

  it('of a grouped convolution are divided by the groups: 5 · 5 · 6 · 3 · 3 · 2', () => {
    expect(macs('conv2d', { ...plain, groups: 2 }, [-1, 5, 5, 4], [3, 3, 2, 6])).toBe(2_700);
  });

  it('of convolutions in one and three dimensions', () => {
    expect(macs('conv1d', { strides: [1], padding: 'valid', dilations: [1], groups: 1, activation: 'none' }, [-1, 9, 3], [3, 3, 4])).toBe(7 * 3 * 3 * 4);
    const volume = { strides: [1, 1, 1], padding: 'valid', dilations: [1, 1, 1], groups: 1, activation: 'none' } as const;
    expect(macs('conv3d', volume, [-1, 4, 5, 6, 2], [2, 3, 2, 2, 3])).toBe(3 * 3 * 5 * (2 * 3 * 2 * 2 * 3));
  });

  it('of a transposed convolution count each input cell: 4 · 5 · 3 · 3 · 4 · 3', () => {
    expect(macs('transpose-conv2d', { ...plain, strides: [2, 2], outputPadding: null }, [-1, 4, 5, 3], [3, 3, 4, 3])).toBe(2_160);
  });

  it('of a dense layer, also on a sequence', () => {
    expect(macs('dense', { activation: 'none' }, [-1, 784], [784, 128])).toBe(100_352);
    expect(macs('dense', { activation: 'none' }, [-1, 10, 64], [64, 32])).toBe(20_480);
  });

  it('of matrix products and einsum', () => {
    expect(macs('batch-matmul', { transposeA: false, transposeB: true }, [-1, 8, 16, 64], [1, 8, 20, 64])).toBe(8 * 16 * 20 * 64);
    expect(macs('einsum', { equation: 'abc,cde->abde' }, [-1, 16, 64], [64, 8, 32])).toBe(16 * 64 * 8 * 32);
    expect(macs('einsum', { equation: 'abc->acb' }, [-1, 16, 64])).toBe(0);
  });

  it('of recurrent nets count every step and gate', () => {
    expect(macs('lstm', gated, [-1, 10, 8], [8, 64], [16, 64])).toBe(10 * (8 * 64 + 16 * 64));
    expect(macs('gru', { ...gated, resetAfter: true }, [-1, 10, 8], [8, 48], [16, 48])).toBe(10 * (8 * 48 + 16 * 48));
    const { recurrentActivation: _, ...simple } = gated;
    expect(macs('simple-rnn', simple, [-1, 10, 8], [8, 16], [16, 16])).toBe(10 * (8 * 16 + 16 * 16));
    const convolutional = { ...gated, strides: [1, 1], padding: 'valid', dilations: [1, 1] } as const;
    expect(macs('conv-lstm2d', convolutional, [-1, 3, 6, 5, 2], [2, 2, 2, 12], [2, 2, 3, 12])).toBe(3 * 5 * 4 * (2 * 2 * 2 * 12 + 2 * 2 * 3 * 12));
  });

  it('of a fixed batch count every example of it', () => {
    expect(macs('dense', { activation: 'none' }, [4, 784], [784, 128])).toBe(4 * 100_352);
  });

  it('of an image input that takes any size are for 224 pixels, of a sequence for 128 steps', () => {
    expect(macs('conv2d', { ...plain, groups: 1 }, [-1, -1, -1, 3], [1, 1, 3, 2])).toBe(224 * 224 * 6);
    expect(macs('dense', { activation: 'none' }, [-1, -1, 3], [3, 2])).toBe(128 * 6);
  });

  it('are none for pools, normalization and elementwise work', () => {
    expect(macs('average-pool', { kernel: [2, 2], strides: [2, 2], padding: 'valid', activation: 'none' }, [-1, 8, 8, 3])).toBe(0);
    expect(macs('batch-norm', { epsilon: 0.001, axis: -1, activation: 'none' }, [-1, 8], [8], [8])).toBe(0);
    expect(macs('mul', { activation: 'none' }, [-1, 8], [8])).toBe(0);
  });

  it('of the bundled Fashion-MNIST CNN are 7.60 million, of which its two wide convolutions make nearly all', () => {
    const builder = new GraphBuilder();
    const conv = { ...plain, groups: 1 } as const;
    const pool = { kernel: [2, 2], strides: [2, 2], padding: 'valid', activation: 'none' } as const;
    builder.input('x', [-1, 28, 28, 1]);
    builder.node('conv2d', conv, ['x', builder.weight('k1', [3, 3, 1, 32])], ['conv1']);
    builder.node('max-pool', pool, ['conv1'], ['pool1']);
    builder.node('conv2d', conv, ['pool1', builder.weight('k2', [3, 3, 32, 64])], ['conv2']);
    builder.node('max-pool', pool, ['conv2'], ['pool2']);
    builder.node('conv2d', conv, ['pool2', builder.weight('k3', [3, 3, 64, 128])], ['conv3']);
    builder.node('max-pool', pool, ['conv3'], ['pool3']);
    builder.node('flatten', {}, ['pool3'], ['flat']);
    builder.node('dense', { activation: 'relu' }, ['flat', builder.weight('k4', [1152, 128])], ['dense1']);
    builder.node('dense', { activation: 'none' }, ['dense1', builder.weight('k5', [128, 10])], ['dense2']);
    const graph = builder.build('dense2');
    expect(totalMacs(graph)).toBe(7_599_872);
    expect(Object.fromEntries(macsOf(graph))).toEqual({
      conv1: 225_792, pool1: 0, conv2: 3_612_672, pool2: 0, conv3: 3_612_672, pool3: 0, flat: 0, dense1: 147_456, dense2: 1_280,
    });
  });
});
