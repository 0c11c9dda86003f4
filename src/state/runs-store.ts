/**
 * What was measured: one point for each recipe, and the last known value of each number, which stays on screen, marked
 * as stale, until the new one is measured.
 */
import { create } from 'zustand';
import type { Diagnostic } from '../lib/diagnostics';
import type { EnergyEstimate } from '../engine/types';
import type { ComparisonReport, CostReport, FidelityReport, LatencyReport, SizeReport } from '../measure/types';
import type { FormatId } from '../formats/format';
import type { Recipe } from '../passes/pass';
import { looksAtData } from '../passes/recipe';
import { recipeTrains } from '../passes/untrained';
import type { BackendId } from '../runtime/backend';

/** Accuracy where there are labels, fidelity where there are none. */
export type Quality =
  | { readonly kind: 'accuracy'; readonly report: ComparisonReport }
  | { readonly kind: 'fidelity'; readonly report: FidelityReport };

export interface MeasuredSize {
  readonly format: FormatId;
  readonly report: SizeReport;
}

export type LatencyByBackend = Readonly<Partial<Record<BackendId, LatencyReport>>>;

/** What is known of one recipe's result. */
export interface Run {
  readonly key: string;
  readonly recipe: Recipe;
  readonly cost: CostReport | null;
  readonly diagnostics: readonly Diagnostic[];
  /** By `sizeKey` of format and write options; the last measured one last. */
  readonly sizes: Readonly<Record<string, MeasuredSize>>;
  readonly quality: Quality | null;
  readonly latency: LatencyByBackend;
  /** On every kind of device; null: not estimated yet. */
  readonly energy: readonly EnergyEstimate[] | null;
  readonly pinned: boolean;
}

export type RunResult = Partial<Pick<Run, 'cost' | 'diagnostics' | 'sizes' | 'quality' | 'latency' | 'energy'>>;

/** The last known value of each number of the recipes that were on screen before. */
export interface LastKnown {
  readonly cost: CostReport | null;
  readonly size: MeasuredSize | null;
  readonly quality: Quality | null;
  readonly latency: LatencyByBackend;
  readonly energy: readonly EnergyEstimate[] | null;
}

export interface Runs {
  /** In the order in which they were first measured. */
  readonly runs: readonly Run[];
  readonly last: LastKnown;
  /** A guess of the size while a slider moves. */
  readonly estimate: { readonly key: string; readonly raw: number; readonly gzip: number } | null;
}

const nothingKnown: LastKnown = { cost: null, size: null, quality: null, latency: {}, energy: null };

export const useRuns = create<Runs>(() => ({ runs: [], last: nothingKnown, estimate: null }));

/** Adds results to a recipe's run. Records merge, other values replace. */
export function recordResult(key: string, recipe: Recipe, result: RunResult): void {
  useRuns.setState(({ runs }) => {
    const before = runs.find((run) => run.key === key) ?? emptyRun(key, recipe);
    const after: Run = {
      ...before,
      ...result,
      sizes: { ...before.sizes, ...result.sizes },
      latency: { ...before.latency, ...result.latency },
    };
    const isNew = !runs.some((run) => run.key === key);
    return { runs: isNew ? [...runs, after] : runs.map((run) => (run.key === key ? after : run)) };
  });
}

/** Keeps the numbers of the recipe that leaves the screen, to be shown as stale until there are new ones. */
export function rememberShown(key: string): void {
  useRuns.setState(({ runs, last }) => {
    const run = runs.find((other) => other.key === key);
    if (!run) return {};
    return {
      last: {
        cost: run.cost ?? last.cost,
        size: Object.values(run.sizes).at(-1) ?? last.size,
        quality: run.quality ?? last.quality,
        latency: { ...last.latency, ...run.latency },
        energy: run.energy ?? last.energy,
      },
    };
  });
}

export function setEstimate(estimate: Runs['estimate']): void {
  useRuns.setState({ estimate });
}

export function pinRun(key: string, pinned: boolean): void {
  useRuns.setState(({ runs }) => ({ runs: runs.map((run) => (run.key === key ? { ...run, pinned } : run)) }));
}

export function removeRun(key: string): void {
  useRuns.setState(({ runs }) => ({ runs: runs.filter((run) => run.key !== key) }));
}

/** Forgets accuracies and fidelities: they were of other data, or of another number of examples. */
export function forgetQuality(): void {
  useRuns.setState(({ runs, last }) => ({
    runs: runs.map((run) => ({ ...run, quality: null })),
    last: { ...last, quality: null },
  }));
}

/** For other data: whatever was measured on the old ones, and all of the recipes that calibrated on them. */
export function forgetData(): void {
  forgetQuality();
  useRuns.setState(({ runs }) => ({
    runs: runs.map((run) => (looksAtData(run.recipe) ? { ...emptyRun(run.key, run.recipe), pinned: run.pinned } : run)),
  }));
}

/** For other data to learn from: the recipes that trained on the old ones. */
export function forgetTrainedRuns(): void {
  useRuns.setState(({ runs }) => ({ runs: runs.map((run) => (recipeTrains(run.recipe) ? { ...emptyRun(run.key, run.recipe), pinned: run.pinned } : run)) }));
}

export function resetRuns(): void {
  useRuns.setState({ runs: [], last: nothingKnown, estimate: null });
}

export function findRun(key: string): Run | undefined {
  return useRuns.getState().runs.find((run) => run.key === key);
}

function emptyRun(key: string, recipe: Recipe): Run {
  return { key, recipe, cost: null, diagnostics: [], sizes: {}, quality: null, latency: {}, energy: null, pinned: false };
}
