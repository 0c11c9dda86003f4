/** Runs as the charts, the slider and the list need them. */
import { useMemo } from 'react';
import type { BackendId } from '../../runtime/backend';
import { qualityMetric, type QualityMetric, type RunPoint } from '../../state/chart-points';
import { sizeKey, useExport } from '../../state/export-store';
import { isOriginal, pointKey } from '../../state/point-key';
import { editRecipe, useRecipe } from '../../state/recipe-store';
import { findRun, useRuns, type Run } from '../../state/runs-store';
import { withPreprocessing, withSteps } from '../../state/recipe-edit';
import type { ChartPoint } from '../charts/PointMark';
import { useTickedBackends } from '../device/use-ticked-backends';
import { formatDecibels, formatShare } from '../format-number';
import { useRecordText, useText, type Translate } from '../i18n/text';
import { describeRecipe } from '../recipe/describe-recipe';

export interface Points {
  readonly runs: readonly Run[];
  readonly metric: QualityMetric;
  readonly size: string;
  readonly backend: BackendId | null;
  readonly currentKey: string;
  describe(run: Run): string;
  mark(point: RunPoint, isOnFront: boolean): ChartPoint;
  select(key: string): void;
}

export function usePoints(): Points {
  const t = useText();
  const text = useRecordText();
  const runs = useRuns((state) => state.runs);
  const size = useExport(sizeKey);
  const recipe = useRecipe((state) => state.recipe);
  const backend = useTickedBackends()[0] ?? null;
  return useMemo(() => {
    const currentKey = pointKey(recipe);
    const describe = (run: Run) => describeRecipe(run.recipe, text, t('result.original'));
    const mark = (point: RunPoint, isOnFront: boolean): ChartPoint => {
      const run = runs.find((other) => other.key === point.id)!;
      const flags = { isOriginal: isOriginal(run.recipe), isCurrent: point.id === currentKey, isPinned: run.pinned, isOnFront };
      return { ...point, ...flags, label: describe(run) };
    };
    return { runs, metric: qualityMetric(runs), size, backend, currentKey, describe, mark, select: selectRun };
  }, [runs, size, recipe, backend, t, text]);
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

export function qualityName(metric: QualityMetric, t: Translate): string {
  return t(`points.${metric}`);
}

export const qualityFormats: Readonly<Record<QualityMetric, (value: number) => string>> = {
  accuracy: (value) => formatShare(value),
  agreement: (value) => formatShare(value),
  sqnr: formatDecibels,
};
