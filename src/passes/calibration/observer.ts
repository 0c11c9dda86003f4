/** What one pass over the examples leaves of an activation: bounded memory, however many examples there are. */
import { WhittleError } from '../../lib/errors';
import { createHistogram, type Histogram } from './histogram';

export interface Observation {
  /** Exact, over all numbers; zero counts as seen, as every grid holds it. */
  readonly minimum: number;
  readonly maximum: number;
  /** Exponentially weighted means of each batch's smallest and largest number, zero counted as seen. */
  readonly movingMinimum: number;
  readonly movingMaximum: number;
  readonly histogram: Histogram;
  /** Mean of each feature (everything but the batch), where asked for. */
  readonly means: Float64Array | null;
}

/** Weight of the past in the moving average: that of AI Edge Quantizer (calibration_utils.py). */
const MOVING_WEIGHT = 0.95;
/** Numbers of one batch that enter the histogram; of more, every n-th does. Ranges move by less than a bin. */
const SAMPLE_LIMIT = 1 << 14;
/** Numbers of one batch that enter the means; of more, every n-th example does. */
const MEAN_LIMIT = 1 << 16;
/** Strides that share no factor with a number of channels, mostly. */
const STRIDES = [1, 3, 5, 7, 11, 13, 17, 23, 31, 47, 61, 97, 127, 251, 509, 1021];

export interface Observer {
  add(data: Float32Array, examples: number): void;
  done(): Observation;
}

/** `name` is for the PassError when a number is not finite. */
export function createObserver(name: string, withMeans: boolean): Observer {
  const histogram = createHistogram();
  let minimum = 0;
  let maximum = 0;
  let movingMinimum = 0;
  let movingMaximum = 0;
  let batches = 0;
  let sums: Float64Array | null = null;
  let seen = 0;
  return {
    add(data, examples) {
      const [low, high] = extremes(data, name);
      minimum = Math.min(minimum, low);
      maximum = Math.max(maximum, high);
      const past = batches++ === 0 ? 0 : MOVING_WEIGHT;
      movingMinimum = past * movingMinimum + (1 - past) * low;
      movingMaximum = past * movingMaximum + (1 - past) * high;
      const wanted = data.length / SAMPLE_LIMIT;
      histogram.add(data, low, high, STRIDES.find((stride) => stride >= wanted) ?? STRIDES.at(-1)!);
      if (!withMeans) return;
      sums ??= new Float64Array(data.length / examples);
      const stride = Math.ceil(data.length / MEAN_LIMIT);
      addExamples(sums, data, stride);
      seen += Math.ceil(examples / stride);
    },
    done: () => ({
      minimum,
      maximum,
      movingMinimum: Math.min(movingMinimum, 0),
      movingMaximum: Math.max(movingMaximum, 0),
      histogram: histogram.snapshot(),
      means: sums && sums.map((sum) => sum / seen),
    }),
  };
}

/**
 * Smallest and largest number; zero counts as seen. What is not finite shows in the sum: no sum of float32 numbers leaves
 * float64. `else if` from zero, because V8 takes ten times as long for two comparisons from infinities.
 */
function extremes(data: Float32Array, name: string): [number, number] {
  let low = 0;
  let high = 0;
  let sum = 0;
  for (let i = 0; i < data.length; i++) {
    const x = data[i]!;
    if (x < low) low = x;
    else if (x > high) high = x;
    sum += x;
  }
  if (!Number.isFinite(sum)) {
    throw new WhittleError('PassError', `The activation ${name} holds numbers that are not finite on the given data; calibration needs finite ones. Check the data's preprocessing.`);
  }
  return [low, high];
}

function addExamples(sums: Float64Array, data: Float32Array, stride: number): void {
  const features = sums.length;
  for (let start = 0; start < data.length; start += features * stride) {
    for (let f = 0; f < features; f++) sums[f]! += data[start + f]!;
  }
}
