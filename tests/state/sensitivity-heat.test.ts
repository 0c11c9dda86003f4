import { describe, expect, it } from 'vitest';
import type { SensitivityRow } from '../../src/search/types';
import { variant } from '../../src/search/variants';
import { heatOf, levelOf, variantsOf } from '../../src/state/sensitivity-heat';

const int8 = variant('quantize-weights', { format: 'int8', granularity: 'channel' });
const pruned = variant('prune-magnitude', { sparsity: 0.75, ranking: 'layer' });
const row = (layer: string, of: typeof int8, kl: number): SensitivityRow => ({ layer, ...of, kl, bytesSaved: 0, macsSaved: 0 });
const rows = [row('a', pruned, 0.02), row('a', int8, 0.00001), row('b', pruned, 0), row('b', int8, 0.3)];

describe('the heat of layers', () => {
  it('is of one pass at one strength', () => {
    expect(heatOf(rows, int8)).toEqual(new Map([['a', { kl: 0.00001, level: 0 }], ['b', { kl: 0.3, level: 4 }]]));
  });

  it('or of what harms each layer most', () => {
    expect(heatOf(rows, 'worst')).toEqual(new Map([['a', { kl: 0.02, level: 3 }], ['b', { kl: 0.3, level: 4 }]]));
  });

  it('says nothing of layers and strengths that were not measured', () => {
    expect(heatOf(rows.slice(0, 1), int8).size).toBe(0);
    expect(heatOf(rows.slice(0, 2), 'worst').has('b')).toBe(false);
  });

  it('finds a strength by what it is, not by which object says it', () => {
    expect(heatOf(rows, { pass: 'quantize-weights', options: { granularity: 'channel', format: 'int8' } }).size).toBe(2);
  });

  it('rises by a level for every tenfold from a ten thousandth of a nat to one', () => {
    expect([0, 0.99e-4, 1e-4, 1e-3, 1e-2, 0.1, 1, Number.POSITIVE_INFINITY].map(levelOf)).toEqual([0, 0, 1, 2, 3, 4, 5, 5]);
  });

  it('offers the strengths in the order in which they were measured, each once', () => {
    expect(variantsOf(rows)).toEqual([pruned, int8]);
  });
});
