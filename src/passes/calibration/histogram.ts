/**
 * A histogram of numbers whose range is not known beforehand. Bins are a power of two wide and start at multiples of their
 * width; when a number falls outside, pairs of bins merge until it fits, so one pass over the data is enough and
 * the result does not depend on the order. Exact zeros are counted apart: they stand on every grid, and a ReLU makes many.
 */
export interface Histogram {
  /** Of a bin: a power of two; 0 while only zeros came. */
  readonly width: number;
  /** Bin i holds the numbers in [(first + i) · width, (first + i + 1) · width). */
  readonly first: number;
  /** Weighted counts. */
  readonly counts: Float64Array;
  readonly zeros: number;
}

/** Enough for eight levels of sixteen bits' worth of clipping search: a bin is at most a quarter of an 8-bit step. */
export const BIN_COUNT = 2048;

export interface GrowingHistogram {
  /** Adds every `stride`-th number, `stride` fold. `minimum` and `maximum` are those of all of them, and finite. */
  add(data: Float32Array, minimum: number, maximum: number, stride: number): void;
  snapshot(): Histogram;
}

export function createHistogram(): GrowingHistogram {
  let counts = new Float64Array(BIN_COUNT);
  let width = 0;
  let first = 0;
  let lowest = 0;
  let highest = 0;
  let zeros = 0;

  const fit = (minimum: number, maximum: number): void => {
    lowest = Math.min(lowest, minimum);
    highest = Math.max(highest, maximum);
    if (lowest === 0 && highest === 0) return;
    const needed = widthFor(lowest, highest);
    const start = Math.floor(lowest / needed);
    if (needed === width && start === first) return;
    if (width > 0) counts = moved(counts, width, first, needed, start);
    width = needed;
    first = start;
  };

  return {
    add(data, minimum, maximum, stride) {
      fit(minimum, maximum);
      if (width === 0) {
        zeros += Math.ceil(data.length / stride) * stride;
        return;
      }
      const scale = 1 / width; // exact: a power of two
      const offset = first;
      const bins = counts;
      let none = 0;
      for (let i = 0; i < data.length; i += stride) {
        const x = data[i]!;
        if (x === 0) none++;
        else bins[Math.floor(x * scale) - offset]! += stride;
      }
      zeros += none * stride;
    },
    snapshot: () => ({ width, first, counts, zeros }),
  };
}

/** One histogram of what several hold. */
export function mergeHistograms(parts: readonly Histogram[]): Histogram {
  const filled = parts.filter((part) => part.width > 0);
  const zeros = parts.reduce((sum, part) => sum + part.zeros, 0);
  if (filled.length === 0) return { width: 0, first: 0, counts: new Float64Array(BIN_COUNT), zeros };
  if (filled.length === 1) return { ...filled[0]!, zeros };
  const low = Math.min(0, ...filled.map((part) => part.first * part.width));
  const high = Math.max(0, ...filled.map((part) => (part.first + part.counts.length) * part.width));
  const width = Math.max(widthFor(low, high), ...filled.map((part) => part.width));
  const first = Math.floor(low / width);
  const counts = new Float64Array(BIN_COUNT);
  for (const part of filled) {
    const own = moved(part.counts, part.width, part.first, width, first);
    for (let i = 0; i < counts.length; i++) counts[i]! += own[i]!;
  }
  return { width, first, counts, zeros };
}

/** The smallest power of two by which all bins from `low` to `high` (and zero) fit. */
function widthFor(low: number, high: number): number {
  let width = 2 ** (Math.ceil(Math.log2((high - low) / BIN_COUNT)) - 1);
  while (Math.floor(high / width) - Math.floor(low / width) >= BIN_COUNT) width *= 2;
  return width;
}

function moved(counts: Float64Array, width: number, first: number, newWidth: number, newFirst: number): Float64Array<ArrayBuffer> {
  const result = new Float64Array(BIN_COUNT);
  const ratio = newWidth / width;
  for (let i = 0; i < counts.length; i++) {
    const count = counts[i]!;
    if (count > 0) result[Math.floor((first + i) / ratio) - newFirst]! += count;
  }
  return result;
}
