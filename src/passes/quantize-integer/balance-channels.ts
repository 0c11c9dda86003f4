/**
 * Makes the rounding errors of each output channel sum to almost nothing, as balance-errors.ts does for levels of any spacing. Here a
 * channel's levels lie one scale apart, so that the number of moves is known, k = round(|S| / scale), and those with the largest errors
 * of the sum's sign cost least: no sorting of candidates, which matters for layers of 100,000 weights and more.
 */
export interface BalancedChannels {
  readonly channels: number;
  /** Elements between two neighbours along the channel axis. */
  readonly inner: number;
  /** One, or one a channel. */
  readonly scale: Float32Array;
  readonly highest: number;
}

/** Moves some of `values` to their other neighbour level, in place. A weight that is zero was pruned, or is padding: it stays zero. */
export function balanceChannels(floats: Float32Array, values: Int8Array, { channels, inner, scale, highest }: BalancedChannels): void {
  const errors = new Float64Array(floats.length / channels);
  const block = inner * channels;
  for (let channel = 0; channel < channels; channel++) {
    const step = scale[scale.length === 1 ? 0 : channel]!;
    let sum = 0;
    for (let m = 0; m < errors.length; m++) {
      const i = Math.floor(m / inner) * block + channel * inner + (m % inner);
      sum += errors[m] = values[i]! * step - floats[i]!;
    }
    const direction = sum > 0 ? -1 : 1;
    // A move of one step is worth it while more than half a step is left.
    const moves = Math.ceil(Math.abs(sum) / step - 0.5);
    if (moves <= 0) continue;
    const candidates = new Float64Array(errors.length);
    for (let m = 0; m < errors.length; m++) {
      const i = Math.floor(m / inner) * block + channel * inner + (m % inner);
      const isMovable = errors[m]! * sum > 0 && floats[i] !== 0 && Math.abs(values[i]! + direction) <= highest;
      candidates[m] = isMovable ? Math.abs(errors[m]!) : 0;
    }
    const sorted = candidates.slice().sort();
    const least = sorted[Math.max(0, sorted.length - moves)]!;
    let left = moves;
    const move = (wanted: (size: number) => boolean): void => {
      for (let m = 0; m < candidates.length && left > 0; m++) {
        if (candidates[m] === 0 || !wanted(candidates[m]!)) continue;
        values[Math.floor(m / inner) * block + channel * inner + (m % inner)]! += direction;
        left--;
      }
    };
    move((size) => size > least);
    move((size) => size === least);
  }
}

/** Elements between two neighbours along an axis, row-major. */
export function axisStride(shape: readonly number[], axis: number): number {
  return shape.slice(axis + 1).reduce((product, size) => product * size, 1);
}
