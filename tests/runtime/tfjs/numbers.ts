/** Seeded numbers and the comparison of results. */
import { createRandom } from '../../../src/lib/random';

export function random(shape: readonly number[], seed: number): Float32Array {
  const generator = createRandom(seed);
  return Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => generator.uniform() * 2 - 1);
}

/** The largest difference, relative to the largest magnitude of what was expected. NaN and infinities must agree. */
export function relativeDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Infinity;
  let largest = 0;
  let difference = 0;
  for (let i = 0; i < expected.length; i++) {
    const [a, b] = [actual[i]!, expected[i]!];
    if (Object.is(a, b) || a === b) {
      if (Number.isFinite(b)) largest = Math.max(largest, Math.abs(b));
      continue;
    }
    if (!Number.isFinite(a) || !Number.isFinite(b)) return Infinity;
    largest = Math.max(largest, Math.abs(b));
    difference = Math.max(difference, Math.abs(a - b));
  }
  return difference / Math.max(largest, 1e-30);
}
