// What one streamed pass leaves of an activation, against NumPy's answers for all numbers at once.
import { describe, expect, it } from 'vitest';
import { BIN_COUNT, createHistogram, mergeHistograms, type Histogram } from '../../../src/passes/calibration/histogram';
import { createObserver, type Observation } from '../../../src/passes/calibration/observer';
import { activations, expected, names } from './recorded';

const EXAMPLES = 40;

function observed(data: Float32Array, batches: number): Observation {
  const observer = createObserver('x', true);
  const size = data.length / batches;
  for (let i = 0; i < batches; i++) observer.add(data.subarray(i * size, (i + 1) * size), size / 8);
  return observer.done();
}

const total = ({ counts, zeros }: Histogram): number => counts.reduce((sum, count) => sum + count, zeros);

describe.each(names)('%s numbers', (name) => {
  const data = activations(name);
  const known = expected(name);
  const observation = observed(data, EXAMPLES);

  it('have their exact extremes', () => {
    expect([observation.minimum, observation.maximum]).toEqual([known.minimum, known.maximum]);
  });

  it('have moving averages of their batches’ extremes', () => {
    expect(observation.movingMinimum).toBeCloseTo(Math.min(0, known.movingMinimum), 9);
    expect(observation.movingMaximum).toBeCloseTo(known.movingMaximum, 9);
  });

  it('have the mean of each feature', () => {
    known.means.forEach((mean, f) => expect(observation.means![f]).toBeCloseTo(mean, 9));
  });

  it('are counted once each, in bins that hold them, however they are cut into batches', () => {
    const { histogram } = observation;
    expect(total(histogram)).toBe(data.length);
    expect(Number.isInteger(Math.log2(histogram.width))).toBe(true);
    const direct = new Float64Array(BIN_COUNT);
    for (const x of data) if (x !== 0) direct[Math.floor(x / histogram.width) - histogram.first]! += 1;
    expect(Array.from(histogram.counts)).toEqual(Array.from(direct));
    expect(histogram.zeros).toBe(data.filter((x) => x === 0).length);
    const fewer = observed(data, 4).histogram;
    expect(Array.from(fewer.counts)).toEqual(Array.from(histogram.counts));
  });
});

describe('a growing histogram', () => {
  it('uses at least a quarter of its bins for the range, and starts where zero is a border', () => {
    const histogram = createHistogram();
    histogram.add(Float32Array.of(-0.01, 0.02), -0.01, 0.02, 1);
    histogram.add(Float32Array.of(-3, 5), -3, 5, 1);
    const { width, counts, first } = histogram.snapshot();
    expect(8 / width).toBeGreaterThan(BIN_COUNT / 4);
    const filled = [...counts.keys()].filter((i) => counts[i]! > 0).map((i) => first + i);
    expect(filled).toEqual([-3, -0.01, 0.02, 5].map((x) => Math.floor(x / width)));
  });

  it('knows no width while only zeros come', () => {
    const histogram = createHistogram();
    histogram.add(new Float32Array(7), 0, 0, 1);
    expect(histogram.snapshot()).toMatchObject({ width: 0, zeros: 7 });
  });

  it('merges with others to what all numbers together would have given', () => {
    const parts = names.map((name) => observed(activations(name), 1).histogram);
    const merged = mergeHistograms(parts);
    expect(total(merged)).toBe(parts.reduce((sum, part) => sum + total(part), 0));
    const below = (histogram: Histogram, border: number): number =>
      histogram.counts.reduce((sum, count, i) => ((histogram.first + i + 1) * histogram.width <= border ? sum + count : sum), 0);
    for (const border of [-8, -1, 0, 1, 4]) expect(below(merged, border)).toBe(parts.reduce((sum, part) => sum + below(part, border), 0));
  });
});

describe('an observer', () => {
  it('keeps exact extremes of batches too large for the histogram, and counts about as many numbers', () => {
    const data = new Float32Array(1_000_003);
    for (let i = 0; i < data.length; i++) data[i] = Math.sin(i * 0.37);
    data[999_999] = 40;
    const observer = createObserver('x', false);
    observer.add(data, 1);
    const { maximum, histogram } = observer.done();
    expect(maximum).toBe(40);
    expect(Math.abs(total(histogram) / data.length - 1)).toBeLessThan(1e-4);
  });

  it.each([Number.NaN, Infinity])('refuses %s and names the activation', (bad) => {
    expect(() => createObserver('conv/relu', false).add(Float32Array.of(1, bad), 1)).toThrow(/conv\/relu holds numbers that are not finite/);
  });
});
