/**
 * The compositions that replace kernels of the graphics backends, computed on cpu, so that they are checked on machines
 * without graphics too. What the real backends make of them is checked in the browser.
 */
import type { KernelContext, Tensor } from '../../../src/runtime/tfjs/kernel';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { createBackend } from '../../../src/runtime/tfjs/backends';
import { castTo } from '../../../src/runtime/tfjs/cast';
import { movementKernels } from '../../../src/runtime/tfjs/movement';
import { trigonometryKernels } from '../../../src/runtime/tfjs/trigonometry';
import { relativeDifference } from './numbers';

const graphics = { backend: 'webgl' } as KernelContext;
/** Float32 rounding of the angle itself and of a dozen operations. */
const TOLERANCE = 1e-6;

beforeAll(async () => {
  await createBackend('cpu');
  await tf.setBackend('cpu');
});

describe('trigonometry for graphics backends', () => {
  const angles = Float32Array.from({ length: 401 }, (_, i) => (i - 200) / 7);
  const cosines = Float32Array.from({ length: 201 }, (_, i) => (i - 100) / 100);

  it.each([
    ['sin', angles, Math.sin],
    ['cos', angles, Math.cos],
    ['acos', cosines, Math.acos],
  ] as const)('%s is as exact as float32', async (name, numbers, exact) => {
    const y = trigonometryKernels[name](null, graphics)(tf.tensor1d(numbers)) as Tensor;
    expect(relativeDifference(await y.data(), Array.from(numbers, exact))).toBeLessThan(TOLERANCE);
  });

  it('tan is sine by cosine', async () => {
    const away = angles.filter((angle) => Math.abs(Math.cos(angle)) > 0.1);
    const y = trigonometryKernels.tan(null, graphics)(tf.tensor1d(away)) as Tensor;
    expect(relativeDifference(await y.data(), Array.from(away, Math.tan))).toBeLessThan(TOLERANCE * 10);
  });

  it('leaves nothing behind', () => {
    const x = tf.tensor1d(angles);
    const before = tf.memory().numTensors;
    (trigonometryKernels.sin(null, graphics)(x) as Tensor).dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('gathering by rows', () => {
  it.each([
    [[3, 4], [[2], [0]]],
    [[3, 4, 2], [[0, 1], [2, 3], [1, 0]]],
    [[3, 4, 2], [[2, 3, 1], [0, 0, 0]]],
  ])('equals TensorFlow.js for %j', (shape, indices) => {
    const x = tf.randomNormal(shape);
    const at = tf.tensor2d(indices, undefined, 'int32');
    const y = movementKernels['gather-nd']({} as never, graphics)(x, at) as Tensor;
    expect(y.arraySync()).toEqual(tf.gatherND(x, at).arraySync());
  });
});

describe('casting', () => {
  it('gives webgpu real floats, and every backend real flags', () => {
    const whole = tf.tensor1d([0, 3, -2], 'int32');
    expect(castTo(whole, 'float32', { backend: 'webgpu' }).dataSync()).toEqual(Float32Array.of(0, 3, -2));
    expect([...castTo(whole, 'bool', { backend: 'wasm' }).dataSync()]).toEqual([0, 1, 1]);
  });
});
