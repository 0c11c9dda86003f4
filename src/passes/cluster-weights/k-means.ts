/**
 * k-means in one dimension. On sorted values a cluster is a range, so that an iteration of Lloyd's algorithm is a binary
 * search for k − 1 borders over prefix sums: O(k log n). Seeding is k-means++ (Arthur and Vassilvitskii 2007).
 */
import type { Random } from '../../lib/random';

export interface Clustering {
  /** Rising. */
  readonly centroids: Float64Array;
  /** Σ (value − its centroid)² */
  readonly error: number;
}

/** Lloyd's algorithm settles in tens of iterations here; this only guards against cycling on ties. */
const MOST_ITERATIONS = 300;
/** Seedings tried; the best clustering is kept. More gave no measurable gain on the reference models. */
const RESTARTS = 4;

/** Clusters rising `values` into at most `count` clusters. Fewer when there are fewer different values. */
export function kMeans(values: Float64Array, count: number, random: Random): Clustering {
  const distinct = distinctValues(values, count);
  if (distinct) return { centroids: distinct, error: 0 };
  const sums = prefixSums(values);
  let best: Clustering | undefined;
  for (let restart = 0; restart < RESTARTS; restart++) {
    const found = lloyd(values, sums, seed(values, count, random));
    if (!best || found.error < best.error) best = found;
  }
  return best!;
}

/** Index of the centroid nearest to `value`; the lower one on a tie. */
export function nearestCentroid(centroids: Float64Array, value: number): number {
  let low = 0;
  let high = centroids.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (value <= (centroids[middle]! + centroids[middle + 1]!) / 2) high = middle;
    else low = middle + 1;
  }
  return low;
}

function distinctValues(values: Float64Array, most: number): Float64Array | undefined {
  const distinct: number[] = [];
  for (let i = 0; i < values.length; i++) {
    if (i > 0 && values[i] === values[i - 1]) continue;
    if (distinct.length === most) return undefined;
    distinct.push(values[i]!);
  }
  return Float64Array.from(distinct);
}

function seed(values: Float64Array, count: number, random: Random): Float64Array {
  const centroids = [values[random.integer(values.length)]!];
  const distances = Float64Array.from(values, (value) => (value - centroids[0]!) ** 2);
  while (centroids.length < count) {
    let total = 0;
    for (let i = 0; i < distances.length; i++) total += distances[i]!;
    let target = random.uniform() * total;
    let chosen = values.length - 1;
    for (let i = 0; i < distances.length; i++) {
      target -= distances[i]!;
      if (target < 0) {
        chosen = i;
        break;
      }
    }
    const centroid = values[chosen]!;
    centroids.push(centroid);
    for (let i = 0; i < distances.length; i++) distances[i] = Math.min(distances[i]!, (values[i]! - centroid) ** 2);
  }
  return Float64Array.from(centroids).sort();
}

function lloyd(values: Float64Array, sums: PrefixSums, start: Float64Array): Clustering {
  let centroids = start;
  let borders = bordersOf(values, centroids);
  for (let iteration = 0; iteration < MOST_ITERATIONS; iteration++) {
    centroids = Float64Array.from(centroids, (centroid, k) => {
      const from = borders[k]!;
      const to = borders[k + 1]!;
      return to > from ? (sums.first[to]! - sums.first[from]!) / (to - from) : centroid;
    }).sort();
    const next = bordersOf(values, centroids);
    if (next.every((border, k) => border === borders[k])) break;
    borders = next;
  }
  let error = 0;
  for (let k = 0; k < centroids.length; k++) {
    const from = borders[k]!;
    const to = borders[k + 1]!;
    const first = sums.first[to]! - sums.first[from]!;
    const second = sums.second[to]! - sums.second[from]!;
    error += second - 2 * centroids[k]! * first + (to - from) * centroids[k]! ** 2;
  }
  return { centroids, error };
}

interface PrefixSums {
  readonly first: Float64Array;
  readonly second: Float64Array;
}

function prefixSums(values: Float64Array): PrefixSums {
  const first = new Float64Array(values.length + 1);
  const second = new Float64Array(values.length + 1);
  for (let i = 0; i < values.length; i++) {
    first[i + 1] = first[i]! + values[i]!;
    second[i + 1] = second[i]! + values[i]! ** 2;
  }
  return { first, second };
}

/** Cluster k holds the values from border k to before border k + 1. */
function bordersOf(values: Float64Array, centroids: Float64Array): Uint32Array {
  const borders = new Uint32Array(centroids.length + 1);
  borders[centroids.length] = values.length;
  for (let k = 1; k < centroids.length; k++) {
    const middle = (centroids[k - 1]! + centroids[k]!) / 2;
    let low = borders[k - 1]!;
    let high = values.length;
    while (low < high) {
      const at = (low + high) >> 1;
      if (values[at]! <= middle) low = at + 1;
      else high = at;
    }
    borders[k] = low;
  }
  return borders;
}
