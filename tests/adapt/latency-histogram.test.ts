/** Quantiles from bins against those of the sorted numbers. */
import { describe, expect, it } from 'vitest';
import { latencyHistogram } from '../../src/adapt/latency-histogram';
import { createRandom } from '../../src/lib/random';

/** Half a bin. */
const TOLERANCE = 0.021;

describe('a histogram of latencies', () => {
  it('knows its quantiles to two per cent, over six decades', () => {
    const random = createRandom(7);
    const values = Array.from({ length: 5001 }, () => 10 ** (6 * random.uniform() - 2));
    const histogram = latencyHistogram();
    for (const value of values) histogram.add(value);
    const sorted = values.toSorted((a, b) => a - b);
    for (const share of [0, 0.1, 0.5, 0.9, 0.99, 1]) {
      const wanted = sorted[Math.round(share * 5000)]!;
      expect(Math.abs(histogram.quantile(share)! / wanted - 1)).toBeLessThan(TOLERANCE);
    }
    expect(histogram.count).toBe(5001);
  });

  it('of nothing says nothing, and takes what no clock shows', () => {
    const histogram = latencyHistogram();
    expect(histogram.quantile(0.5)).toBeNull();
    histogram.add(0);
    histogram.add(1e12);
    expect(histogram.quantile(0)).toBeLessThan(0.01);
    expect(histogram.quantile(1)).toBeGreaterThan(1e7);
  });
});
