/** Runs as the charts, the slider and the list need them. */
import { useMemo } from 'react';
import { latencyOf, measuredLatencies, qualityMetric, type LatencyAxis, type QualityMetric, type RunPoint } from '../../state/chart-points';
import { sizeKey, useExport } from '../../state/export-store';
import { isOriginal, pointKey } from '../../state/point-key';
import { editRecipe } from '../../state/recipe-store';
import { findRun, useRuns, type Run } from '../../state/runs-store';
import { withPreprocessing, withSteps } from '../../state/recipe-edit';
import { useSession } from '../../state/session-store';
import { useView } from '../../state/view-store';
import type { ChartPoint } from '../charts/PointMark';
import { backendNames } from '../device/backend-names';
import { useTickedBackends } from '../device/use-ticked-backends';
import { formatDecibels, formatShare } from '../format-number';
import { useRecordText, useText, type Translate } from '../i18n/text';
import { describeRecipe } from '../recipe/describe-recipe';
import { useShownRecipe } from '../use-shown-recipe';

export interface Points {
  readonly runs: readonly Run[];
  readonly metric: QualityMetric;
  readonly size: string;
  /** null: nothing is measured. */
  readonly axis: LatencyAxis | null;
  readonly axes: readonly LatencyAxis[];
  readonly currentKey: string;
  describe(run: Run): string;
  mark(point: RunPoint, isOnFront: boolean, axis?: LatencyAxis): ChartPoint;
  select(key: string): void;
}

export function usePoints(): Points {
  const t = useText();
  const text = useRecordText();
  const runs = useRuns((state) => state.runs);
  const size = useExport(sizeKey);
  const recipe = useShownRecipe();
  const first = useTickedBackends()[0] ?? null;
  const infos = useSession((session) => session.backends);
  const wanted = useView((view) => view.latencyAxis);
  return useMemo(() => {
    const currentKey = pointKey(recipe);
    const describe = (run: Run) => describeRecipe(run.recipe, text, t);
    const measured = measuredLatencies(runs, infos?.map((info) => info.id) ?? []);
    const axes: readonly LatencyAxis[] = measured.length > 1 ? [...measured, 'fastest'] : measured;
    const axis = wanted && axes.includes(wanted) ? wanted : first;
    const mark = (point: RunPoint, isOnFront: boolean, on?: LatencyAxis): ChartPoint => {
      const run = runs.find((other) => other.key === point.id)!;
      const flags = { isOriginal: isOriginal(run.recipe), isCurrent: point.id === currentKey, isPinned: run.pinned, isOnFront };
      const backend = on === 'fastest' ? latencyOf(run, on)?.backend : undefined;
      return { ...point, ...flags, label: backend ? `${describe(run)} · ${backendNames[backend]}` : describe(run) };
    };
    return { runs, metric: qualityMetric(runs), size, axis, axes, currentKey, describe, mark, select: selectRun };
  }, [runs, size, recipe, first, infos, wanted, t, text]);
}

/** Brings a run's recipe back. */
export function selectRun(key: string): void {
  const run = findRun(key);
  if (!run) return;
  const steps = run.recipe.steps.filter((step) => step.enabled !== false);
  editRecipe((recipe) =>
    pointKey(recipe) === key ? recipe : withPreprocessing(withSteps(recipe, steps), run.recipe.preprocessing),
  );
}

export function latencyName(axis: LatencyAxis, t: Translate): string {
  return axis === 'fastest' ? t('points.latencyFastest') : t('points.latency', { backend: backendNames[axis] });
}

export function qualityName(metric: QualityMetric, t: Translate): string {
  return t(`points.${metric}`);
}

export const qualityFormats: Readonly<Record<QualityMetric, (value: number) => string>> = {
  accuracy: (value) => formatShare(value),
  agreement: (value) => formatShare(value),
  sqnr: formatDecibels,
};
