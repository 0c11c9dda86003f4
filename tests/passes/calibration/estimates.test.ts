// Ranges by five methods and the error they predict, against NumPy, SciPy and numbers really rounded.
import { describe, expect, it } from 'vitest';
import { calibrationMethods, estimateRange, int16Levels, int8Levels, type RealRange } from '../../../src/passes/calibration/estimates';
import { createObserver, type Observation } from '../../../src/passes/calibration/observer';
import { activations, expected, names } from './recorded';

function observe(data: Float32Array): Observation {
  const observer = createObserver('x', false);
  for (let i = 0; i < 40; i++) observer.add(data.subarray(i * 1000, (i + 1) * 1000), 1000);
  return observer.done();
}

/** Mean squared error of rounding to int8 for real. */
function roundingError(data: Float32Array, { minimum, maximum }: RealRange): number {
  const scale = (maximum - minimum) / 255;
  const zero = Math.round(-128 - minimum / scale);
  let sum = 0;
  for (const x of data) {
    const q = Math.min(127, Math.max(-128, Math.round(x / scale) + zero));
    sum += ((q - zero) * scale - x) ** 2;
  }
  return sum / data.length;
}

/** Rounding is predicted as noise of a twelfth of a squared step; a histogram's bin blurs the rest. */
const PREDICTION_TOLERANCE_DB = 0.3;

/** The search widens its cut by eight bins. */
const ENTROPY_STEPS = 9;

describe.each(names)('ranges of %s numbers', (name) => {
  const data = activations(name);
  const known = expected(name);
  const observation = observe(data);
  const { width } = observation.histogram;

  it('by min-max are the extremes, and predict the noise', () => {
    const range = estimateRange(observation, 'min-max', int8Levels);
    expect(range).toMatchObject({ minimum: known.minimum, maximum: known.maximum });
    expect(Math.abs(range.sqnr - known.sqnrMinMax)).toBeLessThan(PREDICTION_TOLERANCE_DB);
  });

  it('by moving average follow the batches', () => {
    const range = estimateRange(observation, 'moving-average', int8Levels);
    expect(range.minimum).toBeCloseTo(Math.min(0, known.movingMinimum), 6);
    expect(range.maximum).toBeCloseTo(known.movingMaximum, 6);
  });

  it('by percentile are NumPy’s quantiles within a bin, as far as so few numbers tell', () => {
    // One number in 200,000 is cut at either end: of 40,000 none, so the extremes stay, which NumPy interpolates towards.
    const range = estimateRange(observation, 'percentile', int8Levels);
    const largest = [...data].sort((a, b) => b - a);
    expect(range.maximum).toBeGreaterThanOrEqual(known.percentile[1] - width);
    expect(range.maximum).toBeLessThanOrEqual(largest[0]!);
    expect(range.minimum).toBeLessThanOrEqual(known.percentile[0] + width);
  });

  it('by entropy stand where SciPy finds the least divergence', () => {
    const range = estimateRange(observation, 'entropy', int8Levels);
    const cut = Math.max(range.maximum, -range.minimum);
    // A number on a border of two bins falls to one here and the other there.
    expect(Math.abs(cut - Math.min(known.entropyCut, Math.max(known.maximum, -known.minimum)))).toBeLessThan(ENTROPY_STEPS * width);
    expect(range.minimum).toBeGreaterThanOrEqual(known.minimum);
  });

  it('by least squares are as good as brute force, when numbers are really rounded', () => {
    const range = estimateRange(observation, 'mse', int8Levels);
    expect(roundingError(data, range)).toBeLessThan(known.leastError.error * 1.05);
    const predicted = known.power / 10 ** (range.sqnr / 10);
    expect(Math.abs(10 * Math.log10(predicted / roundingError(data, range)))).toBeLessThan(PREDICTION_TOLERANCE_DB);
  });

  it('of 16 bits lose 48 dB less', () => {
    const gain = estimateRange(observation, 'mse', int16Levels).sqnr - estimateRange(observation, 'mse', int8Levels).sqnr;
    expect(gain).toBeGreaterThan(35);
  });

  it.each(calibrationMethods)('by %s hold zero and lie within what was seen', (method) => {
    const range = estimateRange(observation, method, int8Levels);
    expect(range.minimum).toBeLessThanOrEqual(0);
    expect(range.maximum).toBeGreaterThanOrEqual(0);
    expect(range.minimum).toBeGreaterThanOrEqual(known.minimum);
    expect(range.maximum).toBeLessThanOrEqual(known.maximum);
  });
});

describe('a percentile', () => {
  it('cuts exactly the share it names', () => {
    const data = new Float32Array(400_000);
    for (let i = 0; i < data.length; i++) data[i] = (i + 0.5) / data.length - 0.25;
    data[17] = -90;
    data[18] = 90;
    const observer = createObserver('x', false);
    for (let i = 0; i < 40; i++) observer.add(data.subarray(i * 10_000, (i + 1) * 10_000), 1);
    const range = estimateRange(observer.done(), 'percentile', int8Levels);
    // Two outliers a side are 200 million-ths of a per cent: 0.0005 % of 400,000.
    expect(range.maximum).toBeLessThan(1);
    expect(range.minimum).toBeGreaterThan(-1);
  });
});

describe('activations that are all zero', () => {
  it.each(calibrationMethods)('have a range by %s', (method) => {
    const observer = createObserver('x', false);
    observer.add(new Float32Array(10), 1);
    expect(estimateRange(observer.done(), method, int8Levels)).toMatchObject({ minimum: 0, maximum: 0, sqnr: Infinity });
  });
});
