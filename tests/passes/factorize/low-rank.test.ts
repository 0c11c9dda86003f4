import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/lib/random';
import { lowRank, transpose } from '../../../src/passes/factorize/low-rank';
import { multiply } from '../../../src/passes/matrix-product';

const random = createRandom(5);
const normal = (length: number): Float64Array => Float64Array.from({ length }, () => random.normal());

/** E‖xM − xAB‖² and E‖xM‖² over the rows x of `inputs`. */
function losses(m: Float64Array, product: Float64Array, inputs: Float64Array, rows: number, columns: number): { lost: number; all: number } {
  const count = inputs.length / rows;
  const sum = (values: Float64Array): number => values.reduce((total, value) => total + value * value, 0);
  const difference = m.map((value, i) => value - product[i]!);
  return { lost: sum(multiply(inputs, difference, count, rows, columns)), all: sum(multiply(inputs, m, count, rows, columns)) };
}

describe('the nearest product of two thin matrices', () => {
  it.each([[12, 5], [5, 12], [6, 6]])('is exact at full rank and loses as much as it says before, %i × %i', (rows, columns) => {
    const data = normal(rows * columns);
    const found = lowRank({ data, rows, columns }, null);
    expect(found.size).toBe(Math.min(rows, columns));
    for (let rank = 1; rank <= found.size; rank++) {
      const { a, b } = found.factors(rank);
      const product = multiply(a, b, rows, rank, columns);
      const identity = Float64Array.from({ length: rows * rows }, (_, i) => (i % (rows + 1) === 0 ? 1 : 0));
      const { lost, all } = losses(data, product, identity, rows, columns);
      expect(lost / all).toBeCloseTo(found.lostShare[rank]!, 10);
    }
    expect(found.lostShare[0]).toBe(1);
    expect(found.lostShare[found.size]).toBeCloseTo(0, 12);
  });

  it('finds the singular values of a matrix that is made of them', () => {
    // Orthogonal columns of lengths 3, 2 and 1.
    const data = Float64Array.from([3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0]);
    const { lostShare } = lowRank({ data, rows: 4, columns: 3 }, null);
    expect(lostShare[1]).toBeCloseTo(5 / 14, 12);
    expect(lostShare[2]).toBeCloseTo(1 / 14, 12);
  });

  it.each([[12, 5], [5, 12]])('loses less of the outputs when it knows the inputs, %i × %i', (rows, columns) => {
    const data = normal(rows * columns);
    // Inputs of very different strength, mixed.
    const mix = normal(rows * rows);
    const strong = normal(400 * rows).map((value, i) => value * 4 ** -(i % rows));
    const inputs = multiply(strong, mix, 400, rows, rows);
    const covariance = multiply(transpose(inputs, 400, rows), inputs, rows, 400, rows).map((value) => value / 400);
    for (const rank of [1, 2, 3]) {
      const lossOf = (h: Float64Array | null): number => {
        const { a, b } = lowRank({ data, rows, columns }, h).factors(rank);
        const { lost, all } = losses(data, multiply(a, b, rows, rank, columns), inputs, rows, columns);
        return lost / all;
      };
      const aware = lossOf(covariance);
      expect(aware).toBeLessThan(lossOf(null) / 1.5);
      expect(aware).toBeCloseTo(lowRank({ data, rows, columns }, covariance).lostShare[rank]!, 3);
    }
  });

  it('gives both factors the same length, and lives with a matrix of zeros', () => {
    const { a, b } = lowRank({ data: normal(20), rows: 5, columns: 4 }, null).factors(1);
    const length = (values: Float64Array): number => Math.hypot(...values);
    expect(length(a)).toBeCloseTo(length(b), 12);
    const zero = lowRank({ data: new Float64Array(6), rows: 3, columns: 2 }, new Float64Array(9));
    expect([...zero.lostShare]).toEqual([0, 0, 0]);
    expect([...zero.factors(1).a].every(Number.isFinite)).toBe(true);
  });
});
