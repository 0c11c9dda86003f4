/**
 * Makes the rounding errors of each output channel sum to almost nothing, as balance-errors.ts does for levels of any spacing. Here a
 * channel's levels lie one scale apart, so that the number of moves is known, k = round(|S| / scale), and those with the largest errors
 * of the sum's sign cost least: no sorting of candidates, which matters for layers of 100,000 weights and more.
 */
import { roundHalfEven } from '../quantize-weights/ranges';

export interface Channels {
  readonly channels: number;
  /** Elements between two neighbours along the channel axis. */
  readonly inner: number;
  /** One, or one a channel. */
  readonly scale: Float32Array;
  readonly highest: number;
}

/** Every number's nearest level. */
export function nearestLevels(floats: Float32Array, { channels, inner, scale, highest }: Channels): Int8Array {
  const values = new Int8Array(floats.length);
  for (let i = 0; i < floats.length; ) {
    for (let channel = 0; channel < channels; channel++) {
      const step = scale[scale.length === 1 ? 0 : channel]!;
      for (const end = i + inner; i < end; i++) {
        const level = roundHalfEven(floats[i]! / step);
        values[i] = level > highest ? highest : level < -highest ? -highest : level;
      }
    }
  }
  return values;
}

/** Moves some of `values` to their other neighbour level, in place. A weight that is zero was pruned, or is padding: it stays zero. */
export function balanceChannels(floats: Float32Array, values: Int8Array, { channels, inner, scale, highest }: Channels): void {
  const block = inner * channels;
  const sums = errorSums(floats, values, { channels, inner, scale, highest });
  const sizes = new Float64Array(floats.length / channels);
  for (const [channel, sum] of sums.entries()) {
    const step = scale[scale.length === 1 ? 0 : channel]!;
    const direction = sum > 0 ? -1 : 1;
    // A move of one step is worth it while more than half a step is left.
    const moves = Math.ceil(Math.abs(sum) / step - 0.5);
    if (moves <= 0) continue;
    /** Of what may move: how far it was rounded in the sum's direction; 0 of the others. */
    const sizeAt = (i: number): number => {
      const size = (floats[i]! - values[i]! * step) * direction;
      return size > 0 && floats[i] !== 0 && Math.abs(values[i]! + direction) <= highest ? size : 0;
    };
    let count = 0;
    for (let start = channel * inner; start < floats.length; start += block) {
      for (let i = start; i < start + inner; i++) {
        const size = sizeAt(i);
        if (size > 0) sizes[count++] = size;
      }
    }
    const sorted = sizes.subarray(0, count).sort();
    const least = sorted[Math.max(0, count - moves)] ?? Infinity;
    // All that are larger, and of those that are as large the first ones.
    let equals = Math.min(moves, count) - (count - firstAbove(sorted, least));
    for (let start = channel * inner; start < floats.length; start += block) {
      for (let i = start; i < start + inner; i++) {
        const size = sizeAt(i);
        if (size > least || (size === least && equals-- > 0)) values[i]! += direction;
      }
    }
  }
}

/** What rounding adds to each channel. */
function errorSums(floats: Float32Array, values: Int8Array, { channels, inner, scale }: Channels): Float64Array {
  const sums = new Float64Array(channels);
  for (let i = 0; i < floats.length; ) {
    for (let channel = 0; channel < channels; channel++) {
      const step = scale[scale.length === 1 ? 0 : channel]!;
      for (const end = i + inner; i < end; i++) sums[channel]! += values[i]! * step - floats[i]!;
    }
  }
  return sums;
}

/** Where numbers above `value` begin. */
function firstAbove(sorted: Float64Array, value: number): number {
  let first = sorted.length;
  while (first > 0 && sorted[first - 1]! > value) first--;
  return first;
}

/** Elements between two neighbours along an axis, row-major. */
export function axisStride(shape: readonly number[], axis: number): number {
  return shape.slice(axis + 1).reduce((product, size) => product * size, 1);
}
