/** The original as a run of its own: what comparing brings to light about it, so that it stands on the charts too. */
import type { EnergyEstimate, ModelSummary } from '../engine/types';
import type { AccuracyReport, LatencyReport } from '../measure/types';
import type { Recipe } from '../passes/pass';
import { originalOf, pointKey } from './point-key';
import { findRun, recordResult, type Quality } from './runs-store';

export function recordOriginalCost(model: ModelSummary): void {
  const original = originalOf({ version: 1, steps: [] });
  recordResult(pointKey(original), original, { cost: model.cost, diagnostics: [] });
}

/** Takes over the original's own half of a comparison, unless it is known already. */
export function recordOriginalQuality(recipe: Recipe, quality: Quality): void {
  const original = originalOf(recipe);
  const key = pointKey(original);
  if (findRun(key)?.quality) return;
  recordResult(key, original, { quality: againstItself(quality) });
}

export function recordOriginalEnergy(recipe: Recipe, energy: readonly EnergyEstimate[]): void {
  const original = originalOf(recipe);
  const key = pointKey(original);
  if (findRun(key)?.energy) return;
  recordResult(key, original, { energy: energy.map((one) => ({ ...one, candidate: one.original })) });
}

export function recordOriginalLatency(recipe: Recipe, latency: LatencyReport): void {
  const original = originalOf(recipe);
  const key = pointKey(original);
  if (findRun(key)?.latency[latency.backend]) return;
  recordResult(key, original, {
    latency: {
      [latency.backend]: { ...latency, candidate: latency.original, speedup: { value: 1, low: 1, high: 1 }, verdict: 'same-speed' },
    },
  });
}

/** A model compared with itself: nothing changes, by definition. */
function againstItself(quality: Quality): Quality {
  if (quality.kind === 'fidelity') {
    const { agreement, count } = quality.report;
    const report = { count, agreement: agreement === null ? null : 1, sqnrDb: Number.POSITIVE_INFINITY, largestDifference: 0 };
    return { kind: 'fidelity', report };
  }
  const original: AccuracyReport = quality.report.original;
  return {
    kind: 'accuracy',
    report: { original, candidate: original, change: { value: 0, low: 0, high: 0 }, pValue: 1, verdict: 'no-measurable-change' },
  };
}
