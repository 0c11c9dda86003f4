/**
 * A ladder served live: examples stream in at a rate that can be turned, through prepared models on a real backend, with the controller
 * or without, and each period is reported. The same queue and controller as in an exported module.
 */
import { quantile } from '../lib/statistics';
import type { AdaptiveStatus, BackendName } from './module/api';
import type { Engine } from './module/engine';
import { createServer } from './module/serve';
import { timeRung } from './module/trial';

/** One rung, ready on the backend. */
export interface LiveRung {
  readonly name: string;
  readonly accuracy: number | null;
  /** Estimated energy of one inference; null: not estimated. */
  readonly joules: number | null;
  /** `inputs`: `batch` examples one after the other; gives their outputs likewise. */
  run(inputs: Float32Array, batch: number): Promise<Float32Array>;
}

export interface LiveWish {
  readonly backend: BackendName;
  /** From the most accurate to the cheapest. */
  readonly rungs: readonly LiveRung[];
  /** Streamed over and over. */
  readonly examples: readonly Float32Array[];
  /** Class of each example; null: accuracy of what is served is not known. */
  readonly labels: ArrayLike<number> | null;
  readonly inputShape: readonly number[];
  readonly outputShape: readonly number[];
  readonly ratePerSecond: number;
  readonly isControlled: boolean;
  /** Whether examples may be skipped under load. */
  readonly isSkippable: boolean;
  readonly targetLoad: number;
  readonly latencyBudgetMs: number;
  readonly periodMs: number;
  /** Ascending, from 1. */
  readonly batchSizes: readonly number[];
}

/** What happened in a period. */
export interface LivePeriod extends Omit<AdaptiveStatus, 'answered' | 'skipped'> {
  readonly elapsedMs: number;
  readonly sent: number;
  readonly answered: number;
  readonly skipped: number;
  /** Share of the answers that were right; null: without labels or answers. */
  readonly accuracy: number | null;
  /** Of all answers together, estimated; null: a rung has no estimate. */
  readonly joules: number | null;
}

export interface LiveRun {
  setRate(perSecond: number): void;
  /** Sends no more, and waits until all that was sent is answered. */
  stop(): Promise<{ readonly sent: number; readonly answered: number; readonly skipped: number; readonly latencyP90Ms: number | null }>;
}

/** How often due examples are sent. */
const SEND_MS = 5;
const LOWEST_KEEP = 0.1;
/** What came due longer ago is not sent any more: the page slept, and an hour of examples at once would say nothing. */
const MOST_LATE_MS = 2000;

export async function startLiveRun(wish: LiveWish, report: (period: LivePeriod) => void): Promise<LiveRun> {
  const { rungs, examples, labels, backend, batchSizes } = wish;
  const engine: Engine = {
    backend,
    batchSizes,
    load: async () => undefined,
    run: (rung, inputs, batch) => rungs[rung]!.run(inputs, batch),
    dispose: () => undefined,
  };
  const services = [];
  for (let rung = 0; rung < rungs.length; rung++) services.push(await timeRung(engine, rung, examples[0]!));

  const start = performance.now();
  const total = { sent: 0, answered: 0, skipped: 0 };
  const latencies: number[] = [];
  let counts = noCounts();
  let failure: Error | null = null;
  const server = createServer({ engine, services }, {
    ...wish,
    minimumKeep: LOWEST_KEEP,
    givenUp: [],
    replace: () => Promise.reject(new Error(`The ${backend} backend was lost. Choose another one.`)),
    onChange(status) {
      const { right, joules, ...rest } = counts;
      report({ ...status, ...rest, elapsedMs: performance.now() - start, accuracy: labels && rest.answered > 0 ? right / rest.answered : null, joules });
      counts = noCounts();
    },
  });

  const waiting = new Set<Promise<void>>();
  const send = (since: number): void => {
    const index = total.sent % examples.length;
    total.sent++;
    counts.sent++;
    const settled = server.request(examples[index]!, { skippable: wish.isSkippable }, since).then(
      (answer) => {
        if (!answer) {
          total.skipped++;
          counts.skipped++;
          return;
        }
        total.answered++;
        counts.answered++;
        latencies.push(answer.latencyMs);
        if (labels && largestIndex(answer.output) === labels[index]) counts.right++;
        const joules = rungs[answer.rung]!.joules;
        counts.joules = joules === null || counts.joules === null ? null : counts.joules + joules;
      },
      (error: unknown) => void (failure ??= error instanceof Error ? error : new Error(String(error))),
    );
    waiting.add(settled);
    void settled.then(() => waiting.delete(settled));
  };
  let spacingMs = spacingOf(wish.ratePerSecond);
  let dueAt = performance.now();
  // What came due while a batch held the thread is sent with the time at which it should have come.
  const timer = setInterval(() => {
    if (failure) return clearInterval(timer);
    const now = performance.now();
    for (dueAt = Math.max(dueAt, now - MOST_LATE_MS); dueAt <= now; dueAt += spacingMs) send(dueAt);
  }, SEND_MS);

  return {
    setRate(perSecond) {
      spacingMs = spacingOf(perSecond);
      dueAt = performance.now();
    },
    async stop() {
      clearInterval(timer);
      await Promise.all(waiting);
      server.close();
      if (failure) throw failure;
      latencies.sort((a, b) => a - b);
      return { ...total, latencyP90Ms: latencies.length > 0 ? quantile(latencies, 0.9) : null };
    },
  };
}

interface Counts {
  sent: number;
  answered: number;
  skipped: number;
  right: number;
  joules: number | null;
}

function noCounts(): Counts {
  return { sent: 0, answered: 0, skipped: 0, right: 0, joules: 0 };
}

function spacingOf(perSecond: number): number {
  if (!(perSecond > 0)) throw new RangeError(`The rate is ${perSecond} a second; above 0 is allowed.`);
  return 1000 / perSecond;
}

function largestIndex(values: Float32Array): number {
  return values.reduce((best, value, i) => (value > values[best]! ? i : best), 0);
}
