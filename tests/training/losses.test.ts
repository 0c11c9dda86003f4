import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { memory, ones, tensor, tensor2d } from '@tensorflow/tfjs-core';
import { createBackend } from '../../src/runtime/tfjs/backends';
import { onBackend } from '../../src/runtime/tfjs/engine-lock';
import { configureWasm } from '../../src/runtime/tfjs/wasm-paths';
import { nodeWasmPaths } from '../../src/runtime/tfjs/wasm-paths.node';
import { hintLoss, labelLoss, taskOf, teacherLoss, type Loss } from '../../src/training/losses';

interface Case {
  readonly name: string;
  readonly shape: [number, number];
  readonly logits: readonly number[];
  readonly labels: readonly number[];
  readonly value: number;
  readonly gradient: readonly number[];
}
const recorded = JSON.parse(readFileSync(new URL('../fixtures/training/keras.json', import.meta.url), 'utf8')) as { losses: Case[]; teacher: number[] };

configureWasm(nodeWasmPaths());
beforeAll(() => createBackend('wasm'));

/** Float32 against Keras in float64. */
const CLOSE = 2e-6;

function lossOf({ name, shape, logits, labels }: Case): Loss {
  const z = tensor2d(Float32Array.from(logits), shape);
  if (name.startsWith('teacher')) {
    return teacherLoss('classes', z, tensor2d(Float32Array.from(recorded.teacher), shape), Number(name.split('= ')[1]));
  }
  const task = name.startsWith('classes') ? 'classes' : name.startsWith('yes') ? 'yes-no' : 'numbers';
  return labelLoss(task, z, Int32Array.from(labels), name.includes('smoothed') ? 0.1 : 0);
}

describe('losses', () => {
  it.each(recorded.losses)('$name: value and gradient as Keras has them', async (one) => {
    const [value, gradient] = await onBackend('wasm', async () => {
      const loss = lossOf(one);
      return [await loss.value.data(), await loss.gradient.data()];
    });
    expect(Math.abs(value[0]! - one.value)).toBeLessThan(CLOSE * Math.max(1, Math.abs(one.value)));
    gradient.forEach((number, i) => expect(Math.abs(number - one.gradient[i]!)).toBeLessThan(CLOSE));
  });

  it('a teacher of yes or no has no gradient and no loss where the student says the same', async () => {
    const found = await onBackend('wasm', async () => {
      const z = tensor2d([[1.5], [-2]]);
      const { value, gradient } = teacherLoss('yes-no', z, z.clone(), 2);
      return [...(await value.data()), ...(await gradient.data())];
    });
    found.forEach((number) => expect(Math.abs(number)).toBeLessThan(1e-7));
  });

  it('a hint’s gradients are those of finite differences', async () => {
    const s = [0.3, -1, 0.8, 2, 0.1, -0.4];
    const t = [1, 0, -1, 0.5, 0.2, 0.7, -0.3, 0.9];
    const p = [0.2, -0.5, 0.4, 1, 0.3, -0.2, 0.6, 0.1, 0.5, 0.7, -0.8, 0.9];
    const valueAt = async (student: number[], projection: number[]): Promise<number> =>
      (await hintLoss(tensor2d(student, [2, 3]), tensor2d(t, [2, 4]), tensor2d(projection, [3, 4]), 0.7).value.data())[0]!;
    await onBackend('wasm', async () => {
      const loss = hintLoss(tensor2d(s, [2, 3]), tensor2d(t, [2, 4]), tensor2d(p, [3, 4]), 0.7);
      const gradients = [await loss.gradient.data(), await loss.projection!.data()];
      for (const [which, numbers] of [s, p].entries()) {
        for (let i = 0; i < numbers.length; i++) {
          const moved = (by: number): number[] => numbers.map((number, j) => (j === i ? number + by : number));
          const [up, down] = which === 0 ? [await valueAt(moved(0.05), p), await valueAt(moved(-0.05), p)] : [await valueAt(s, moved(0.05)), await valueAt(s, moved(-0.05))];
          expect(gradients[which]![i]!).toBeCloseTo((up - down) / 0.1, 4);
        }
      }
    });
  });

  it('says which label the model does not know', async () => {
    await onBackend('wasm', () => {
      expect(() => labelLoss('classes', tensor2d([[1, 2], [3, 4]]), Int32Array.of(0, 2), 0)).toThrow(/label is 2.*classes 0 to 1/);
    });
  });

  it('refuses labels where the output is a map', async () => {
    await onBackend('wasm', () => {
      expect(() => labelLoss('classes', ones([2, 4, 4, 3]), Int32Array.of(0, 1), 0)).toThrow(/shape \[2, 4, 4, 3\]/);
    });
  });

  it('leaves nothing behind but value and gradient', async () => {
    await onBackend('wasm', () => {
      const [z, t] = [tensor([1, 2, 3, 4], [2, 2]), tensor([1, 2, 2, 1], [2, 2])];
      const before = memory().numTensors;
      const losses = [labelLoss('classes', z, Int32Array.of(0, 1), 0.1), teacherLoss('classes', z, t, 3)];
      expect(memory().numTensors - before).toBe(losses.length * 2);
    });
  });

  it('takes linear outputs for classes where there are as many columns as classes', () => {
    expect([taskOf('linear', 10, 10), taskOf('linear', 1, 10), taskOf('linear', 4, 10), taskOf('softmax', 2, 10), taskOf('sigmoid', 1, 2)]).toEqual([
      'classes', 'numbers', 'numbers', 'classes', 'yes-no',
    ]);
  });
});
