import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/lib/random';
import { symmetricEigen } from '../../../src/passes/factorize/symmetric-eigen';

function randomSymmetric(size: number, rank: number): Float64Array {
  const random = createRandom(4);
  const tall = Float64Array.from({ length: rank * size }, () => random.normal());
  return Float64Array.from({ length: size * size }, (_, at) => {
    const [i, j] = [Math.floor(at / size), at % size];
    let sum = 0;
    for (let r = 0; r < rank; r++) sum += tall[r * size + i]! * tall[r * size + j]!;
    return sum;
  });
}

describe('eigenvalues of a symmetric matrix', () => {
  it('knows those of small matrices worked out by hand', () => {
    const { values, vectors } = symmetricEigen(Float64Array.from([2, 1, 1, 2]), 2);
    expect(values[0]).toBeCloseTo(3, 12);
    expect(values[1]).toBeCloseTo(1, 12);
    expect(Math.abs(vectors[0]!)).toBeCloseTo(Math.SQRT1_2, 12);
    // The second difference of a line of n points: 2 − 2 cos(kπ / (n + 1)).
    const n = 9;
    const chain = Float64Array.from({ length: n * n }, (_, at) => [2, -1][Math.abs(Math.floor(at / n) - (at % n))] ?? 0);
    const found = symmetricEigen(chain, n).values;
    for (let k = 1; k <= n; k++) expect(found[n - k]).toBeCloseTo(2 - 2 * Math.cos((k * Math.PI) / (n + 1)), 12);
  });

  it.each([[1, 1], [7, 7], [40, 40], [40, 5], [33, 0]])('takes %i rows of rank %i apart into orthonormal vectors and puts them together again', (size, rank) => {
    const matrix = randomSymmetric(size, rank);
    const { values, vectors } = symmetricEigen(matrix, size);
    for (let i = 0; i < size; i++) {
      for (let j = 0; j < size; j++) {
        let together = 0;
        let product = 0;
        for (let k = 0; k < size; k++) {
          together += values[k]! * vectors[k * size + i]! * vectors[k * size + j]!;
          product += vectors[i * size + k]! * vectors[j * size + k]!;
        }
        expect(together).toBeCloseTo(matrix[i * size + j]!, 9);
        expect(product).toBeCloseTo(i === j ? 1 : 0, 9);
      }
    }
    expect(Array.from(values)).toEqual(Array.from(values).sort((a, b) => b - a));
    expect(values.filter((value) => value > 1e-9)).toHaveLength(rank);
  });

  it('refuses numbers that are not finite', () => {
    expect(() => symmetricEigen(Float64Array.from([1, Number.NaN, Number.NaN, 1]), 2)).toThrow('not finite');
  });
});
