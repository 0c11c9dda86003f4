import { describe, expect, it } from 'vitest';
import { createRandom } from '../../src/lib/random';
import { mcNemarExact, median, pairedChange, pairedMedianRatio, quantile, wilsonInterval } from '../../src/lib/statistics';

describe('statistics', () => {
  it('interpolates quantiles as NumPy does', () => {
    expect(quantile([1, 2, 3, 4], 0.5)).toBe(2.5);
    expect(quantile([1, 2, 3, 4], 0.9)).toBeCloseTo(3.7, 12);
    expect(median([3, 1, 2])).toBe(2);
  });

  it('gives Wilson’s interval of 81 out of 263 as Newcombe (1998) prints it', () => {
    const { value, low, high } = wilsonInterval(81, 263);
    expect(value).toBeCloseTo(0.308, 4);
    expect(low).toBeCloseTo(0.2553, 4);
    expect(high).toBeCloseTo(0.3662, 4);
  });

  it('stays within 0 and 1 at the ends', () => {
    expect(wilsonInterval(0, 20).low).toBe(0);
    expect(wilsonInterval(20, 20).high).toBe(1);
  });

  it('gives Newcombe’s paired interval of his own example (36, 12, 2, 0)', () => {
    // Newcombe 1998, Statistics in Medicine 17, 2635–2650, method 10: 0.0569 to 0.3404.
    const { value, low, high } = pairedChange(36, 2, 12, 0);
    expect(value).toBeCloseTo(0.2, 6);
    expect(low).toBeCloseTo(0.0569, 4);
    expect(high).toBeCloseTo(0.3404, 4);
  });

  it('is narrower for pairs that agree than two separate intervals are', () => {
    const { low, high } = pairedChange(9190, 15, 12, 783);
    expect(high - low).toBeLessThan(0.003);
    expect(low).toBeLessThan(0);
    expect(high).toBeGreaterThan(0);
  });

  it('covers the true change about 95 times in 100', () => {
    const random = createRandom(5);
    const trials = 2000;
    let covered = 0;
    for (let trial = 0; trial < trials; trial++) {
      // Pairs with P(both) 0.85, P(only first) 0.05, P(only second) 0.02: the true change is −0.03.
      const table = [0, 0, 0, 0];
      for (let i = 0; i < 200; i++) {
        const u = random.uniform();
        table[u < 0.85 ? 0 : u < 0.9 ? 1 : u < 0.92 ? 2 : 3]!++;
      }
      const { low, high } = pairedChange(table[0]!, table[1]!, table[2]!, table[3]!);
      if (low <= -0.03 && high >= -0.03) covered++;
    }
    expect(covered / trials).toBeGreaterThan(0.94);
    expect(covered / trials).toBeLessThan(0.99);
  });

  it('gives McNemar’s exact p', () => {
    expect(mcNemarExact(0, 0)).toBe(1);
    expect(mcNemarExact(2, 12)).toBeCloseTo(0.0129, 4);
    expect(mcNemarExact(5, 5)).toBe(1);
  });

  it('finds a ratio of two between paired samples, with an interval that excludes one', () => {
    const second = Array.from({ length: 40 }, (_, i) => 1 + (i % 7) * 0.01);
    const ratio = pairedMedianRatio(second.map((value) => value * 2), second, 1);
    expect(ratio.value).toBeCloseTo(2, 6);
    expect(ratio.low).toBeGreaterThan(1.9);
    expect(ratio.high).toBeLessThan(2.1);
  });
});
