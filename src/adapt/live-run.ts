/**
 * A ladder served live: examples stream in at a rate that can be turned, through prepared models on a real backend, with the controller
 * or without, and each period is reported. The same queue and controller as in an exported module.
 */
import { latencyHistogram } from './latency-histogram';
import type { AdaptiveStatus, BackendName } from './module/api';
import type { Engine } from './module/engine';
import { createServer } from './module/serve';
import { timeRung } from './module/trial';
import type { ServiceTime } from './types';

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
  /** Of each rung, where they were timed already. */
  readonly services?: readonly ServiceTime[];
  /** Streamed over and over. A picture in it may be replaced by a newer one while the run goes on. */
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
  /** Whether a device under pressure is asked for less than the target. */
  readonly heedsPressure?: boolean;
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
  /** Not taken, because more wait than memory is given for; only without control. */
  readonly refused: number;
  /** Share of the answers that were right; null: without labels or answers. */
  readonly accuracy: number | null;
  /** Of all answers together, estimated; null: a rung has no estimate. */
  readonly joules: number | null;
  /** Whether the controller decided what comes next. */
  readonly isControlled: boolean;
}

/** Of a whole run: sent = answered + skipped + refused + unanswered. */
export interface LiveTotal {
  readonly sent: number;
  readonly answered: number;
  readonly skipped: number;
  readonly refused: number;
  /** Still waiting when the run was stopped, for longer than anybody waits. */
  readonly unanswered: number;
  readonly latencyP50Ms: number | null;
  readonly latencyP90Ms: number | null;
}

export interface LiveRun {
  setRate(perSecond: number): void;
  /** Off: one by one on the first rung; on: the controller begins anew. */
  setControlled(isControlled: boolean): void;
  /** Sends no more, and waits so long at most for what was sent. Throws what ended the run, if something did. */
  stop(waitMs?: number): Promise<LiveTotal>;
}

/** How often due examples are sent. */
const SEND_MS = 5;
const LOWEST_KEEP = 0.1;
/** What came due longer ago is not sent any more: the page slept, and an hour of examples at once would say nothing. */
const MOST_LATE_MS = 2000;
/** A queue that holds more bytes takes no more: without control an overload grows as long as it lasts. */
const LARGEST_QUEUE_NBYTES = 32e6;
const FLOAT_NBYTES = 4;
/** Rounds in which a ladder is timed, rung by rung, so that a burst of other work meets all of them or none. */
const TIMED_ROUNDS = 3;
/** How long a stopped run waits for its last answers. */
const LAST_ANSWERS_MS = 2000;

export async function startLiveRun(wish: LiveWish, report: (period: LivePeriod) => void): Promise<LiveRun> {
  const { rungs, examples, labels } = wish;
  const engine = engineOf(wish);
  const services = wish.services ?? (await timeRungs(engine, rungs.length, examples[0]!));
  const mostWaiting = Math.max(1, Math.floor(LARGEST_QUEUE_NBYTES / (examples[0]!.length * FLOAT_NBYTES)));

  const start = performance.now();
  const total = noCounts();
  const latencies = latencyHistogram();
  let counts = noCounts();
  let isControlled = wish.isControlled;
  let failure: Error | null = null;
  let isStopping = false;
  const server = createServer({ engine, services }, {
    ...wish,
    get isControlled() {
      return isControlled;
    },
    minimumKeep: LOWEST_KEEP,
    givenUp: [],
    replace: () => Promise.reject(new Error(`The ${wish.backend} backend was lost. Choose another one.`)),
    onChange(status) {
      const { right, joules, ...rest } = counts;
      report({ ...status, ...rest, elapsedMs: performance.now() - start, accuracy: labels && rest.answered > 0 ? right / rest.answered : null, joules, isControlled });
      counts = noCounts();
    },
  });

  const waiting = new Set<Promise<void>>();
  const count = (what: 'sent' | 'answered' | 'skipped' | 'refused'): void => {
    total[what]++;
    counts[what]++;
  };
  const send = (since: number): void => {
    const index = total.sent % examples.length;
    count('sent');
    if (waiting.size >= mostWaiting) return count('refused');
    const settled = server.request(examples[index]!, { skippable: wish.isSkippable }, since).then(
      (answer) => {
        if (!answer) return count('skipped');
        count('answered');
        latencies.add(answer.latencyMs);
        if (labels && largestIndex(answer.output) === labels[index]) counts.right++;
        const joules = rungs[answer.rung]!.joules;
        counts.joules = joules === null || counts.joules === null ? null : counts.joules + joules;
      },
      (error: unknown) => {
        // What a stopped run leaves unanswered is no failure.
        if (!isStopping) failure ??= error instanceof Error ? error : new Error(String(error));
      },
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
    setControlled: (next) => void (isControlled = next),
    async stop(waitMs = LAST_ANSWERS_MS) {
      clearInterval(timer);
      await Promise.race([Promise.all(waiting), new Promise((resolve) => setTimeout(resolve, waitMs))]);
      isStopping = true;
      server.close();
      if (failure) throw failure;
      const { sent, answered, skipped, refused } = total;
      return { sent, answered, skipped, refused, unanswered: sent - answered - skipped - refused, latencyP50Ms: latencies.quantile(0.5), latencyP90Ms: latencies.quantile(0.9) };
    },
  };
}

/** What each rung costs on the backend: of several rounds the fastest counts, because what disturbs only slows down. */
export async function timeLiveRungs(wish: Pick<LiveWish, 'backend' | 'batchSizes' | 'rungs' | 'examples'>): Promise<ServiceTime[]> {
  const rounds: ServiceTime[][] = [];
  for (let round = 0; round < TIMED_ROUNDS; round++) rounds.push(await timeRungs(engineOf(wish), wish.rungs.length, wish.examples[0]!));
  const largest = wish.batchSizes.at(-1)!;
  return wish.rungs.map((_, rung) => {
    const fastest = (batch: number): number => Math.min(...rounds.map((round) => round[rung]!.overheadMs + batch * round[rung]!.perExampleMs));
    if (largest === 1) return rounds.map((round) => round[rung]!).reduce((best, one) => (one.overheadMs < best.overheadMs ? one : best));
    const [one, most] = [fastest(1), fastest(largest)];
    // Noise must leave both parts above nothing.
    const perExampleMs = Math.min(0.99 * one, Math.max(0.01 * one, (most - one) / (largest - 1)));
    return { overheadMs: one - perExampleMs, perExampleMs };
  });
}

async function timeRungs(engine: Engine, count: number, example: Float32Array): Promise<ServiceTime[]> {
  const services: ServiceTime[] = [];
  for (let rung = 0; rung < count; rung++) services.push(await timeRung(engine, rung, example));
  return services;
}

function engineOf({ backend, batchSizes, rungs }: Pick<LiveWish, 'backend' | 'batchSizes' | 'rungs'>): Engine {
  return { backend, batchSizes, load: async () => undefined, run: (rung, inputs, batch) => rungs[rung]!.run(inputs, batch), dispose: () => undefined };
}

interface Counts {
  sent: number;
  answered: number;
  skipped: number;
  refused: number;
  right: number;
  joules: number | null;
}

function noCounts(): Counts {
  return { sent: 0, answered: 0, skipped: 0, refused: 0, right: 0, joules: 0 };
}

function spacingOf(perSecond: number): number {
  if (!(perSecond > 0)) throw new RangeError(`The rate is ${perSecond} a second; above 0 is allowed.`);
  return 1000 / perSecond;
}

function largestIndex(values: Float32Array): number {
  return values.reduce((best, value, i) => (value > values[best]! ? i : best), 0);
}
