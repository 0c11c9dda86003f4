/** The goals at the ends of the master slider: the same that a search is asked for. Not drawn again while the slider moves. */
import { memo } from 'react';
import { editForm, type SearchForm } from '../../state/search-store';
import type { LatencyAxis, QualityMetric } from '../../state/chart-points';
import { useText } from '../i18n/text';
import { GoalInput } from '../search/GoalInput';
import { BYTES_PER_KB, inUnit, POINTS_PER_SHARE } from '../search/goal-units';
import type { WalkAxis } from './use-front-walk';

/** `latency`: where latencies are compared, which is then where a search measures them too. */
export const AxisGoal = memo(function AxisGoal({ axis, form, latency }: { axis: WalkAxis; form: SearchForm; latency: LatencyAxis | null }) {
  const t = useText();
  return axis === 'size' ? (
    <GoalInput label={t('search.size')} sign="≤" unit="kB" title={t('search.sizeHelp')} value={inUnit(form.mostBytes, 1 / BYTES_PER_KB)} onEnter={(value) => editForm({ mostBytes: inUnit(value, BYTES_PER_KB) })} />
  ) : (
    <GoalInput label={t('search.latency')} sign="≤" unit="ms" value={form.mostLatencyMs} onEnter={(mostLatencyMs) => editForm({ mostLatencyMs, ...(latency && latency !== 'fastest' ? { latencyBackend: latency } : {}) })} />
  );
});

export const DropGoal = memo(function DropGoal({ form, metric }: { form: SearchForm; metric: QualityMetric }) {
  const t = useText();
  if (metric === 'sqnr') return <span />;
  return <GoalInput label={t('search.drop')} sign={t('front.dropSign')} unit={t('unit.points')} title={t('search.dropHelp')} value={inUnit(form.mostAccuracyDrop, POINTS_PER_SHARE)} onEnter={(value) => editForm({ mostAccuracyDrop: inUnit(value, 1 / POINTS_PER_SHARE) })} />;
});
