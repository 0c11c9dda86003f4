/**
 * How far outputs are from what they were, in nats for an example: the divergence of Kullback and Leibler, D(original ‖ candidate).
 *
 * 1. Rows that are probabilities: Σ p ln(p / q). A single probability is one of two.
 * 2. Rows of scores over classes: the same of their softmax.
 * 3. Anything else (boxes, pictures, embeddings): that of two normal distributions of equal variance, (y − ŷ)² / 2σ², σ² the variance
 *    of the original's output over all examples, the mean over the row.
 */
import type { Batch } from '../runtime/backend';

/** Float32 softmax gives 0 for what is below 1e-38; a difference down there says nothing. */
const SMALLEST_PROBABILITY = 1e-12;
/** Sums of float32 probabilities are this close to 1. */
const SUM_TOLERANCE = 1e-3;

export type OutputKind = 'probabilities' | 'scores' | 'numbers';

/** What an output is, by the original's own numbers. */
export function outputKind(batches: readonly Batch[]): OutputKind {
  const [first] = batches;
  if (!first || first.dtype !== 'float32' || first.shape.slice(1).filter((size) => size !== 1).length > 1 || first.shape.length < 2) return 'numbers';
  const columns = first.data.length / first.shape[0]!;
  const isUnit = batches.every(({ data }) => data.every((value) => value >= 0 && value <= 1 + SUM_TOLERANCE));
  if (columns === 1) return isUnit ? 'probabilities' : 'numbers';
  const sumsToOne = batches.every(({ data, shape }) =>
    Array.from({ length: shape[0]! }, (_, row) => rowOf(data, row, columns).reduce((sum, value) => sum + value, 0)).every((sum) => Math.abs(sum - 1) < SUM_TOLERANCE),
  );
  return isUnit && sumsToOne ? 'probabilities' : 'scores';
}

/** Σ over the examples of a batch; `variance` is for numbers alone. */
export function divergence(original: Batch, candidate: Batch, kind: OutputKind, variance: number): number {
  const rows = original.shape[0]!;
  const columns = original.data.length / rows;
  let sum = 0;
  for (let row = 0; row < rows; row++) {
    const [before, after] = [original, candidate].map(({ data }) => rowOf(data, row, columns)) as [Float64Array, Float64Array];
    if (kind === 'numbers') sum += squaredDifference(before, after) / (2 * Math.max(variance, Number.MIN_VALUE) * columns);
    else if (columns === 1) sum += klOf(Float64Array.of(before[0]!, 1 - before[0]!), Float64Array.of(after[0]!, 1 - after[0]!));
    else sum += kind === 'scores' ? klOf(softmax(before), softmax(after)) : klOf(before, after);
  }
  return sum;
}

function rowOf(data: Batch['data'], row: number, columns: number): Float64Array {
  return Float64Array.from(data.subarray(row * columns, (row + 1) * columns));
}

export function varianceOf(batches: readonly Batch[]): number {
  let [count, sum, squares] = [0, 0, 0];
  for (const { data } of batches) {
    for (const value of data) {
      sum += value;
      squares += value * value;
    }
    count += data.length;
  }
  return count > 0 ? Math.max(squares / count - (sum / count) ** 2, 0) : 0;
}

function klOf(p: Float64Array, q: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < p.length; i++) {
    if (p[i]! <= SMALLEST_PROBABILITY) continue;
    sum += p[i]! * Math.log(p[i]! / Math.max(q[i]!, SMALLEST_PROBABILITY));
  }
  // NaN must not pass for a small divergence.
  return Number.isNaN(sum) ? Number.POSITIVE_INFINITY : Math.max(sum, 0);
}

function softmax(scores: Float64Array): Float64Array {
  const largest = scores.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const powers = scores.map((score) => Math.exp(score - largest));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
}

function squaredDifference(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i]! - b[i]!) ** 2;
  return Number.isNaN(sum) ? Number.POSITIVE_INFINITY : sum;
}
