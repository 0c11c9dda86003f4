/** Runs as the charts, the slider and the list need them. */
import { useMemo } from 'react';
import { latencyOf, measuredLatencies, qualityMetric, type ChartAxis, type QualityMetric, type RunPoint } from '../../state/chart-points';
import type { ProfileId } from '../../measure/energy-profiles';
import { sizeKey, useExport } from '../../state/export-store';
import { isOriginal, pointKey } from '../../state/point-key';
import { editRecipe } from '../../state/recipe-store';
import { findRun, useRuns, type Run } from '../../state/runs-store';
import { withPreprocessing, withSteps } from '../../state/recipe-edit';
import { useSession } from '../../state/session-store';
import { useSettings } from '../../state/settings-store';
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
  readonly axis: ChartAxis | null;
  readonly axes: readonly ChartAxis[];
  /** The kind of device that energy is estimated for. */
  readonly profile: ProfileId;
  readonly currentKey: string;
  describe(run: Run): string;
  mark(point: RunPoint, isOnFront: boolean, axis?: ChartAxis): ChartPoint;
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
  const wanted = useView((view) => view.chartAxis);
  const profile = useSettings((settings) => settings.energyProfile);
  return useMemo(() => {
    const currentKey = pointKey(recipe);
    const describe = (run: Run) => describeRecipe(run.recipe, text, t);
    const measured = measuredLatencies(runs, infos?.map((info) => info.id) ?? []);
    const energy: readonly ChartAxis[] = runs.some((run) => run.energy) ? ['energy'] : [];
    const latencies = first && !measured.includes(first) ? [first, ...measured] : measured;
    const axes: readonly ChartAxis[] = measured.length > 1 ? [...latencies, 'fastest', ...energy] : [...latencies, ...energy];
    const axis = wanted && axes.includes(wanted) ? wanted : (first ?? energy[0] ?? null);
    const mark = (point: RunPoint, isOnFront: boolean, on?: ChartAxis): ChartPoint => {
      const run = runs.find((other) => other.key === point.id)!;
      const flags = { isOriginal: isOriginal(run.recipe), isCurrent: point.id === currentKey, isPinned: run.pinned, isOnFront };
      const backend = on === 'fastest' ? latencyOf(run, on)?.backend : undefined;
      return { ...point, ...flags, label: backend ? `${describe(run)} · ${backendNames[backend]}` : describe(run) };
    };
    return { runs, metric: qualityMetric(runs), size, axis, axes, profile, currentKey, describe, mark, select: selectRun };
  }, [runs, size, recipe, first, infos, wanted, profile, t, text]);
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

export function axisName(axis: ChartAxis, t: Translate): string {
  switch (axis) {
    case 'energy':
      return t('points.energy');
    case 'fastest':
      return t('points.latencyFastest');
    default:
      return t('points.latency', { backend: backendNames[axis] });
  }
}

export function qualityName(metric: QualityMetric, t: Translate): string {
  return t(`points.${metric}`);
}

export const qualityFormats: Readonly<Record<QualityMetric, (value: number) => string>> = {
  accuracy: (value) => formatShare(value),
  agreement: (value) => formatShare(value),
  sqnr: formatDecibels,
};
