/**
 * The mean of a signal that is constant but for noise and now and then changes. While nothing speaks for a change the mean
 * is refined and hardly moves; two one-sided cumulative sums (Page 1954, "Continuous inspection schemes", Biometrika 41)
 * find a change, and the mean begins anew from the samples since it began:
 *
 *     S⁺ ← max(0, S⁺ + (x − mean)/σ − k),   S⁻ ← max(0, S⁻ − (x − mean)/σ − k),   a change when either passes h
 *
 * σ comes from successive differences, E(xₜ − xₜ₋₁)² = 2σ² (von Neumann 1941), which a drift of the mean does not inflate. A filter
 * with one time constant would be either slow or restless; this is neither, which is what keeps decisions still under noise.
 */
export interface TrackedMean {
  readonly mean: number;
  /** Samples behind the mean. */
  readonly count: number;
  readonly last: number;
  /** σ² by successive differences, and how many there were. */
  readonly variance: number;
  readonly differences: number;
  readonly above: Drift;
  readonly below: Drift;
}

/** A cumulative sum, and the samples since it was last zero. */
interface Drift {
  readonly sum: number;
  readonly total: number;
  readonly count: number;
}

/** Half a σ is let pass and six in sum are a change: for normal noise a false alarm in more than a thousand samples. */
const SLACK = 0.5;
const THRESHOLD = 6;
/** Samples that a mean remembers, so that what drifts too slowly for an alarm is followed all the same. */
const MEMORY = 20;
/** The least weight of a new squared difference, and the most σ that one counts: a step is no noise. */
const VARIANCE_GAIN = 0.05;
const LARGEST_DIFFERENCE = 4;
/** One sample counts as this many σ at most: an outlier alone is a change only when it is enormous. */
const LARGEST_STEP = 8;
/** A sample this many σ off is where the change began: what was summed before it belongs to the old mean. */
const CLEAR_STEP = 3;

const still: Drift = { sum: 0, total: 0, count: 0 };

export function startMean(value: number): TrackedMean {
  return { mean: value, count: 0, last: Number.NaN, variance: 0, differences: 0, above: still, below: still };
}

/** `floor`: the least σ that is believed, in the signal's units. */
export function trackMean(state: TrackedMean, sample: number, floor: number): TrackedMean {
  if (state.count === 0) return { ...state, mean: sample, count: 1, last: sample };
  const sigma = Math.max(floor, Math.sqrt(state.variance));
  const step = Math.max(-LARGEST_STEP, Math.min(LARGEST_STEP, (sample - state.mean) / sigma));
  const above = drift(state.above, step, sample);
  const below = drift(state.below, -step, sample);
  const alarm = above.sum > THRESHOLD ? above : below.sum > THRESHOLD ? below : undefined;
  const differences = state.differences + 1;
  const squared = Math.min(Math.abs(sample - state.last), LARGEST_DIFFERENCE * sigma) ** 2 / 2;
  const variance = state.variance + Math.max(VARIANCE_GAIN, 1 / differences) * (squared - state.variance);
  const noise = { last: sample, variance, differences };
  if (alarm) return { ...noise, mean: newMean(alarm, state.mean, sigma), count: alarm.count, above: still, below: still };
  const count = Math.min(MEMORY, state.count + 1);
  return { ...noise, mean: state.mean + (sample - state.mean) / count, count, above, below };
}

/** The standard error of the mean, from the noise that was seen. */
export function standardError({ variance, count }: TrackedMean): number {
  return Math.sqrt(variance / Math.max(1, count));
}

/** What raised an alarm lies on the far side of its own mean: one standard error nearer to the old mean corrects that. */
function newMean({ total, count }: Drift, old: number, sigma: number): number {
  const shift = total / count - old;
  return old + Math.sign(shift) * Math.max(0, Math.abs(shift) - sigma / Math.sqrt(count));
}

function drift({ sum, total, count }: Drift, step: number, sample: number): Drift {
  const next = Math.max(0, sum + step - SLACK);
  if (next === 0) return still;
  return step > CLEAR_STEP ? { sum: next, total: sample, count: 1 } : { sum: next, total: total + sample, count: count + 1 };
}
