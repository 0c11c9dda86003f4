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
  const sums = errorSums(floats, values, { channels, inner, scale, highest });
  const sizes = new Float64Array(floats.length / channels);
  const ordered = new Float64Array(sizes.length);
  const places = new Uint32Array(sizes.length);
  for (let channel = 0; channel < channels; channel++) {
    const step = scale[scale.length === 1 ? 0 : channel]!;
    const sum = sums[channel]!;
    const direction = sum > 0 ? -1 : 1;
    // A move of one step is worth it while more than half a step is left.
    const moves = Math.ceil(Math.abs(sum) / step - 0.5);
    if (moves <= 0) continue;
    let count = 0;
    for (let start = channel * inner; start < floats.length; start += inner * channels) {
      for (let i = start; i < start + inner; i++) {
        // How far it was rounded in the sum's direction.
        const size = (floats[i]! - values[i]! * step) * direction;
        if (!(size > 0) || floats[i] === 0 || values[i]! * direction >= highest) continue;
        sizes[count] = size;
        places[count++] = i;
      }
    }
    ordered.set(sizes.subarray(0, count));
    const { least, equals } = largest(ordered.subarray(0, count), Math.min(moves, count));
    // All that are larger, and of those that are as large the first ones.
    let left = equals;
    for (let m = 0; m < count; m++) {
      if (sizes[m]! > least || (sizes[m] === least && left-- > 0)) values[places[m]!]! += direction;
    }
  }
}

/** The smallest of the `wanted` largest numbers, and how many of those are equal to it. Changes their order. */
function largest(numbers: Float64Array, wanted: number): { readonly least: number; readonly equals: number } {
  if (wanted === 0) return { least: Infinity, equals: 0 };
  const place = numbers.length - wanted;
  partition(numbers, place);
  const least = numbers[place]!;
  let equals = 1;
  for (let i = place + 1; i < numbers.length; i++) if (numbers[i] === least) equals++;
  return { least, equals };
}

/** Hoare's selection: afterwards the number that sorting would put at `place` stands there, no larger one before it, no smaller one behind. */
function partition(numbers: Float64Array, place: number): void {
  let low = 0;
  let high = numbers.length - 1;
  while (low < high) {
    const pivot = numbers[(low + high) >> 1]!;
    let left = low;
    let right = high;
    while (left <= right) {
      while (numbers[left]! < pivot) left++;
      while (numbers[right]! > pivot) right--;
      if (left > right) break;
      const kept = numbers[left]!;
      numbers[left++] = numbers[right]!;
      numbers[right--] = kept;
    }
    if (place <= right) high = right;
    else if (place >= left) low = left;
    else return;
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

/** Elements between two neighbours along an axis, row-major. */
export function axisStride(shape: readonly number[], axis: number): number {
  return shape.slice(axis + 1).reduce((product, size) => product * size, 1);
}
