/** What the controller is made of: the tracked mean, the learned service times, the effort and the dispatch. */
import { describe, expect, it } from 'vitest';
import { nextBatch, nextKept, nextRung, startDispatch } from '../../src/adapt/dispatch';
import { decisionAt, effortFor, largestEffort, loadOf } from '../../src/adapt/effort';
import { learnService, serviceMs, startServiceModel } from '../../src/adapt/service-model';
import { startMean, trackMean } from '../../src/adapt/tracked-mean';
import { createRandom } from '../../src/lib/random';

const follow = (samples: readonly number[], floor = 0.01) => samples.reduce((state, sample) => trackMean(state, sample, floor), startMean(0));

describe('the tracked mean', () => {
  it('is the mean of what stays the same', () => {
    expect(follow([4, 5, 6, 5], 1).mean).toBe(5);
  });

  it('follows a step beyond the noise at once', () => {
    const random = createRandom(1);
    const calm = Array.from({ length: 30 }, () => 100 + random.normal());
    expect(follow([...calm, 150]).mean).toBeGreaterThan(145);
  });

  it('hardly moves under noise alone', () => {
    const random = createRandom(2);
    const means: number[] = [];
    let state = startMean(0);
    for (let i = 0; i < 300; i++) {
      state = trackMean(state, 100 + 10 * random.normal(), 0.1);
      if (i > 50) means.push(state.mean);
    }
    // Ten standard deviations of one sample would be 100; the mean stays within one.
    expect(Math.max(...means) - Math.min(...means)).toBeLessThan(15);
  });

  it('follows a drift with a short lag', () => {
    const ramp = Array.from({ length: 60 }, (_, i) => (i < 20 ? 100 : 100 + 3 * (i - 20)));
    expect(Math.abs(follow(ramp, 1).mean - ramp.at(-1)!)).toBeLessThan(10);
  });
});

describe('learned service times', () => {
  const seeds = [{ overheadMs: 4, perExampleMs: 8 }, { overheadMs: 2, perExampleMs: 2 }];
  const work = (rung: number, batch: number, busyMs: number) => [{ rung, batches: 10, examples: 10 * batch, busyMs: 10 * busyMs }];

  it('a slower device slows every rung, at once', () => {
    const model = learnService(startServiceModel(seeds), work(0, 2, 40), seeds);
    expect(serviceMs(model, 0, 2)).toBeCloseTo(40);
    expect(serviceMs(model, 1, 4)).toBeCloseTo(20);
    expect(serviceMs(model, 0.5, 2)).toBeCloseTo((40 + 12) / 2);
  });

  it('a rung that was timed wrongly is corrected, overhead and time per example apart', () => {
    // Truly 8 + 6 b, where 4 + 8 b was thought; the other rung is right.
    let model = startServiceModel(seeds);
    for (let i = 0; i < 200; i++) {
      const batch = 1 + (i % 8);
      model = learnService(model, [...work(0, batch, 8 + 6 * batch), ...work(1, batch, 2 + 2 * batch)], seeds);
    }
    for (const batch of [1, 4, 8]) {
      expect(serviceMs(model, 0, batch) / (8 + 6 * batch)).toBeCloseTo(1, 1);
      expect(serviceMs(model, 1, batch) / (2 + 2 * batch)).toBeCloseTo(1, 1);
    }
  });

  it('one batch size for ever does not let the estimate run away', () => {
    const random = createRandom(3);
    let model = startServiceModel(seeds);
    for (let i = 0; i < 5000; i++) model = learnService(model, work(0, 8, 68 * (1 + 0.05 * random.normal())), seeds);
    expect(serviceMs(model, 0, 8)).toBeCloseTo(68, 0);
    expect(serviceMs(model, 0, 1) / 12).toBeGreaterThan(0.7);
    expect(serviceMs(model, 0, 1) / 12).toBeLessThan(1.4);
  });

  it('nothing served teaches nothing', () => {
    const model = startServiceModel(seeds);
    expect(learnService(model, [{ rung: 0, batches: 0, examples: 0, busyMs: 0 }], seeds)).toBe(model);
  });
});

describe('effort', () => {
  const range = { model: startServiceModel([{ overheadMs: 4, perExampleMs: 8 }, { overheadMs: 3, perExampleMs: 3 }, { overheadMs: 2, perExampleMs: 1 }]), ratePerMs: 0.1, largestBatch: 8, minimumKeep: 0.2 };

  it('more of it never means more load', () => {
    const loads = Array.from({ length: 81 }, (_, i) => loadOf(decisionAt((i / 80) * largestEffort(range), range), range));
    expect(loads.every((load, i) => i === 0 || load <= loads[i - 1]! + 1e-12)).toBe(true);
  });

  it('is found exactly for a load that can be reached, and bounded where none can', () => {
    for (const wanted of [1.1, 0.9, 0.6, 0.3, 0.1, 0.05]) expect(loadOf(decisionAt(effortFor(wanted, range), range), range)).toBeCloseTo(wanted, 9);
    expect(effortFor(2, range)).toBe(0);
    expect(effortFor(0.001, range)).toBe(largestEffort(range));
  });
});

describe('dispatch', () => {
  it.each([[1], [1.3], [2.5], [7.9]])('batches of %d in the mean are batches of the two sizes beside it', (batch) => {
    let state = startDispatch;
    const sizes = Array.from({ length: 100 }, () => {
      const next = nextBatch({ batch, level: 0, keep: 1 }, state);
      state = next.state;
      return next.size;
    });
    expect(sizes.every((size) => size === Math.floor(batch) || size === Math.ceil(batch))).toBe(true);
    expect(Math.abs(sizes.reduce((sum, size) => sum + size, 0) - 100 * batch)).toBeLessThanOrEqual(1);
  });

  it('rungs and frames keep to their shares, evenly spread', () => {
    const decision = { batch: 1, level: 1.25, keep: 0.75 };
    let state = startDispatch;
    const rungs: number[] = [];
    const kept: boolean[] = [];
    for (let i = 0; i < 16; i++) {
      const rung = nextRung(decision, state);
      const frame = nextKept(decision, rung.state);
      state = frame.state;
      rungs.push(rung.rung);
      kept.push(frame.isKept);
    }
    expect(rungs.filter((rung) => rung === 2)).toHaveLength(4);
    expect(rungs.every((rung) => rung === 1 || rung === 2)).toBe(true);
    expect(kept.filter(Boolean)).toHaveLength(12);
    expect(kept.slice(0, 4).filter(Boolean)).toHaveLength(3);
  });

  it('everything is kept while nothing is to be skipped', () => {
    let state = startDispatch;
    for (let i = 0; i < 50; i++) {
      const next = nextKept({ batch: 1, level: 0, keep: 1 }, state);
      expect(next.isKept).toBe(true);
      state = next.state;
    }
  });
});
