import { describe, expect, it } from 'vitest';
import { interruptible } from '../../src/cli/interrupt';
import { progressLines } from '../../src/cli/progress-lines';
import type { TrainingPoint } from '../../src/training/training';

const point = (step: number, more: Partial<TrainingPoint> = {}): TrainingPoint => ({
  step, steps: 100, epoch: 1, loss: 0.5, heldOutAccuracy: null, heldOutLoss: null, learningRate: 1e-3, elapsedMs: step * 100, msLeft: 90_000, backend: 'wasm', ...more,
});

describe('Ctrl-C', () => {
  it('ends the program when no training runs', () => {
    const said: string[] = [];
    const interrupt = interruptible((text) => void said.push(text));
    interrupt.watch({ stage: 'size', fraction: null });
    expect(interrupt.press()).toBe(false);
    expect(said).toEqual([]);
  });

  it('keeps the best so far of a training, and ends the program the second time', () => {
    const said: string[] = [];
    const interrupt = interruptible((text) => void said.push(text));
    interrupt.watch({ stage: 'distil', fraction: 0, training: point(1) });
    expect(interrupt.controls.wantsToFinish()).toBe(false);
    expect(interrupt.press()).toBe(true);
    expect(interrupt.controls.wantsToFinish()).toBe(true);
    expect(said).toEqual(['Stopping; the best so far is kept. Ctrl-C again ends at once.']);
    expect(interrupt.press()).toBe(false);
  });

  it('keeps the best so far of a search', () => {
    const interrupt = interruptible(() => {});
    interrupt.watch({ stage: 'search', fraction: 0.1 });
    expect(interrupt.press()).toBe(true);
    expect(interrupt.controls.wantsToFinish()).toBe(true);
    interrupt.watch({ stage: 'write', fraction: null });
    expect(interrupt.controls.wantsToFinish()).toBe(false);
  });

  it('is forgotten once the training is over', () => {
    const interrupt = interruptible(() => {});
    interrupt.watch({ stage: 'distil', fraction: 0, training: point(1) });
    interrupt.press();
    interrupt.watch({ stage: 'size', fraction: null });
    expect(interrupt.controls.wantsToFinish()).toBe(false);
  });
});

describe('progress in lines', () => {
  it('names each stage once, and of a training every epoch and every measurement', () => {
    const lines: string[] = [];
    const report = progressLines((text) => void lines.push(text));
    report({ stage: 'size', fraction: 0 });
    report({ stage: 'size', fraction: 0.5 });
    for (const step of [1, 2, 3]) report({ stage: 'distil', fraction: 0, training: point(step) });
    report({ stage: 'distil', fraction: 0.1, training: point(10, { heldOutAccuracy: 0.9123, heldOutLoss: 0.3 }) });
    expect(lines).toEqual([
      'size …',
      'distil …',
      '  epoch 1, step 1 of 100, loss 0.5000, 1 min 30 s left, on wasm',
      '  epoch 1, step 10 of 100, loss 0.5000, held out: 91.23 %, 1 min 30 s left, on wasm',
    ]);
  });

  it('shows a sign of life in a long epoch', () => {
    const lines: string[] = [];
    const report = progressLines((text) => void lines.push(text));
    for (let step = 1; step <= 400; step++) report({ stage: 'distil', fraction: 0, training: point(step) });
    expect(lines.length).toBeGreaterThan(3);
    expect(lines.length).toBeLessThan(6);
  });
});
