/**
 * Ranges of an activation from one observation, each with the error that quantizing to it would make.
 *
 * 1. min-max: everything that was seen.
 * 2. moving average: of each batch's smallest and largest number (AI Edge Quantizer, calibration_utils.py).
 * 3. percentile: cuts off (100 − 99.999) / 2 per cent at either end (onnxruntime, calibrate.py, PercentileCalibrater).
 * 4. entropy: the symmetric cut with the least Kullback–Leibler divergence between the numbers and their quantized histogram
 *    (Migacz, "8-bit inference with TensorRT", GTC 2017; onnxruntime, calibrate.py, EntropyCalibrater).
 * 5. mse: the cut at either end with the least expected squared error: rounding Δ²/12 of what is inside, squared distance of what is cut off.
 *
 * Zero lies inside every range: padding and ReLU need it exactly.
 */
import type { Histogram } from './histogram';
import type { Observation } from './observer';

export type CalibrationMethod = 'min-max' | 'moving-average' | 'percentile' | 'entropy' | 'mse';

export const calibrationMethods: readonly CalibrationMethod[] = ['min-max', 'moving-average', 'percentile', 'entropy', 'mse'];

export interface RealRange {
  readonly minimum: number;
  readonly maximum: number;
}

export interface RangeEstimate extends RealRange {
  /** Signal to quantization noise, in dB, as the histogram predicts it; Infinity for all zeros. */
  readonly sqnr: number;
}

/** The integers that a range is spread over. `symmetric`: zero lies in the middle. */
export interface Levels {
  readonly count: number;
  readonly symmetric: boolean;
}

export const int8Levels: Levels = { count: 256, symmetric: false };
export const int16Levels: Levels = { count: 65535, symmetric: true };

const PERCENTILE = 99.999;
/** Cuts tried at each end: a step of half a per cent of the range. */
const CUTS = 192;
/** Ends are searched in turn; the second round rarely moves. */
const SEARCH_ROUNDS = 2;
/** Bins of |x| that the entropy method quantizes to: the magnitudes of 8 bits. */
const ENTROPY_LEVELS = 128;
/** The entropy method widens its cut by so many bins at a time. */
const ENTROPY_STRIDE = 8;

/** `cutWeight`: how much more the error of what is cut off counts than that of rounding (mse only). */
export function estimateRange(observation: Observation, method: CalibrationMethod, levels: Levels, cutWeight = 1): RangeEstimate {
  const moments = momentsOf(observation.histogram);
  const range = rangeBy(observation, method, levels, moments, cutWeight);
  return { ...range, sqnr: sqnrOf(moments, range, levels) };
}

/** Signal to quantization noise of `range`, in dB, as the histogram predicts it. */
export function predictedSqnr(histogram: Histogram, range: RealRange, levels: Levels): number {
  return sqnrOf(momentsOf(histogram), range, levels);
}

function rangeBy(observation: Observation, method: CalibrationMethod, levels: Levels, moments: Moments, cutWeight: number): RealRange {
  const { minimum, maximum } = observation;
  switch (method) {
    case 'min-max':
      return { minimum, maximum };
    case 'moving-average':
      return { minimum: Math.max(minimum, observation.movingMinimum), maximum: Math.min(maximum, observation.movingMaximum) };
    case 'percentile':
      return percentileRange(observation);
    case 'entropy': {
      const cut = entropyCut(observation.histogram);
      return { minimum: Math.max(minimum, -cut), maximum: Math.min(maximum, cut) };
    }
    case 'mse':
      return leastSquares(observation, levels, moments, cutWeight);
    default: {
      const never: never = method;
      return never;
    }
  }
}

function percentileRange({ histogram, minimum, maximum }: Observation): RealRange {
  const { width, first, counts, zeros } = histogram;
  let total = zeros;
  for (const count of counts) total += count;
  const cut = (total * (100 - PERCENTILE)) / 200;
  let below = 0;
  let low = 0;
  let high = 0;
  for (let i = 0; i < counts.length && below + counts[i]! <= cut && (first + i) * width < 0; i++) {
    below += counts[i]!;
    low = i + 1;
  }
  let above = 0;
  for (let i = counts.length - 1; i >= 0 && above + counts[i]! <= cut && (first + i) * width >= 0; i--) {
    above += counts[i]!;
    high = counts.length - i;
  }
  return {
    minimum: Math.min(0, Math.max(minimum, (first + low) * width)),
    maximum: Math.max(0, Math.min(maximum, (first + counts.length - high) * width)),
  };
}

/** The magnitude at which to cut. Bins of |x|; the mass beyond the cut goes to the last bin of the reference. */
function entropyCut(histogram: Histogram): number {
  const { width, first, counts } = histogram;
  const magnitudes = new Float64Array(Math.max(-first, first + counts.length));
  for (let i = 0; i < counts.length; i++) {
    const bin = first + i;
    magnitudes[bin < 0 ? -bin - 1 : bin]! += counts[i]!;
  }
  let last = magnitudes.length - 1;
  while (last > 0 && magnitudes[last] === 0) last--;
  const sums = entropySums(magnitudes, last + 1);
  let best = (last + 1) * width;
  let least = Infinity;
  for (let bins = Math.min(ENTROPY_LEVELS, last + 1); bins <= last + 1; bins += ENTROPY_STRIDE) {
    const divergence = divergenceAt(sums, bins);
    if (divergence <= least) [least, best] = [divergence, bins * width];
  }
  return best;
}

