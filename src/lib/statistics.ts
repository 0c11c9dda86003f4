/** The few statistics that honest numbers need. */
import { createRandom } from './random';

/** 97.5 % point of the standard normal: intervals are at 95 %. */
const Z = 1.959963984540054;

/** Quantile by linear interpolation between order statistics (Hyndman and Fan type 7). `share` is 0…1. */
export function quantile(sorted: ArrayLike<number>, share: number): number {
  const position = (sorted.length - 1) * share;
  const below = Math.floor(position);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below]! + (sorted[above]! - sorted[below]!) * (position - below);
}

export function median(values: readonly number[]): number {
  return quantile([...values].sort((a, b) => a - b), 0.5);
}

/** Wilson's interval for a proportion (Wilson 1927). */
export function wilsonInterval(successes: number, count: number): { value: number; low: number; high: number } {
  if (count === 0) return { value: Number.NaN, low: 0, high: 1 };
  const p = successes / count;
  const centre = (p + Z ** 2 / (2 * count)) / (1 + Z ** 2 / count);
  const half = (Z * Math.sqrt((p * (1 - p)) / count + Z ** 2 / (4 * count ** 2))) / (1 + Z ** 2 / count);
  return { value: p, low: Math.max(0, centre - half), high: Math.min(1, centre + half) };
}

/**
 * The change of a paired proportion, second − first, with Newcombe's interval (1998, Statistics in Medicine 17, 2635–2650, method 10): square-and-add of
 * the two Wilson intervals with the correlation of the pairs. Holds its level also near 0 and 1, where bootstrap does not.
 */
export function pairedChange(
  both: number,
  onlyFirst: number,
  onlySecond: number,
  neither: number,
): { value: number; low: number; high: number } {
  const count = both + onlyFirst + onlySecond + neither;
  const first = wilsonInterval(both + onlyFirst, count);
  const second = wilsonInterval(both + onlySecond, count);
  const product = (both + onlyFirst) * (onlySecond + neither) * (both + onlySecond) * (onlyFirst + neither);
  const cross = both * neither - onlyFirst * onlySecond;
  // Newcombe's continuity-corrected phi.
  const corrected = cross > 0 ? Math.max(cross - count / 2, 0) : cross;
  const phi = product === 0 ? 0 : corrected / Math.sqrt(product);
  const value = second.value - first.value;
  const squareAdd = (a: number, b: number): number => Math.sqrt(Math.max(0, a * a - 2 * phi * a * b + b * b));
  return {
    value,
    low: value - squareAdd(second.value - second.low, first.high - first.value),
    high: value + squareAdd(second.high - second.value, first.value - first.low),
  };
}

/** McNemar's exact two-sided p: how likely discordant pairs split this unevenly by chance. */
export function mcNemarExact(onlyFirst: number, onlySecond: number): number {
  const discordant = onlyFirst + onlySecond;
  if (discordant === 0) return 1;
  const fewer = Math.min(onlyFirst, onlySecond);
  let logTerm = discordant * Math.log(0.5);
  let sum = Math.exp(logTerm);
  for (let k = 1; k <= fewer; k++) {
    logTerm += Math.log(discordant - k + 1) - Math.log(k);
    sum += Math.exp(logTerm);
  }
  return Math.min(1, 2 * sum);
}

/** Resamples for a bootstrap interval; the ends move by less than a hundredth of its width past this. */
const BOOTSTRAP_RESAMPLES = 2000;

/** Ratio of the medians of paired samples, first / second, with a percentile bootstrap interval over pairs. */
export function pairedMedianRatio(
  first: readonly number[],
  second: readonly number[],
  seed: number,
): { value: number; low: number; high: number } {
  const random = createRandom(seed);
  const count = first.length;
  const ratios = Float64Array.from({ length: BOOTSTRAP_RESAMPLES }, () => {
    const a: number[] = [];
    const b: number[] = [];
    for (let i = 0; i < count; i++) {
      const pick = random.integer(count);
      a.push(first[pick]!);
      b.push(second[pick]!);
    }
    return median(a) / median(b);
  }).sort();
  return { value: median(first) / median(second), low: quantile(ratios, 0.025), high: quantile(ratios, 0.975) };
}
