import { describe, expect, it } from 'vitest';
import { paddedDomain, ticksOf, withoutTrailingZeros } from '../../src/ui/charts/axis';

describe('axes', () => {
  it('leave air around the points', () => {
    const [low, high] = paddedDomain([100_000, 1_000_000], 'log');
    expect(low).toBeLessThan(100_000);
    expect(high).toBeGreaterThan(1_000_000);
  });

  it('mean something for a single point, and for none', () => {
    const [low, high] = paddedDomain([5000], 'log');
    expect(high / low).toBeGreaterThan(1.4);
    expect(paddedDomain([], 'linear')).toEqual([0, 1]);
    expect(paddedDomain([0.92], 'linear')[0]).toBeLessThan(0.92);
  });

  it.each([
    [[1000, 1200], 'log'],
    [[90_000, 1_100_000], 'log'],
    [[3, 80_000_000], 'log'],
    [[0.9, 0.93], 'linear'],
    [[-12, 44], 'linear'],
  ] as const)('have two to seven marks inside %j (%s)', (domain, scale) => {
    const ticks = ticksOf([domain[0], domain[1]], scale);
    expect(ticks.length).toBeGreaterThanOrEqual(2);
    expect(ticks.length).toBeLessThanOrEqual(8);
    for (const tick of ticks) expect(tick).toSatisfy((value: number) => value >= domain[0] && value <= domain[1]);
  });

  it('print round numbers short', () => {
    expect(withoutTrailingZeros('1.00 MB')).toBe('1 MB');
    expect(withoutTrailingZeros('0.600 ms')).toBe('0.6 ms');
    expect(withoutTrailingZeros('92.25 %')).toBe('92.25 %');
    expect(withoutTrailingZeros('100 kB')).toBe('100 kB');
  });
});
