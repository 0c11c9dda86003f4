/** A live run on models that are made up: nothing is lost, and what is reported adds up. */
import { describe, expect, it } from 'vitest';
import { startLiveRun, type LivePeriod, type LiveRung, type LiveWish } from '../../src/adapt/live-run';

/** Answers the class that the example's first number says; waits as if it computed. */
const rung = (name: string, joules: number | null, waitMs: number): LiveRung => ({
  name,
  accuracy: null,
  joules,
  async run(inputs, batch) {
    await new Promise((resolve) => setTimeout(resolve, waitMs));
    return Float32Array.from({ length: batch * 3 }, (_, i) => (inputs[Math.floor(i / 3) * 2] === i % 3 ? 1 : 0));
  },
});

const wish: LiveWish = {
  backend: 'wasm',
  rungs: [rung('large', 2, 4), rung('small', 1, 1)],
  examples: [0, 1, 2, 1].map((label) => Float32Array.of(label, 7)),
  labels: [0, 1, 2, 0],
  inputShape: [2],
  outputShape: [3],
  ratePerSecond: 200,
  isControlled: true,
  isSkippable: false,
  targetLoad: 0.8,
  latencyBudgetMs: 100,
  periodMs: 50,
  batchSizes: [1, 2, 4],
};

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Until enough periods were told. */
async function periodsOf(given: Partial<LiveWish>, count: number): Promise<{ periods: LivePeriod[]; total: Awaited<ReturnType<Awaited<ReturnType<typeof startLiveRun>>['stop']>> }> {
  const periods: LivePeriod[] = [];
  const run = await startLiveRun({ ...wish, ...given }, (period) => void periods.push(period));
  while (periods.length < count) await wait(20);
  return { periods, total: await run.stop() };
}

describe('a live run', () => {
  it('answers all that was sent, and its periods add up', async () => {
    const { periods, total } = await periodsOf({}, 8);
    expect(total.answered).toBe(total.sent);
    expect(total.skipped).toBe(0);
    expect(total.latencyP90Ms).toBeGreaterThan(0);
    const told = periods.reduce((sum, one) => sum + one.answered, 0);
    expect(told).toBeGreaterThan(0);
    expect(told).toBeLessThanOrEqual(total.answered);
    for (const { answered, joules } of periods) {
      expect(joules!).toBeGreaterThanOrEqual(answered);
      expect(joules!).toBeLessThanOrEqual(2 * answered);
    }
    // One of the four labels is wrong.
    const right = periods.filter((one) => one.answered >= 4).map((one) => one.accuracy!);
    expect(Math.min(...right)).toBeGreaterThan(0);
    expect(Math.max(...right)).toBeLessThanOrEqual(1);
  });

  it('without control stays at one example on the first model', async () => {
    const { periods } = await periodsOf({ isControlled: false, ratePerSecond: 1000 }, 6);
    expect(periods.every(({ batch, level, keep }) => batch === 1 && level === 0 && keep === 1)).toBe(true);
  });

  it('without labels or estimates says that they are not known', async () => {
    const { periods } = await periodsOf({ labels: null, rungs: [rung('one', null, 1)] }, 4);
    const busy = periods.filter(({ answered }) => answered > 0);
    expect(busy.length).toBeGreaterThan(0);
    expect(busy.every(({ accuracy, joules }) => accuracy === null && joules === null)).toBe(true);
  });

  it('a backend that is lost ends it with the reason', async () => {
    let breakNow = (): void => undefined;
    const broken = new Promise<void>((resolve) => (breakNow = resolve));
    let runs = 0;
    const breaking: LiveRung = {
      ...rung('one', null, 1),
      async run(_inputs, batch) {
        if (++runs > 20) {
          breakNow();
          throw new Error('gone');
        }
        return new Float32Array(batch * 3);
      },
    };
    const run = await startLiveRun({ ...wish, rungs: [breaking] }, () => undefined);
    await broken;
    await expect(run.stop()).rejects.toThrow('was lost');
  });

  it('a rate of nothing is refused', async () => {
    await expect(startLiveRun({ ...wish, ratePerSecond: 0 }, () => undefined)).rejects.toThrow('above 0');
  });
});
