/**
 * Latencies of a run of any length in bounded memory: counts in bins that are a fixed factor wide, so that a quantile is off by
 * half of that factor at most.
 */
export interface LatencyHistogram {
  add(latencyMs: number): void;
  /** `share` is 0…1; null: nothing was added. */
  quantile(share: number): number | null;
  readonly count: number;
}

/** A bin's upper over its lower end: quantiles are right to 2 %. */
const FACTOR = 1.04;
/** What is shorter counts as this: clocks show no less. */
const LEAST_MS = 0.005;
/** Bins up to more than a day. */
const BINS = 600;

export function latencyHistogram(): LatencyHistogram {
  const counts = new Uint32Array(BINS);
  let count = 0;
  return {
    add(latencyMs) {
      const bin = Math.floor(Math.log(Math.max(latencyMs, LEAST_MS) / LEAST_MS) / Math.log(FACTOR));
      counts[Math.min(BINS - 1, bin)]!++;
      count++;
    },
    quantile(share) {
      if (count === 0) return null;
      let left = share * (count - 1);
      const bin = counts.findIndex((own) => (left -= own) < 0);
      return LEAST_MS * FACTOR ** (bin + 0.5);
    },
    get count() {
      return count;
    },
  };
}
