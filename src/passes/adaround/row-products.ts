/** Products of rows and weights that learning and judging need. */
import type { LinearLayout } from '../linear-rows';
import { roundHalfEven } from '../quantize-weights/ranges';

type Sizes = Pick<LinearLayout, 'rowLength' | 'outputsPerGroup'>;

export interface Rows {
  /** [n, K] */
  readonly rows: Float32Array;
  /** [n, O] */
  readonly residual: Float32Array;
}

/** One row in so many is held out. */
const HELD_OUT_EVERY = 8;

/** Wanted rows times their kernel, less rows times weights: [n, O]. */
export function residualOf(rows: Float32Array, weights: Float32Array, wanted: Float32Array, original: Float32Array, layout: Sizes): Float32Array {
  const actual = product(rows, weights, layout);
  return product(wanted, original, layout).map((value, i) => value - actual[i]!);
}

export function splitRows(rows: Float32Array, residual: Float32Array, { rowLength, outputsPerGroup }: Sizes): { fitted: Rows; heldOut: Rows } {
  const count = rows.length / rowLength;
  const take = (isHeldOut: boolean): Rows => {
    const indices = Array.from({ length: count }, (_, n) => n).filter((n) => (n % HELD_OUT_EVERY === HELD_OUT_EVERY - 1) === isHeldOut);
    const pick = (source: Float32Array, width: number): Float32Array => {
      const picked = new Float32Array(indices.length * width);
      for (const [i, n] of indices.entries()) picked.set(source.subarray(n * width, (n + 1) * width), i * width);
      return picked;
    };
    return { rows: pick(rows, rowLength), residual: pick(residual, outputsPerGroup) };
  };
  return { fitted: take(false), heldOut: take(true) };
}

interface Rounded {
  readonly weights: Float32Array;
  readonly scale: Float32Array;
  readonly highest: number;
}

export function roundNearest({ weights, scale, highest }: Rounded): Int8Array {
  return Int8Array.from(weights, (weight, i) => Math.min(highest, Math.max(-highest, roundHalfEven(weight / scale[i % scale.length]!))));
}

/** Σ ‖(Ŵ − W)ᵀx − r‖² over rows. */
export function outputError(values: Int8Array, { weights, scale }: Rounded, { rows, residual }: Rows, layout: Sizes): number {
  const errors = weights.map((weight, i) => values[i]! * scale[i % scale.length]! - weight);
  return product(rows, errors, layout).reduce((sum, value, i) => sum + (value - residual[i]!) ** 2, 0);
}

function product(rows: Float32Array, weights: Float32Array, { rowLength, outputsPerGroup }: Sizes): Float32Array {
  const count = rows.length / rowLength;
  const result = new Float32Array(count * outputsPerGroup);
  for (let n = 0; n < count; n++) {
    const to = n * outputsPerGroup;
    for (let k = 0; k < rowLength; k++) {
      const x = rows[n * rowLength + k]!;
      if (x === 0) continue;
      const from = k * outputsPerGroup;
      for (let o = 0; o < outputsPerGroup; o++) result[to + o]! += x * weights[from + o]!;
    }
  }
  return result;
}
