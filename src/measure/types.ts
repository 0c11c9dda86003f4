/** The results of measuring. Plain data; units in the names. */
import type { BackendId } from '../runtime/backend';
import type { ProfileId } from './energy-profiles';

export interface SizeReport {
  /** Bytes of the files that would be exported, together. */
  readonly raw: number;
  /** Each file compressed by gzip -9 (as a web server would), together. */
  readonly gzip: number;
  /** Each file compressed by brotli, together; quality 11, or less for large files, as `brotliQuality` says. */
  readonly brotli: number;
  readonly brotliQuality: number;
}

export interface NodeCost {
  readonly node: string;
  readonly op: string;
  readonly outputShape: readonly number[];
  readonly parameters: number;
  /** Bytes of the weights in their encoding. */
  readonly nbytes: number;
  readonly macs: number;
  /** Bytes of the outputs of the node, float32, batch 1. */
  readonly activationBytes: number;
  /** Share of weights that are exactly zero, 0…1; null without weights. */
  readonly sparsity: number | null;
  /** Bits of one stored weight; null without weights. */
  readonly bits: number | null;
}

export interface CostReport {
  readonly parameters: number;
  readonly nbytes: number;
  readonly macs: number;
  /** Largest sum of activations alive at once, float32, batch 1, executing in the graph's order. */
  readonly peakActivationBytes: number;
  readonly nodes: readonly NodeCost[];
}

/** A value with its interval at 95 %. */
export interface Interval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

export interface AccuracyReport {
  /** Top-1, 0…1, with the Wilson interval. */
  readonly accuracy: Interval;
  readonly count: number;
  readonly correct: number;
}

/** A candidate against the original on the same examples. */
export interface ComparisonReport {
  readonly original: AccuracyReport;
  readonly candidate: AccuracyReport;
  /** candidate − original, paired interval (bootstrap or Newcombe's for paired proportions). */
  readonly change: Interval;
  /** McNemar's exact two-sided p. */
  readonly pValue: number;
  readonly verdict: 'no-measurable-change' | 'better' | 'worse';
}

/** Without labels: how close the candidate's outputs are to the original's. Not accuracy. */
export interface FidelityReport {
  readonly count: number;
  /** Share of examples with the same argmax; null when the output is no classification. */
  readonly agreement: number | null;
  /** Signal-to-quantization-noise ratio of the outputs in dB; Infinity when equal. */
  readonly sqnrDb: number;
  readonly largestDifference: number;
}

export interface LatencyStatistics {
  readonly p50Ms: number;
  readonly p90Ms: number;
  readonly minimumMs: number;
  /** First run after preparing: compilation and upload. */
  readonly firstMs: number;
  readonly samplesMs: readonly number[];
}

export interface LatencyReport {
  readonly backend: BackendId;
  readonly adapter: string;
  readonly batch: number;
  readonly original: LatencyStatistics;
  readonly candidate: LatencyStatistics;
  /** original / candidate: above 1 the candidate is faster. Bootstrap interval of the ratio of medians. */
  readonly speedup: Interval;
  readonly verdict: 'same-speed' | 'faster' | 'slower';
  readonly clockStepMs: number;
  /** Runs timed together because one is too short for the clock. */
  readonly runsPerSample: number;
}

/** An estimate and the range it may lie in: of published constants, not of measurements. */
export interface EnergyRange {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** Joules of one inference on a kind of device, estimated. */
export interface EnergyReport {
  readonly profile: ProfileId;
  readonly joules: EnergyRange;
  /** What the sum is made of. */
  readonly arithmetic: EnergyRange;
  readonly weights: EnergyRange;
  readonly activations: EnergyRange;
}
