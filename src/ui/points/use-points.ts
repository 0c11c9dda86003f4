/** Runs as the charts, the slider and the list need them. */
import { useMemo } from 'react';
import { latencyOf, measuredLatencies, qualityMetric, type ChartAxis, type Judgements, type QualityMetric, type RunPoint } from '../../state/chart-points';
import type { Recipe } from '../../passes/pass';
import type { ProfileId } from '../../measure/energy-profiles';
import { sizeKey, useExport } from '../../state/export-store';
import { takeRecipe } from '../../state/front-actions';
import { isOriginal, pointKey } from '../../state/point-key';
import { findRun, useRuns, type Run } from '../../state/runs-store';
import { useSearch } from '../../state/search-store';
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
  /** What is measured and exported for the recipe on screen. */
  readonly recipe: Recipe;
  /** What searches found. */
  readonly judged: Judgements;
  describe(run: Pick<Run, 'recipe'>): string;
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
  const judged = useSearch((search) => search.judged);
  return useMemo(() => {
    const currentKey = pointKey(recipe);
    const describe = (run: Pick<Run, 'recipe'>) => describeRecipe(run.recipe, text, t);
    const measured = measuredLatencies(runs, infos?.map((info) => info.id) ?? []);
    const energy: readonly ChartAxis[] = runs.some((run) => run.energy) ? ['energy'] : [];
    const latencies = first && !measured.includes(first) ? [first, ...measured] : measured;
    const axes: readonly ChartAxis[] = measured.length > 1 ? [...latencies, 'fastest', ...energy] : [...latencies, ...energy];
    const axis = wanted && axes.includes(wanted) ? wanted : (first ?? energy[0] ?? null);
    const mark = (point: RunPoint, isOnFront: boolean, on?: ChartAxis): ChartPoint => {
      const run = runs.find((other) => other.key === point.id)!;
      const flags = { isOriginal: isOriginal(run.recipe), isCurrent: point.id === currentKey, isPinned: run.pinned, isOnFront, isFound: judged.has(point.id) };
      const backend = on === 'fastest' ? latencyOf(run, on)?.backend : undefined;
      return { ...point, ...flags, label: backend ? `${describe(run)} · ${backendNames[backend]}` : describe(run) };
    };
    return { runs, metric: qualityMetric(runs), size, axis, axes, profile, currentKey, recipe, judged, describe, mark, select: selectRun };
  }, [runs, size, recipe, first, infos, wanted, profile, judged, t, text]);
}

/** Brings a run's recipe back. */
export function selectRun(key: string): void {
  const run = findRun(key);
  if (run) takeRecipe(run.recipe);
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
