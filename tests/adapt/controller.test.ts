/** The controller alone, period by period. */
import { describe, expect, it } from 'vitest';
import { startController, step, type ControllerState } from '../../src/adapt/controller';
import type { ControllerSettings, Decision, Observation, PressureState } from '../../src/adapt/types';

const settings: ControllerSettings = {
  rungs: [
    { name: 'large', accuracy: 0.9, service: { overheadMs: 4, perExampleMs: 8 } },
    { name: 'small', accuracy: 0.8, service: { overheadMs: 2, perExampleMs: 2 } },
  ],
  target: 0.8,
  maxBatch: 8,
  latencyBudgetMs: 250,
  minimumKeep: 0.1,
};

/** A server that does exactly as the ladder says and has no queue. */
function observe(rate: number, { batch, level, keep }: Decision, slowdown = 1, pressure: PressureState | null = null): Observation {
  const served = rate * keep;
  const work = [0, 1].flatMap((rung) => {
    const share = Math.max(0, 1 - Math.abs(level - rung));
    const batches = (served / batch) * share;
    const { overheadMs, perExampleMs } = settings.rungs[rung]!.service;
    return batches > 0 ? [{ rung, batches, examples: batches * batch, busyMs: batches * slowdown * (overheadMs + perExampleMs * batch) }] : [];
  });
  const busyMs = work.reduce((sum, one) => sum + one.busyMs, 0);
  const batches = work.reduce((sum, one) => sum + one.batches, 0);
  const latencyP90Ms = ((batch - 1) * 1000) / rate + busyMs / batches;
  return { periodMs: 1000, busyMs: Math.min(1000, busyMs), arrived: rate, queue: 0, latencyP90Ms, work, pressure };
}

function run(periods: number, rateAt: (period: number) => number, slowdownAt: (period: number) => number = () => 1): Decision[] {
  let state = startController(settings);
  return Array.from({ length: periods }, (_, i) => {
    const stepped = step(state, observe(rateAt(i), state.decision, slowdownAt(i)));
    state = stepped.state;
    return stepped.decision;
  });
}

const loadOf = (rate: number, decision: Decision, slowdown = 1) =>
  observe(rate, decision, slowdown).work.reduce((sum, one) => sum + one.busyMs, 0) / 1000;

describe('the order of cost', () => {
  it('a light load is served one by one by the most accurate model', () => {
    expect(run(20, () => 40).at(-1)).toEqual({ batch: 1, level: 0, keep: 1 });
  });

  it('then larger batches, on the same model', () => {
    const last = run(20, () => 80).at(-1)!;
    expect(last.batch).toBeGreaterThan(1);
    expect([last.level, last.keep]).toEqual([0, 1]);
    expect(loadOf(80, last)).toBeCloseTo(0.8, 1);
  });

  it('then part of the requests on the cheaper model', () => {
    const last = run(20, () => 140).at(-1)!;
    expect(last.level).toBeGreaterThan(0);
    expect(last.level).toBeLessThan(1);
    expect([last.batch, last.keep]).toEqual([8, 1]);
    expect(loadOf(140, last)).toBeCloseTo(0.8, 1);
  });

  it('then skipped frames, and never fewer served than is allowed', () => {
    const last = run(20, () => 700).at(-1)!;
    expect([last.batch, last.level]).toEqual([8, 1]);
    expect(last.keep).toBeLessThan(0.6);
    expect(loadOf(700, last)).toBeCloseTo(0.8, 1);
    expect(run(20, () => 70_000).at(-1)!.keep).toBeCloseTo(0.1);
  });
});

describe('stability', () => {
  it('a larger batch lowers the load, which the naive rule has the wrong way round', () => {
    expect(loadOf(60, { batch: 4, level: 0, keep: 1 })).toBeLessThan(loadOf(60, { batch: 2, level: 0, keep: 1 }));
  });

  it('a steady load leaves the decision alone', () => {
    const decisions = run(60, () => 140).slice(5);
    expect(new Set(decisions.map((one) => JSON.stringify(one))).size).toBe(1);
  });

  it('more load is answered at once, less load in the second period', () => {
    const decisions = run(40, (i) => (i < 10 || i >= 20 ? 80 : 140));
    expect(decisions[9]!.level).toBe(0);
    expect(decisions[10]!.level).toBeGreaterThan(0.3);
    expect(decisions[20]).toEqual(decisions[19]);
    expect(decisions[21]!.level).toBe(0);
  });

  it('a device that slows down is met by effort, and by less of it when it recovers', () => {
    const decisions = run(60, () => 80, (i) => (i >= 20 && i < 40 ? 2 : 1));
    expect(loadOf(80, decisions[25]!, 2)).toBeCloseTo(0.8, 1);
    expect(loadOf(80, decisions[50]!)).toBeCloseTo(0.8, 1);
    expect(decisions[25]!.level).toBeGreaterThan(decisions[50]!.level);
  });

  it('a batch is no larger than the latency budget allows', () => {
    let state = startController({ ...settings, latencyBudgetMs: 60 });
    for (let i = 0; i < 20; i++) state = step(state, observe(140, state.decision)).state;
    const { batch } = state.decision;
    // Filling and service: (b − 1)/r + s(b).
    expect((batch - 1) / 0.14 + 4 + 8 * batch).toBeLessThanOrEqual(60 * 1.05);
    expect(batch).toBeGreaterThan(2);
  });

  it('no request is no reason to decide anything', () => {
    const state = startController(settings);
    const idle = { periodMs: 1000, busyMs: 0, arrived: 0, queue: 0, latencyP90Ms: null, work: [], pressure: null };
    expect(step(state, idle).decision).toEqual(state.decision);
  });

  it('the same state and observation give the same decision, and change nothing that was given', () => {
    const state = deepFreeze(run20());
    const seen = deepFreeze(observe(200, state.decision));
    expect(step(state, seen)).toEqual(step(state, seen));
  });
});

describe('compute pressure', () => {
  it('lowers the load while it lasts and for a while after', () => {
    let state = startController(settings);
    const loads: number[] = [];
    for (let i = 0; i < 60; i++) {
      state = step(state, observe(140, state.decision, 1, i >= 10 && i < 20 ? 'critical' : 'nominal')).state;
      loads.push(loadOf(140, state.decision));
    }
    expect(loads[9]).toBeCloseTo(0.8, 1);
    expect(loads[19]).toBeCloseTo(0.56, 1);
    expect(loads[25]).toBeCloseTo(0.56, 1);
    expect(loads[59]).toBeCloseTo(0.8, 1);
  });
});

describe('settings that make no sense are refused', () => {
  it.each([
    [{ rungs: [] }, /no model/],
    [{ target: 1 }, /target load is 1/],
    [{ maxBatch: 0.5 }, /largest batch/],
    [{ latencyBudgetMs: 0 }, /latency budget/],
    [{ minimumKeep: 0 }, /least share/],
    [{ rungs: [{ name: 'x', accuracy: null, service: { overheadMs: 0, perExampleMs: 1 } }] }, /service time/],
  ])('%o', (change, message) => {
    expect(() => startController({ ...settings, ...change })).toThrow(message);
  });
});

function run20(): ControllerState {
  let state = startController(settings);
  for (let i = 0; i < 20; i++) state = step(state, observe(140, state.decision)).state;
  return state;
}

function deepFreeze<T>(value: T): T {
  if (value !== null && typeof value === 'object' && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(deepFreeze);
  }
  return value;
}
