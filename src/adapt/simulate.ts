/**
 * A seeded discrete-event simulation of one server with a bounded queue, to try load controllers on: requests come, wait until a
 * batch is full or the first has waited long enough, and are served one batch at a time. Same seed, same trace.
 */
import { createRandom, type Random } from '../lib/random';
import { quantile } from '../lib/statistics';
import { nextBatch, nextKept, nextRung, startDispatch } from './dispatch';
import type { Decision, Observation, Rung, RungWork } from './types';

/** What happens to the server, by time from the start in control periods. */
export interface Disturbance {
  /** Requests a second. */
  rate(periods: number): number;
  /** How many times slower everything is. */
  slowdown(periods: number): number;
  /** 'stream': evenly spaced, as frames of a camera; 'random': a Poisson process. */
  readonly arrivals: 'stream' | 'random';
}

/** A rule that is tried: told of each period, it says what to do in the next. */
export interface Rule {
  readonly first: Decision;
  next(seen: Observation): Decision;
}

export interface SimulationSettings {
  /** What the server really takes; a rule may have been told otherwise. */
  readonly rungs: readonly Rung[];
  readonly disturbance: Disturbance;
  readonly periods: number;
  readonly periodMs: number;
  readonly latencyBudgetMs: number;
  /** Requests that may wait; more are dropped. */
  readonly queueLimit: number;
  readonly seed: number;
}

/** One period as it went, under the decision that held in it. */
export interface Period {
  readonly load: number;
  readonly decision: Decision;
  readonly arrived: number;
  readonly served: number;
  /** Not served by decision. */
  readonly skipped: number;
  /** Not served because the queue was full. */
  readonly lost: number;
  readonly queue: number;
  readonly latencyP50Ms: number | null;
  readonly latencyP90Ms: number | null;
  /** Mean accuracy of what was served; null: nothing was, or it is not known. */
  readonly accuracy: number | null;
}

/** Relative spread of single service times, and of the spacing of a stream. */
const SERVICE_NOISE = 0.05;
const STREAM_JITTER = 0.1;
/** Share of the latency budget after which a batch goes as it is. */
const FILL_SHARE = 0.5;

export function simulate(settings: SimulationSettings, rule: Rule): Period[] {
  const { rungs, disturbance, periods, periodMs, latencyBudgetMs, queueLimit } = settings;
  // Two sources, so that every rule meets the same arrivals.
  const arriving = createRandom(settings.seed);
  const serving = createRandom(settings.seed + 1);
  const queue: number[] = [];
  const trace: Period[] = [];
  let decision = rule.first;
  let dispatch = startDispatch;
  let size = 0;
  let nextArrival = spacing(disturbance, 0, arriving);
  let clock = 0;
  let running: { start: number; end: number; rung: number; arrivals: number[] } | null = null;

  for (let index = 0; index < periods; index++) {
    const [begin, end] = [index * periodMs, (index + 1) * periodMs];
    const count = { arrived: 0, skipped: 0, lost: 0 };
    const latencies: number[] = [];
    clock = begin;
    const work = rungs.map((_, rung) => ({ rung, batches: 0, examples: 0, busyMs: 0 }));
    let busyMs = running ? Math.min(end, running.end) - begin : 0;
    let accuracy = 0;

    for (;;) {
      if (size === 0) ({ size, state: dispatch } = nextBatch(decision, dispatch));
      const startAt: number = running || queue.length === 0 ? Infinity : queue.length >= size ? clock : Math.max(clock, queue[0]! + FILL_SHARE * latencyBudgetMs);
      const now = Math.min(nextArrival, running?.end ?? Infinity, startAt);
      if (now >= end) break;
      clock = now;
      if (running && now === running.end) {
        const { rung, start, arrivals } = running;
        const done = work[rung]!;
        work[rung] = { rung, batches: done.batches + 1, examples: done.examples + arrivals.length, busyMs: done.busyMs + now - start };
        for (const arrival of arrivals) latencies.push(now - arrival);
        accuracy += arrivals.length * (rungs[rung]!.accuracy ?? Number.NaN);
        running = null;
      } else if (now === nextArrival) {
        count.arrived++;
        const kept = nextKept(decision, dispatch);
        dispatch = kept.state;
        if (!kept.isKept) count.skipped++;
        else if (queue.length >= queueLimit) count.lost++;
        else queue.push(now);
        nextArrival = now + spacing(disturbance, now / periodMs, arriving);
      } else {
        const picked = nextRung(decision, dispatch);
        dispatch = picked.state;
        const arrivals = queue.splice(0, size);
        const { overheadMs, perExampleMs } = rungs[picked.rung]!.service;
        const noise = Math.max(0.5, 1 + SERVICE_NOISE * serving.normal());
        const lasts: number = disturbance.slowdown(now / periodMs) * (overheadMs + perExampleMs * arrivals.length) * noise;
        running = { start: now, end: now + lasts, rung: picked.rung, arrivals };
        busyMs += Math.min(end, now + lasts) - now;
        size = 0;
      }
    }
    latencies.sort((a, b) => a - b);
    const at = (share: number): number | null => (latencies.length > 0 ? quantile(latencies, share) : null);
    const period: Period = {
      load: busyMs / periodMs,
      decision,
      ...count,
      served: latencies.length,
      queue: queue.length,
      latencyP50Ms: at(0.5),
      latencyP90Ms: at(0.9),
      accuracy: latencies.length > 0 && Number.isFinite(accuracy) ? accuracy / latencies.length : null,
    };
    trace.push(period);
    decision = rule.next(observationOf(period, busyMs, periodMs, work));
    size = 0;
  }
  return trace;
}

function observationOf({ arrived, queue, latencyP90Ms }: Period, busyMs: number, periodMs: number, work: readonly RungWork[]): Observation {
  return { periodMs, busyMs, arrived, queue, latencyP90Ms, work: work.filter(({ batches }) => batches > 0), pressure: null };
}

function spacing({ rate, arrivals }: Disturbance, periods: number, random: Random): number {
  const meanMs = 1000 / rate(periods);
  switch (arrivals) {
    case 'stream':
      return meanMs * (1 + STREAM_JITTER * (2 * random.uniform() - 1));
    case 'random':
      return -meanMs * Math.log(1 - random.uniform());
    default: {
      const never: never = arrivals;
      return never;
    }
  }
}
