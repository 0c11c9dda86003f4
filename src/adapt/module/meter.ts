/** Counts what happens in a control period, and turns it into what the controller is told. */
import { quantile } from '../../lib/statistics';
import type { Observation, PressureState, RungWork } from '../types';

export interface Meter {
  arrived(): void;
  skipped(): void;
  /** A batch begins; the function that it gives ends it. */
  begin(rung: number, examples: number): () => void;
  /** A batch that was begun came to nothing. */
  fail(): void;
  answered(latencyMs: number): void;
  /** Ends the period. */
  take(queue: number, pressure: PressureState | null): Observation;
  readonly totals: { readonly answered: number; readonly skipped: number };
  readonly latest: { readonly load: number; readonly latencyP50Ms: number | null; readonly latencyP90Ms: number | null };
}

export function createMeter(rungCount: number, now: () => number = () => performance.now()): Meter {
  const totals = { answered: 0, skipped: 0 };
  let latest: Meter['latest'] = { load: 0, latencyP50Ms: null, latencyP90Ms: null };
  let periodStart = now();
  let runningSince: number | null = null;
  let busyMs = 0;
  let arrivals = 0;
  let latencies: number[] = [];
  let work = noWork(rungCount);
  return {
    totals,
    get latest() {
      return latest;
    },
    arrived: () => void arrivals++,
    skipped: () => void totals.skipped++,
    begin(rung, examples) {
      const start = now();
      runningSince = start;
      return () => {
        const end = now();
        busyMs += end - Math.max(periodStart, start);
        runningSince = null;
        const done = work[rung]!;
        work[rung] = { rung, batches: done.batches + 1, examples: done.examples + examples, busyMs: done.busyMs + end - start };
      };
    },
    fail() {
      if (runningSince !== null) busyMs += now() - Math.max(periodStart, runningSince);
      runningSince = null;
    },
    answered(latencyMs) {
      totals.answered++;
      latencies.push(latencyMs);
    },
    take(queue, pressure) {
      const time = now();
      const periodMs = Math.max(1, time - periodStart);
      // A batch that runs on belongs to both periods.
      const partMs = runningSince === null ? 0 : time - Math.max(periodStart, runningSince);
      const load = Math.min(1, (busyMs + partMs) / periodMs);
      latencies.sort((a, b) => a - b);
      const at = (share: number): number | null => (latencies.length > 0 ? quantile(latencies, share) : null);
      latest = { load, latencyP50Ms: at(0.5), latencyP90Ms: at(0.9) };
      const seen = { periodMs, busyMs: load * periodMs, arrived: arrivals, queue, latencyP90Ms: latest.latencyP90Ms, work: work.filter(({ batches }) => batches > 0), pressure };
      [periodStart, busyMs, arrivals, latencies, work] = [time, 0, 0, [], noWork(rungCount)];
      return seen;
    },
  };
}

function noWork(count: number): RungWork[] {
  return Array.from({ length: count }, (_, rung) => ({ rung, batches: 0, examples: 0, busyMs: 0 }));
}
