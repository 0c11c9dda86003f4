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

/** A busy machine answers late; the test is about what is answered. */
const PATIENCE_MS = 60_000;

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Until enough periods were told. */
async function periodsOf(given: Partial<LiveWish>, count: number): Promise<{ periods: LivePeriod[]; total: Awaited<ReturnType<Awaited<ReturnType<typeof startLiveRun>>['stop']>> }> {
  const periods: LivePeriod[] = [];
  const run = await startLiveRun({ ...wish, ...given }, (period) => void periods.push(period));
  while (periods.length < count) await wait(20);
  return { periods, total: await run.stop(PATIENCE_MS) };
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

  it('stopped under a queue that it cannot answer in time, counts what is unanswered', async () => {
    const told: LivePeriod[] = [];
    const run = await startLiveRun({ ...wish, rungs: [rung('slow', 1, 200)], isControlled: false }, (period) => void told.push(period));
    while (told.length < 4) await wait(20);
    const total = await run.stop(0);
    expect(total.unanswered).toBeGreaterThan(0);
    expect(total.answered + total.skipped + total.refused + total.unanswered).toBe(total.sent);
  });

  it('takes no more than memory is given for', async () => {
    const size = 4_000_000;
    const large = new Float32Array(size);
    const told: LivePeriod[] = [];
    const slow: LiveRung = { ...rung('slow', 1, 0), run: (_inputs, batch) => new Promise((resolve) => setTimeout(() => resolve(new Float32Array(batch * 3)), 100)) };
    const run = await startLiveRun({ ...wish, rungs: [slow], services: [{ overheadMs: 1, perExampleMs: 1 }], examples: [large], labels: null, inputShape: [size], isControlled: false, ratePerSecond: 50 }, (period) => void told.push(period));
    while (told.every(({ refused }) => refused === 0)) await wait(20);
    expect(Math.max(...told.map(({ queue }) => queue))).toBeLessThanOrEqual(2);
    const total = await run.stop(PATIENCE_MS);
    expect(total.refused).toBeGreaterThan(0);
    expect(total.answered + total.refused).toBe(total.sent);
  });

  it('control can be switched off and on while it runs', async () => {
    const told: LivePeriod[] = [];
    const run = await startLiveRun({ ...wish, ratePerSecond: 1000, isSkippable: true }, (period) => void told.push(period));
    const until = async (is: (period: LivePeriod) => boolean): Promise<void> => {
      while (!told.some(is)) await wait(20);
    };
    await until(({ batch }) => batch > 1);
    run.setControlled(false);
    told.length = 0;
    await until(({ isControlled, batch, keep, level }) => !isControlled && batch === 1 && keep === 1 && level === 0);
    run.setControlled(true);
    told.length = 0;
    await until(({ isControlled, batch }) => isControlled && batch > 1);
    const total = await run.stop(PATIENCE_MS);
    expect(total.answered + total.skipped + total.refused).toBe(total.sent);
  });

  it('a rate of nothing is refused', async () => {
    await expect(startLiveRun({ ...wish, ratePerSecond: 0 }, () => undefined)).rejects.toThrow('above 0');
  });
});
