/**
 * Latency of two models on one backend, measured so that the difference means something:
 *
 * 1. the first run (compilation, upload) stands apart;
 * 2. warm-up until five runs in a row lie within 10 %, at least five runs, at most three seconds;
 * 3. a run shorter than 50 clock steps is timed in blocks;
 * 4. original and candidate alternate in random ABBA order, so that drift hits both: at least 30 pairs, up to five seconds;
 * 5. every run waits for its result and reads it back, and the result is checked: finite, and the same as at first;
 * 6. p50 and p90, and a bootstrap interval on the ratio of the medians: "same speed" when it spans 1.
 */
import { throwIfCancelled, WhittleError } from '../lib/errors';
import type { ReportProgress } from '../lib/progress';
import { createRandom } from '../lib/random';
import { pairedMedianRatio, quantile } from '../lib/statistics';
import { yieldToMessages } from '../lib/yield-to-messages';
import type { Batch, PreparedModel } from '../runtime/backend';
import type { Interval, LatencyStatistics } from './types';

const SMALLEST_WARM_UP_RUNS = 5;
const WARM_UP_TOLERANCE = 0.1;
const WARM_UP_LIMIT_MS = 3000;
const CLOCK_STEPS_PER_SAMPLE = 50;
const SMALLEST_PAIR_COUNT = 30;
/** Pairs go on to this time, but never below SMALLEST_PAIR_COUNT unless a run is so slow that they would take HARD_LIMIT_MS. */
const SAMPLING_LIMIT_MS = 5000;
const HARD_LIMIT_MS = 60_000;
const LARGEST_PAIR_COUNT = 300;
/** Relative change of an output between runs of the same input that still counts as the same result (float reductions on a GPU). */
const REPEAT_TOLERANCE = 1e-3;
const SEED = 1;

export interface LatencyComparison {
  readonly original: LatencyStatistics;
  readonly candidate: LatencyStatistics;
  readonly speedup: Interval;
  readonly verdict: 'same-speed' | 'faster' | 'slower';
  readonly runsPerSample: number;
}

export interface LatencySetting {
  readonly clockStepMs: number;
  readonly report: ReportProgress;
  readonly signal?: AbortSignal;
  /** True while the page is hidden: samples taken then are dropped. */
  readonly isPaused?: () => boolean;
}

export async function compareLatency(
  original: PreparedModel,
  candidate: PreparedModel,
  inputs: readonly Batch[],
  setting: LatencySetting,
): Promise<LatencyComparison> {
  const lanes = [await startLane(original, inputs), await startLane(candidate, inputs)] as const;
  try {
    setting.report({ stage: 'warm-up', fraction: null });
    const warmMs = [await warmUp(lanes[0], setting), await warmUp(lanes[1], setting)];
    const runsPerSample = Math.max(1, Math.ceil((setting.clockStepMs * CLOCK_STEPS_PER_SAMPLE) / Math.min(...warmMs)));
    const samples = await samplePairs(lanes, runsPerSample, setting);
    const ratio = pairedMedianRatio(samples[0], samples[1], SEED);
    const isSame = ratio.low <= 1 && ratio.high >= 1;
    return {
      original: statisticsOf(samples[0], lanes[0].firstMs),
      candidate: statisticsOf(samples[1], lanes[1].firstMs),
      speedup: ratio,
      verdict: isSame ? 'same-speed' : ratio.value > 1 ? 'faster' : 'slower',
      runsPerSample,
    };
  } finally {
    for (const lane of lanes) lane.dispose();
  }
}

interface Lane {
  readonly firstMs: number;
  /** Runs `count` times and gives the milliseconds of one run. */
  time(count: number): Promise<number>;
  dispose(): void;
}

