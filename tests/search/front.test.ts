import { describe, expect, it } from 'vitest';
import { frontOf } from '../../src/search/front';
import type { Candidate } from '../../src/search/types';

const candidate = (key: string, bytes: number, accuracyDrop: number, macs = 100): Candidate => ({
  recipe: { version: 1, steps: [] },
  key,
  predicted: { bytes, macs, ms: 0, kl: 0 },
  measured: { bytes, accuracyDrop, macs, latencyMs: null },
  unmet: [],
});

describe('the front of candidates', () => {
  it('keeps those that nothing beats in everything, by falling bytes', () => {
    const all = [candidate('small', 10, 0.1), candidate('large', 90, 0), candidate('beaten', 95, 0.01), candidate('middle', 50, 0.02), candidate('quick', 95, 0.2, 40)];
    expect(frontOf(all).map(({ key }) => key)).toEqual(['quick', 'large', 'middle', 'small']);
  });

  it('keeps one of two that are the same, and nothing of nothing', () => {
    expect(frontOf([candidate('one', 10, 0), candidate('other', 10, 0)]).map(({ key }) => key)).toEqual(['one']);
    expect(frontOf([])).toEqual([]);
  });
});
