import { describe, expect, it } from 'vitest';
import { memory, mul, tensor, type Tensor } from '@tensorflow/tfjs-core';
import { createBackend } from '../../src/runtime/tfjs/backends';
import { onBackend } from '../../src/runtime/tfjs/engine-lock';
import { Teacher } from '../../src/training/fit-teacher';
import type { Network } from '../../src/training/network';

/** Answers each example with ten times its number, and counts how often it is asked. */
function counting(): { network: Network; asked: () => number } {
  let asked = 0;
  const network = {
    outputs: [{ valueId: 'y', logits: 'z', activation: 'softmax' }],
    predict: ([x]: readonly Tensor[]) => {
      asked++;
      return new Map([['z', mul(x!, 10)], ['inner', mul(x!, 2)]]);
    },
    dispose() {},
  } as unknown as Network;
  return { network, asked: () => asked };
}

async function answers(teacher: Teacher, examples: readonly number[]): Promise<number[]> {
  const inputs = [tensor(Float32Array.from(examples), [examples.length, 1])];
  const { logits, hints } = await teacher.answer({ indices: Uint32Array.from(examples), inputs: [], labels: null }, inputs);
  const numbers = Array.from(await logits[0]!.data());
  for (const one of [...inputs, ...logits, ...hints]) one.dispose();
  return numbers;
}

describe('a teacher', () => {
  it('is asked once for each example, and its answers are given in any order later', async () => {
    await createBackend('cpu');
    await onBackend('cpu', async () => {
      const { network, asked } = counting();
      const teacher = new Teacher(network, [], 6, true);
      const before = memory().numTensors;
      expect(await answers(teacher, [0, 1, 2])).toEqual([0, 10, 20]);
      expect(await answers(teacher, [5, 4, 3])).toEqual([50, 40, 30]);
      expect(await answers(teacher, [4, 0, 2])).toEqual([40, 0, 20]);
      expect(asked()).toBe(2);
      expect(memory().numTensors).toBe(before);
    });
  });

  it('is asked every time where pictures change or inner values are wanted', async () => {
    await createBackend('cpu');
    await onBackend('cpu', async () => {
      for (const [hints, keeps] of [[[], false], [['inner'], true]] as const) {
        const { network, asked } = counting();
        const teacher = new Teacher(network, hints, 3, keeps);
        for (let epoch = 0; epoch < 3; epoch++) expect(await answers(teacher, [0, 1, 2])).toEqual([0, 10, 20]);
        expect(asked()).toBe(3);
      }
    });
  });
});