async function startLane(model: PreparedModel, inputs: readonly Batch[]): Promise<Lane> {
  const stepper = await model.stepper(inputs);
  const start = performance.now();
  const expected = await stepper.step();
  const firstMs = performance.now() - start;
  const magnitudes = expected.map(({ data }) => {
    let largest = 0;
    for (const value of data) {
      if (!Number.isFinite(value)) {
        throw new WhittleError('BackendError', 'The model gave a value that is not finite, so its time means nothing.');
      }
      largest = Math.max(largest, Math.abs(value));
    }
    return largest;
  });
  const check = (outputs: readonly Batch[]): void => {
    for (const [i, { data }] of outputs.entries()) {
      const tolerance = magnitudes[i]! * REPEAT_TOLERANCE;
      const same = data.length === expected[i]!.data.length && data.every((value, j) => Math.abs(value - expected[i]!.data[j]!) <= tolerance);
      if (!same) throw new WhittleError('BackendError', 'The same input gave different outputs in two runs; the backend is not to be trusted here.');
    }
  };
  return {
    firstMs,
    async time(count) {
      const begin = performance.now();
      let outputs: readonly Batch[] = [];
      for (let i = 0; i < count; i++) outputs = await stepper.step();
      const elapsedMs = performance.now() - begin;
      check(outputs);
      return elapsedMs / count;
    },
    dispose: () => stepper.dispose(),
  };
}

/** Runs until five in a row agree; gives the median of those. */
async function warmUp(lane: Lane, setting: LatencySetting): Promise<number> {
  const begin = performance.now();
  const recent: number[] = [];
  for (;;) {
    throwIfCancelled(setting.signal);
    recent.push(await lane.time(1));
    if (recent.length < SMALLEST_WARM_UP_RUNS) continue;
    const last = recent.slice(-SMALLEST_WARM_UP_RUNS).sort((a, b) => a - b);
    const middle = quantile(last, 0.5);
    const isSteady = last.at(-1)! - last[0]! <= Math.max(middle * WARM_UP_TOLERANCE, setting.clockStepMs * 2);
    if (isSteady || performance.now() - begin > WARM_UP_LIMIT_MS) return Math.max(middle, setting.clockStepMs / CLOCK_STEPS_PER_SAMPLE);
  }
}

async function samplePairs(
  lanes: readonly [Lane, Lane],
  runsPerSample: number,
  setting: LatencySetting,
): Promise<readonly [number[], number[]]> {
  const random = createRandom(SEED);
  const samples: readonly [number[], number[]] = [[], []];
  const begin = performance.now();
  for (;;) {
    throwIfCancelled(setting.signal);
    const first = random.uniform() < 0.5 ? 0 : 1;
    const order = [first, 1 - first, 1 - first, first] as const;
    const times: readonly [number[], number[]] = [[], []];
    for (const lane of order) times[lane as 0 | 1].push(await lanes[lane as 0 | 1].time(runsPerSample));
    await yieldToMessages();
    if (!setting.isPaused?.()) for (const lane of [0, 1] as const) samples[lane].push(...times[lane]);
    const count = samples[0].length;
    const elapsedMs = performance.now() - begin;
    const share = Math.min(1, Math.max(Math.min(elapsedMs / SAMPLING_LIMIT_MS, count / SMALLEST_PAIR_COUNT), elapsedMs / HARD_LIMIT_MS));
    setting.report({ stage: 'latency', fraction: share, detail: `${count}` });
    const isEnough = count >= SMALLEST_PAIR_COUNT && (elapsedMs >= SAMPLING_LIMIT_MS || count >= LARGEST_PAIR_COUNT);
    if (isEnough || (elapsedMs > HARD_LIMIT_MS && count > 0)) return samples;
  }
}

function statisticsOf(samplesMs: readonly number[], firstMs: number): LatencyStatistics {
  const sorted = [...samplesMs].sort((a, b) => a - b);
  return { p50Ms: quantile(sorted, 0.5), p90Ms: quantile(sorted, 0.9), minimumMs: sorted[0]!, firstMs, samplesMs };
}
