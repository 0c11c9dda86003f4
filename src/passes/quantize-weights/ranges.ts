/**
 * The scale and zero point for a group of weights.
 *
 * 1. min-max: the smallest range that holds every weight and zero.
 * 2. mse, symmetric: OCTAV (Sakr et al. 2022, arXiv 2206.06501, eq. 6): s ← Σ|w|·1[|w| ≥ s] / (4^(−b)/3 · N_inside + N_clipped), from the mean
 *    magnitude, at most 10 steps. Kept only when its squared error is really below that of min-max.
 * 3. mse, asymmetric: the best of SHRINK_STEPS ranges between half and the full one, by squared error.
 */
export interface Grid {
  readonly bits: 4 | 8 | 16;
  readonly signed: boolean;
}

export interface Range {
  readonly scale: number;
  readonly zeroPoint: number;
}

/** Newton's method settles in a few steps; the paper uses ten. */
const OCTAV_STEPS = 10;
/** Candidate ranges for asymmetric clipping; finer steps changed the error by less than one per cent. */
const SHRINK_STEPS = 32;

export function chooseRange(values: Float64Array, grid: Grid, clipping: 'min-max' | 'mse'): Range {
  let low = 0;
  let high = 0;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const full = rangeOf(low, high, grid);
  if (clipping === 'min-max' || low === high) return full;
  const candidates = grid.signed ? [octav(values, grid)] : shrunken(low, high, grid);
  let best = full;
  let bestError = squaredError(values, full, grid);
  for (const candidate of candidates) {
    const error = squaredError(values, candidate, grid);
    if (error < bestError) [best, bestError] = [candidate, error];
  }
  return best;
}

export function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest < 0.5) return floor;
  if (rest > 0.5) return floor + 1;
  return floor % 2 === 0 ? floor : floor + 1;
}

function rangeOf(low: number, high: number, grid: Grid): Range {
  const width = grid.signed ? Math.max(-low, high) : high - low;
  const scale = Math.fround(width / (grid.signed ? 2 ** (grid.bits - 1) - 1 : 2 ** grid.bits - 1));
  // All zeros, or so small that the scale is no float32: every weight becomes zero, exactly or nearly.
  if (!(scale > 0)) return { scale: 1, zeroPoint: 0 };
  return { scale, zeroPoint: grid.signed ? 0 : roundHalfEven(-low / scale) };
}

function octav(values: Float64Array, grid: Grid): Range {
  const noise = 4 ** -grid.bits / 3;
  let clip = values.reduce((sum, value) => sum + Math.abs(value), 0) / values.length;
  for (let step = 0; step < OCTAV_STEPS; step++) {
    let sum = 0;
    let count = 0;
    for (const value of values) {
      if (Math.abs(value) < clip) continue;
      sum += Math.abs(value);
      count++;
    }
    const next = sum / (noise * (values.length - count) + count);
    if (!(next > 0) || Math.abs(next - clip) <= clip * 1e-6) break;
    clip = next;
  }
  return rangeOf(-clip, clip, grid);
}

function shrunken(low: number, high: number, grid: Grid): Range[] {
  return Array.from({ length: SHRINK_STEPS }, (_, i) => {
    const share = 0.5 + (0.5 * i) / SHRINK_STEPS;
    return rangeOf(low * share, high * share, grid);
  });
}

function squaredError(values: Float64Array, range: Range, grid: Grid): number {
  const lowest = grid.signed ? -(2 ** (grid.bits - 1) - 1) : 0;
  const highest = grid.signed ? 2 ** (grid.bits - 1) - 1 : 2 ** grid.bits - 1;
  let error = 0;
  for (const value of values) {
    const q = Math.min(highest, Math.max(lowest, roundHalfEven(value / range.scale) + range.zeroPoint));
    error += (value - (q - range.zeroPoint) * range.scale) ** 2;
  }
  return error;
}
