import { describe, expect, it } from 'vitest';
import type { BackendInfo, BackendId } from '../../src/runtime/backend';
import type { TrainingSettings } from '../../src/training/training';
import { createRandom } from '../../src/lib/random';
import { augment } from '../../src/training/augment';
import { trainingBackends } from '../../src/lib/backend-order';
import { batchesFrom, heldOutBatches, splitOf } from '../../src/training/batches';
import { learningRateAt } from '../../src/training/schedules';
import { settings, toyData } from './toy';

describe('the learning rate', () => {
  const at = (schedule: TrainingSettings['schedule'], step: number): number => learningRateAt({ learningRate: 1, schedule }, step, 1000);

  it('warms up over the first steps, whatever the schedule', () => {
    expect([at('cosine', 0), at('step', 9), at('constant', 19)]).toEqual([1 / 21, 10 / 21, 20 / 21]);
    expect(at('constant', 20)).toBe(1);
  });

  it('falls along a cosine to nearly zero', () => {
    expect(at('cosine', 20)).toBe(1);
    expect(at('cosine', 510)).toBeCloseTo(0.5, 10);
    expect(at('cosine', 999)).toBeLessThan(1e-5);
  });

  it('falls by tenths at one half and three quarters', () => {
    expect([at('step', 500), at('step', 520), at('step', 760)]).toEqual([1, 0.1, 0.1 ** 2]);
  });
});

describe('augmentation', () => {
  const picture = { shape: [1, 28, 28, 1], dtype: 'float32' as const, data: Float32Array.from({ length: 784 }, (_, i) => i) };

  it('shifts by up to two pixels of 28 and repeats the edge', () => {
    const seen = new Set<string>();
    const random = createRandom(1);
    for (let n = 0; n < 300; n++) {
      const { data } = augment(picture, 'shift', random);
      const [x, y] = [Math.floor(data[14 * 28 + 14]! % 28) - 14, Math.floor(data[14 * 28 + 14]! / 28) - 14];
      seen.add(`${x} ${y}`);
      for (const [row, column] of [[0, 0], [27, 3], [5, 27]] as const) {
        const [fromRow, fromColumn] = [Math.min(27, Math.max(0, row + y)), Math.min(27, Math.max(0, column + x))];
        expect(data[row * 28 + column]).toBe(fromRow * 28 + fromColumn);
      }
    }
    expect(seen.size).toBe(25);
  });

  it('mirrors about every second picture, left to right', () => {
    const random = createRandom(2);
    let mirrored = 0;
    for (let n = 0; n < 200; n++) {
      const { data } = augment(picture, 'shift-flip', random);
      if (data[14 * 28 + 14]! > data[14 * 28 + 15]!) mirrored++;
    }
    expect(mirrored).toBeGreaterThan(70);
    expect(mirrored).toBeLessThan(130);
  });

  it('leaves alone what is no picture', () => {
    const table = { shape: [2, 5], dtype: 'float32' as const, data: new Float32Array(10) };
    const features = { shape: [1, 4, 4, 16], dtype: 'float32' as const, data: new Float32Array(256) };
    expect([augment(table, 'shift-flip', createRandom(1)), augment(features, 'shift', createRandom(1)), augment(picture, 'none', createRandom(1))]).toEqual([table, features, picture]);
  });
});

describe('batches', () => {
  it('go through all training examples once an epoch, in another order each time, without the rest that fills no batch', async () => {
    const own = { ...settings, batch: 10, heldOut: 0.1, epochs: 2 };
    const data = toyData(115);
    const split = splitOf(data.count, own);
    expect([split.heldOut.length, split.trained.length, split.stepsPerEpoch, split.steps]).toEqual([12, 103, 10, 20]);
    const batches = batchesFrom(data, split, own, 0);
    const orders: number[][] = [[], []];
    for (let step = 0; step < 20; step++) orders[step < 10 ? 0 : 1]!.push(...(await batches.next()).indices);
    expect(new Set(orders[0]).size).toBe(100);
    expect(new Set([...orders[0]!, ...split.heldOut]).size).toBe(112);
    expect(orders[0]).not.toEqual(orders[1]);
  });

  it('are the same when taken up in the middle', async () => {
    const own = { ...settings, batch: 10, augmentation: 'shift' as const };
    const data = toyData(60);
    const split = splitOf(data.count, own);
    const whole = batchesFrom(data, split, own, 0);
    for (let step = 0; step < 8; step++) await whole.next();
    expect(await batchesFrom(data, split, own, 8).next()).toEqual(await whole.next());
  });

  it('of the held-out part all have one size, and count each example once', async () => {
    const data = toyData(115);
    const split = splitOf(data.count, { ...settings, batch: 10, heldOut: 0.1 });
    const counted: number[] = [];
    for await (const { indices, count } of heldOutBatches(data, split)) {
      expect(indices).toHaveLength(10);
      counted.push(...indices.subarray(0, count));
    }
    expect(counted).toEqual([...split.heldOut]);
  });
});

describe('the backend to train on', () => {
  const info = (id: BackendId, available: boolean, software = false): BackendInfo => ({ id, available, adapter: '', software, reason: '', timestamps: false });

  it('is the fastest one on a real adapter', () => {
    expect(trainingBackends([info('cpu', true), info('wasm', true), info('webgl', true), info('webgpu', true)])[0]).toBe('webgpu');
    expect(trainingBackends([info('webgpu', false), info('webgl', true), info('wasm', true), info('litert-wasm', true), info('cpu', true)])).toEqual(['webgl', 'wasm', 'cpu']);
  });

  it('is WASM where adapters are software, and JavaScript at the least', () => {
    expect(trainingBackends([info('webgpu', true, true), info('webgl', true, true), info('wasm', true)])[0]).toBe('wasm');
    expect(trainingBackends([])).toEqual(['cpu']);
  });
});
