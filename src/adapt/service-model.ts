/**
 * How long a batch takes, learned while serving: s(b, v) = m · (o_v + c_v · b).
 *
 * m is how much slower everything is than when the ladder was timed (a warm device, other work), a tracked mean of busy time over
 * predicted time: it answers at once. o_v and c_v, a rung's overhead and time per example, are refined by recursive least squares
 * with forgetting (Åström and Wittenmark, Adaptive Control, 1995, chapter 2), with regressor φ = (1, b):
 *
 *     K = Pφ / (f + φᵀPφ),   θ ← θ + K (y/m − φᵀθ),   P ← (P − KφᵀP) / f
 *
 * A service time is affine in b, so a period's means obey the same equation as single batches. Served at one batch size for long, P
 * would grow without end in the direction that is not seen; forgetting stops while its trace is at a bound.
 */
import type { RungWork, ServiceTime } from './types';
import { startMean, trackMean, type TrackedMean } from './tracked-mean';

/** Symmetric 2 × 2, relative to the seed's own scale. */
interface Covariance {
  readonly oo: number;
  readonly oc: number;
  readonly cc: number;
}

interface RungModel {
  readonly service: ServiceTime;
  readonly covariance: Covariance;
}

export interface ServiceModel {
  readonly rungs: readonly RungModel[];
  readonly slowdown: TrackedMean;
}

/** A seed is wrong by about a fifth. */
const SEED_VARIANCE = 0.04;
const LARGEST_TRACE = 2 * SEED_VARIANCE;
/** Remembers about 50 periods. */
const FORGETTING = 0.98;
/** Relative noise that a period's mean service time has at least. */
const SLOWDOWN_FLOOR = 0.01;
/** Measurement variance of a period's relative service time: noise of 5 %. */
const NOISE_VARIANCE = 0.0025;
/** Periods after a change of m from which single rungs are refined. */
const SETTLED_SAMPLES = 10;
/** A rung is never believed to be this many times faster or slower than it was timed, m aside. */
const LARGEST_CORRECTION = 4;

export function startServiceModel(seeds: readonly ServiceTime[]): ServiceModel {
  const covariance = { oo: SEED_VARIANCE, oc: 0, cc: SEED_VARIANCE };
  return { rungs: seeds.map((service) => ({ service, covariance })), slowdown: startMean(1) };
}

/** Milliseconds of a batch on a place of the ladder; between two rungs, the mean of both. */
export function serviceMs(model: ServiceModel, level: number, batch: number): number {
  const lower = Math.floor(level);
  const share = level - lower;
  const first = timeOf(model.rungs[lower]!.service, batch);
  const time = share === 0 ? first : (1 - share) * first + share * timeOf(model.rungs[lower + 1]!.service, batch);
  return model.slowdown.mean * time;
}

export function learnService(model: ServiceModel, work: readonly RungWork[], seeds: readonly ServiceTime[]): ServiceModel {
  const done = work.filter(({ batches, examples, busyMs }) => batches > 0 && examples > 0 && busyMs > 0);
  if (done.length === 0) return model;
  const predicted = done.reduce((sum, one) => sum + one.batches * timeOf(model.rungs[one.rung]!.service, one.examples / one.batches), 0);
  const busy = done.reduce((sum, one) => sum + one.busyMs, 0);
  const slowdown = trackMean(model.slowdown, busy / predicted, SLOWDOWN_FLOOR * model.slowdown.mean);
  const rungs = [...model.rungs];
  // While everything gets slower or faster, no rung is to blame.
  if (slowdown.count < SETTLED_SAMPLES) return { rungs, slowdown };
  for (const one of done) rungs[one.rung] = refine(rungs[one.rung]!, one, slowdown.mean, seeds[one.rung]!);
  return { rungs, slowdown };
}

function timeOf({ overheadMs, perExampleMs }: ServiceTime, batch: number): number {
  return overheadMs + perExampleMs * batch;
}

/** One step of recursive least squares, in units of the seed's time for this batch. */
function refine({ service, covariance }: RungModel, { batches, examples, busyMs }: RungWork, slowdown: number, seed: ServiceTime): RungModel {
  const batch = examples / batches;
  const scale = timeOf(seed, batch);
  const [a, b] = [seed.overheadMs / scale, (seed.perExampleMs * batch) / scale];
  const error = (busyMs / batches / slowdown - timeOf(service, batch)) / scale;
  const { oo, oc, cc } = covariance;
  const [pa, pb] = [oo * a + oc * b, oc * a + cc * b];
  const forgetting = oo + cc < LARGEST_TRACE ? FORGETTING : 1;
  const denominator = forgetting * NOISE_VARIANCE + a * pa + b * pb;
  const [gainO, gainC] = [pa / denominator, pb / denominator];
  return {
    service: {
      overheadMs: bounded(service.overheadMs + gainO * error * seed.overheadMs, seed.overheadMs),
      perExampleMs: bounded(service.perExampleMs + gainC * error * seed.perExampleMs, seed.perExampleMs),
    },
    covariance: {
      oo: (oo - gainO * pa) / forgetting,
      oc: (oc - gainO * pb) / forgetting,
      cc: (cc - gainC * pb) / forgetting,
    },
  };
}

function bounded(value: number, seed: number): number {
  return Math.min(seed * LARGEST_CORRECTION, Math.max(seed / LARGEST_CORRECTION, value));
}
