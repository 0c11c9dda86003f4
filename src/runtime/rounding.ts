/**
 * Rounding to the grid of an integer activation, on the host: clamp(round(x · (1 / scale)), lowest − zeroPoint,
 * highest − zeroPoint) · scale, halves to even, in float32, as XNNPACK stores its results
 * (https://github.com/google/XNNPACK: qs8 requantization "fp32", f32 to qs8 conversion). LiteRT's own kernels, which run 4-bit
 * convolutions, round so in LiteRT.js too; on a PC's processor they round twice, and disagree with themselves in the browser.
 */
import type { Quantization } from '../ir/quantization';
import { integerRange } from '../ir/quantization';

/** A grid in the numbers that rounding takes; `low` and `high` are steps away from zero. */
export interface Rounding {
  readonly scale: number;
  readonly inverse: number;
  readonly low: number;
  readonly high: number;
}

export function roundingOf({ dtype, scale, zeroPoint }: Quantization): Rounding {
  const [lowest, highest] = integerRange(dtype);
  return { scale: Math.fround(scale), inverse: Math.fround(1 / Math.fround(scale)), low: lowest - zeroPoint, high: highest - zeroPoint };
}

/** 1.5 · 2²³: a float32 sum with it has no room for fractions, so that the addition itself rounds halves to even. */
const NO_FRACTIONS = 12_582_912;

/** `to` may be `from`. */
export function roundNumbers(from: ArrayLike<number>, to: Float32Array, { scale, inverse, low, high }: Rounding): void {
  for (let i = 0; i < to.length; i++) {
    const steps = Math.fround(from[i]! * inverse);
    const limited = steps < low ? low : steps > high ? high : steps;
    to[i] = Math.fround(Math.fround(limited + NO_FRACTIONS) - NO_FRACTIONS) * scale;
  }
}
