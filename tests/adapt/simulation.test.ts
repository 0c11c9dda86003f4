/** The controller against disturbances, in simulation: everything is seeded, so that each figure is the same on every machine. */
import { describe, expect, it } from 'vitest';
import { BAND, judge, PERIODS_TO_SETTLE, type Verdict } from '../../src/adapt/judge';
import { controlled, naive, uncontrolled } from '../../src/adapt/rules';
import { scenarios, simulatedLadder, simulatedSettings as settings, tryRule, type Scenario } from '../../src/adapt/scenarios';
import { simulate, type Rule } from '../../src/adapt/simulate';

const verdictOf = (rule: () => Rule, scenario: Scenario): Verdict => judge(tryRule(rule, scenario), scenario, settings);

describe.each(scenarios.map((scenario) => [scenario.name, scenario] as const))('%s', (_name, scenario) => {
  const ours = verdictOf(() => controlled(settings), scenario);
  const theirs = verdictOf(() => naive(settings), scenario);
  const none = verdictOf(uncontrolled, scenario);

  it('settles within ten control periods, in the worst of twenty runs', () => {
    expect(ours.settlingPeriods).toBeLessThanOrEqual(PERIODS_TO_SETTLE);
  });

  it('swings less than 10 % past the target', () => {
    expect(ours.overshoot).toBeLessThan(0.1);
  });

  it('does not oscillate: even streams leave it at rest, and noise never drives it there, back and there again', () => {
    expect(ours.reversals).toBeLessThanOrEqual(scenario.disturbance.arrivals === 'stream' ? 0 : 1);
  });

  it('keeps the load nearer, settles sooner and drops less than the naive rule and than no control', () => {
    for (const other of [theirs, none]) {
      expect(ours.meanError).toBeLessThan(other.meanError);
      expect(ours.settlingPeriods).toBeLessThan(other.settlingPeriods);
      expect(ours.dropped).toBeLessThan(other.dropped);
      expect(ours.worstP90Ms).toBeLessThan(other.worstP90Ms);
    }
  });
});

const steady = (slowdown = 1): Scenario => ({
  name: 'steady',
  disturbance: { rate: () => 140, slowdown: () => slowdown, arrivals: 'stream' },
  periods: 60,
  changes: [[0, 0]],
});

describe('a ladder that was timed on another device', () => {
  it.each([
    ['half as fast', 2, 1, 1],
    ['with twice the overhead', 1, 2, 1],
    ['with half the overhead and a third more for each example', 1, 0.5, 1.33],
    ['four times as fast', 0.25, 1, 1],
  ])('is learned: %s', (_name, slowdown, overhead, perExample) => {
    const rungs = simulatedLadder.map((rung) => ({
      ...rung,
      service: { overheadMs: rung.service.overheadMs * overhead, perExampleMs: rung.service.perExampleMs * perExample },
    }));
    const rule = controlled({ ...settings, rungs });
    const trace = simulate({ ...settings, ...steady(slowdown), periodMs: 2000, queueLimit: 1000, seed: 3 }, rule);
    // At a quarter of the times the first rung alone, one by one, does not reach the target.
    const reachable = slowdown === 0.25 ? (140 * 12 * 0.25) / 1000 : settings.target;
    const last = trace.slice(20).map(({ load }) => load);
    expect(Math.abs(last.reduce((sum, load) => sum + load, 0) / last.length - reachable)).toBeLessThan(BAND / 2);
    expect(trace.every(({ lost, skipped }) => lost + skipped === 0)).toBe(true);
  });
});

describe('the simulation', () => {
  it('gives the same trace for the same seed, and another for another', () => {
    const run = (seed: number) => simulate({ ...settings, ...scenarios[3]!, periods: 20, periodMs: 2000, queueLimit: 256, seed }, controlled(settings));
    expect(run(5)).toEqual(run(5));
    expect(run(5)).not.toEqual(run(6));
  });

  it('loses no request out of sight: what came is served, skipped, lost, waiting or running', () => {
    for (const scenario of scenarios) {
      for (const rule of [controlled(settings), naive(settings), uncontrolled()]) {
        const trace = simulate({ ...settings, ...scenario, periodMs: 2000, queueLimit: 256, seed: 1 }, rule);
        const total = (of: (one: (typeof trace)[number]) => number) => trace.reduce((sum, one) => sum + of(one), 0);
        const missing = total((one) => one.arrived) - total((one) => one.served + one.skipped + one.lost) - trace.at(-1)!.queue;
        expect(missing).toBeGreaterThanOrEqual(0);
        expect(missing).toBeLessThanOrEqual(settings.maxBatch);
      }
    }
  });

  it('keeps the utilisation law of a fixed decision: U = X · S', () => {
    const trace = simulate({ ...settings, ...steady(), periodMs: 2000, queueLimit: 256, seed: 1 }, { first: { batch: 4, level: 1, keep: 1 }, next: () => ({ batch: 4, level: 1, keep: 1 }) });
    const mean = trace.slice(5).reduce((sum, { load }) => sum + load, 0) / (trace.length - 5);
    expect(mean).toBeCloseTo((0.14 * (3.5 + 4 * 4.5)) / 4, 2);
  });
});