/** Of the bins before i: their counts, how many hold any, and Σ c · ln c. A divergence then costs a step a level, not one a bin. */
interface EntropySums {
  readonly mass: Float64Array;
  readonly filled: Float64Array;
  readonly terms: Float64Array;
}

function entropySums(counts: Float64Array, length: number): EntropySums {
  const mass = new Float64Array(length + 1);
  const filled = new Float64Array(length + 1);
  const terms = new Float64Array(length + 1);
  for (let i = 0; i < length; i++) {
    const count = counts[i]!;
    mass[i + 1] = mass[i]! + count;
    filled[i + 1] = filled[i]! + (count > 0 ? 1 : 0);
    terms[i + 1] = terms[i]! + (count > 0 ? count * Math.log(count) : 0);
  }
  return { mass, filled, terms };
}

/**
 * KL(P‖Q) where P holds the first `bins` bins with the rest in its last, and Q is the first bins spread over the levels: with p = c / total
 * and q = mean of the level's filled bins / kept, a level adds Σ p · ln(p / q) = (Σ c · ln c − mass · ln(total · mean / kept)) / total.
 */
function divergenceAt({ mass, filled, terms }: EntropySums, bins: number): number {
  const levels = Math.min(ENTROPY_LEVELS, bins);
  const total = mass.at(-1)!;
  const kept = mass[bins]!;
  if (kept === 0) return Infinity;
  let sum = 0;
  let mean = 0;
  for (let level = 0; level < levels; level++) {
    const start = Math.floor((level * bins) / levels);
    const end = Math.floor(((level + 1) * bins) / levels);
    const own = mass[end]! - mass[start]!;
    mean = own > 0 ? own / (filled[end]! - filled[start]!) : 0;
    if (own > 0) sum += terms[end]! - terms[start]! - own * Math.log((total * mean) / kept);
  }
  // The last bin of P holds what is cut off too.
  const beyond = total - kept;
  const count = kept - mass[bins - 1]!;
  const term = (c: number, q: number): number => (c > 0 ? c * Math.log(c / (total * q)) : 0);
  // A bin that only the cut-off mass fills has no counterpart: a small one stands for it.
  const q = count > 0 ? mean / kept : Number.EPSILON;
  return (sum - term(count, q) + term(count + beyond, q)) / total;
}

function leastSquares({ minimum, maximum }: Observation, levels: Levels, moments: Moments, cutWeight: number): RealRange {
  let best: RealRange = { minimum, maximum };
  let least = errorOf(moments, best, levels, cutWeight);
  const consider = (range: RealRange): void => {
    const error = errorOf(moments, range, levels, cutWeight);
    if (error < least) [least, best] = [error, range];
  };
  for (let round = 0; round < SEARCH_ROUNDS; round++) {
    for (let cut = 1; cut < CUTS; cut++) {
      const share = 1 - cut / CUTS;
      if (levels.symmetric) consider({ minimum: Math.max(minimum, -share * Math.max(maximum, -minimum)), maximum: Math.min(maximum, share * Math.max(maximum, -minimum)) });
      else {
        if (maximum > 0) consider({ minimum: best.minimum, maximum: maximum * share });
        if (minimum < 0) consider({ minimum: minimum * share, maximum: best.maximum });
      }
    }
  }
  return best;
}

/** Running sums over bins, so that the error of a range costs no loop. */
interface Moments {
  readonly width: number;
  readonly first: number;
  /** Of the bins before i: counts, sums, sums of squares. */
  readonly count: Float64Array;
  readonly sum: Float64Array;
  readonly square: Float64Array;
}

function momentsOf({ width, first, counts }: Histogram): Moments {
  const count = new Float64Array(counts.length + 1);
  const sum = new Float64Array(counts.length + 1);
  const square = new Float64Array(counts.length + 1);
  for (let i = 0; i < counts.length; i++) {
    const n = counts[i]!;
    const centre = (first + i + 0.5) * width;
    count[i + 1] = count[i]! + n;
    sum[i + 1] = sum[i]! + n * centre;
    square[i + 1] = square[i]! + n * (centre * centre + (width * width) / 12);
  }
  return { width, first, count, sum, square };
}

function sqnrOf(moments: Moments, range: RealRange, levels: Levels): number {
  const signal = moments.square.at(-1)!;
  const error = errorOf(moments, range, levels);
  return error > 0 ? 10 * Math.log10(signal / error) : Infinity;
}

function errorOf({ width, first, count, sum, square }: Moments, { minimum, maximum }: RealRange, levels: Levels, cutWeight = 1): number {
  if (width === 0) return 0;
  const bins = count.length - 1;
  const low = Math.min(bins, Math.max(0, Math.floor(minimum / width) - first));
  const high = Math.min(bins, Math.max(low, Math.ceil(maximum / width) - first));
  const span = levels.symmetric ? 2 * Math.max(maximum, -minimum) : maximum - minimum;
  const step = span / (levels.count - 1);
  const inside = ((count[high]! - count[low]!) * step * step) / 12;
  const below = square[low]! - 2 * minimum * sum[low]! + minimum * minimum * count[low]!;
  const above = square[bins]! - square[high]! - 2 * maximum * (sum[bins]! - sum[high]!) + maximum * maximum * (count[bins]! - count[high]!);
  return inside + cutWeight * (below + above);
}
