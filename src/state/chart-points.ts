/** Runs as points of the charts: plain numbers, chosen so that all points of a chart mean the same thing. */
import type { BackendId } from '../runtime/backend';
import type { ProfileId } from '../measure/energy-profiles';
import type { ComparisonReport, EnergyRange, Interval, LatencyReport } from '../measure/types';
import { isOriginal } from './point-key';
import type { Run } from './runs-store';
import type { Judgement } from './search-store';

/** What the vertical axis shows: the best that all the runs know. */
export type QualityMetric = 'accuracy' | 'agreement' | 'sqnr';

/** Where latencies are compared. */
export type LatencyAxis = BackendId | 'fastest';

/** What the second chart shows beside quality. */
export type ChartAxis = LatencyAxis | 'energy';

export interface RunPoint {
  readonly id: string;
  readonly x: number;
  readonly y: number;
  /** Interval of y, where there is one. */
  readonly low: number | null;
  readonly high: number | null;
  /** A search judged it, on other examples than those that are measured on: about so. */
  readonly isJudged: boolean;
}

/** How searches judged recipes, by result key. */
export type Judgements = ReadonlyMap<string, Judgement>;

/** SQNR above this is no longer a difference that anybody can see; equal outputs have an infinite one. */
const HIGHEST_SQNR_DB = 120;

export function qualityMetric(runs: readonly Run[]): QualityMetric {
  if (runs.some((run) => run.quality?.kind === 'accuracy')) return 'accuracy';
  const classifies = runs.some((run) => run.quality?.kind === 'fidelity' && run.quality.report.agreement !== null);
  return classifies ? 'agreement' : 'sqnr';
}

export function qualityOf(run: Run, metric: QualityMetric): Interval | null {
  if (run.quality?.kind === 'accuracy') return metric === 'accuracy' ? pairedInterval(run.quality.report) : null;
  if (run.quality?.kind !== 'fidelity') return null;
  const { agreement, sqnrDb } = run.quality.report;
  const value = metric === 'agreement' ? agreement : metric === 'sqnr' ? Math.min(sqnrDb, HIGHEST_SQNR_DB) : null;
  return value === null ? null : { value, low: value, high: value };
}

/** Bytes compressed as a web server would send them, in the chosen format, else in the last one that was measured. */
export function sizeOf(run: Run, sizeKey: string): { readonly gzip: number; readonly raw: number } | null {
  return run.sizes[sizeKey]?.report ?? Object.values(run.sizes).at(-1)?.report ?? null;
}

export function sizePoints(runs: readonly Run[], metric: QualityMetric, sizeKey: string, judged: Judgements): readonly RunPoint[] {
  return pointsOf(runs, metric, judged, (run) => sizeOf(run, sizeKey)?.gzip ?? null);
}

export function latencyPoints(runs: readonly Run[], metric: QualityMetric, axis: LatencyAxis, judged: Judgements): readonly RunPoint[] {
  return pointsOf(runs, metric, judged, (run) => latencyOf(run, axis)?.candidate.p50Ms ?? null);
}

export function energyPoints(runs: readonly Run[], metric: QualityMetric, profile: ProfileId, judged: Judgements): readonly RunPoint[] {
  return pointsOf(runs, metric, judged, (run) => energyOf(run, profile)?.value ?? null);
}

/** Joules of one inference on a kind of device, estimated. */
export function energyOf(run: Run, profile: ProfileId): EnergyRange | null {
  return run.energy?.find((one) => one.profile.id === profile)?.candidate.joules ?? null;
}

/** On one backend, or on the fastest of those that the recipe was measured on: there runtimes meet on one axis. */
export function latencyOf(run: Run, axis: LatencyAxis): LatencyReport | null {
  if (axis !== 'fastest') return run.latency[axis] ?? null;
  const reports = Object.values(run.latency).toSorted((a, b) => a.candidate.p50Ms - b.candidate.p50Ms);
  return reports[0] ?? null;
}

/** Backends that any recipe was measured on, in the order in which the device lists them. */
export function measuredLatencies(runs: readonly Run[], order: readonly BackendId[]): readonly BackendId[] {
  return order.filter((id) => runs.some((run) => run.latency[id]));
}

function pointsOf(runs: readonly Run[], metric: QualityMetric, judged: Judgements, xOf: (run: Run) => number | null): readonly RunPoint[] {
  return runs.flatMap((run): RunPoint[] => {
    const x = xOf(run);
    if (x === null) return [];
    const y = qualityOf(run, metric);
    if (y) return [{ id: run.key, x, y: y.value, low: y.low, high: y.high, isJudged: false }];
    const about = judgedQuality(runs, run.key, metric, judged);
    return about === null ? [] : [{ id: run.key, x, y: about, low: null, high: null, isJudged: true }];
  });
}

/** What a search's judgement makes of the original's quality; null: it was not judged, or in another measure. */
export function judgedQuality(runs: readonly Run[], key: string, metric: QualityMetric, judged: Judgements): number | null {
  const judgement = judged.get(key);
  if (!judgement || metric === 'sqnr' || judgement.isLabelled !== (metric === 'accuracy')) return null;
  if (metric === 'agreement') return 1 - judgement.loss;
  const original = runs.find((run) => isOriginal(run.recipe) && run.quality?.kind === 'accuracy');
  const accuracy = original && qualityOf(original, metric);
  return accuracy ? accuracy.value - judgement.loss : null;
}

/** The candidate's accuracy with the interval of its change: what tells two recipes apart on the same examples. */
function pairedInterval({ original, candidate, change }: ComparisonReport): Interval {
  const from = original.accuracy.value;
  return { value: candidate.accuracy.value, low: from + change.low, high: from + change.high };
}
