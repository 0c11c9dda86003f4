/** What the small curves show, and how each number is printed. */
import type { LivePoint } from '../../state/live-store';
import { formatJoules, formatMs, formatShare, groupDigits, significant } from '../format-number';
import type { Translate } from '../i18n/text';

export interface LiveMeasure {
  readonly id: 'load' | 'batch' | 'level' | 'latency' | 'queue' | 'skipped' | 'energy' | 'accuracy';
  readonly label: string;
  /** null: not known in this period. */
  valueOf(point: LivePoint): number | null;
  secondOf?(point: LivePoint): number | null;
  format(point: LivePoint): string;
  /** Where the other run's number is shorter. */
  formatOther?(point: LivePoint): string;
  formatAxis(value: number): string;
  readonly yDomain: readonly [number, number];
  readonly scale?: 'log';
  readonly isEstimate?: true;
}

/** The least latency that the axis tells apart, and its first upper end. */
const LATENCY_DOMAIN = [1, 100] as const;
const LEAST_QUEUE = 10;
/** What is served together at most. */
const LARGEST_BATCH = 8;
/** Less than a model's joules a second, so that the axis grows to the numbers. */
const NO_WATTS = 1e-9;

export function liveMeasures({ target, rungs, t }: { target: number; rungs: number; t: Translate }): readonly LiveMeasure[] {
  const or = (value: number | null, print: (known: number) => string): string => (value === null ? '–' : print(value));
  const skippedShare = ({ sent, skipped, refused }: LivePoint): number | null => (sent > 0 ? (skipped + refused) / sent : null);
  return [
    { id: 'load', label: t('live.load', { target: target.toFixed(2) }), valueOf: ({ load }) => load, format: ({ load }) => load.toFixed(2), formatAxis: (value) => significant(value, 1), yDomain: [0, 1] },
    {
      id: 'latency',
      label: t('live.latency'),
      valueOf: ({ latencyP90Ms }) => latencyP90Ms,
      secondOf: ({ latencyP50Ms }) => latencyP50Ms,
      format: ({ latencyP50Ms, latencyP90Ms }) => `${or(latencyP50Ms, formatMs)} / ${or(latencyP90Ms, formatMs)}`,
      formatOther: ({ latencyP90Ms }) => or(latencyP90Ms, formatMs),
      formatAxis: formatMs,
      yDomain: LATENCY_DOMAIN,
      scale: 'log',
    },
    { id: 'batch', label: t('live.batch'), valueOf: ({ batch }) => batch, format: ({ batch }) => significant(batch, 2), formatAxis: (value) => significant(Math.round(value), 1), yDomain: [1, LARGEST_BATCH] },
    { id: 'level', label: t('live.level', { count: rungs }), valueOf: ({ level }) => level + 1, format: ({ level }) => (level + 1).toFixed(1), formatAxis: (value) => String(Math.floor(value)), yDomain: [1, Math.max(2, rungs)] },
    { id: 'skipped', label: t('live.skipped'), valueOf: skippedShare, format: (point) => or(skippedShare(point), (share) => formatShare(share, 0)), formatAxis: (value) => formatShare(Math.min(1, value), 0), yDomain: [0, 0.5] },
    { id: 'queue', label: t('live.queue'), valueOf: ({ queue }) => queue, format: ({ queue }) => groupDigits(queue), formatAxis: (value) => groupDigits(value), yDomain: [0, LEAST_QUEUE] },
    {
      id: 'energy',
      label: t('live.energy'),
      valueOf: ({ watts }) => watts,
      format: ({ watts }) => or(watts, (value) => `≈ ${formatJoules(value)}/s`),
      formatAxis: (value) => (value <= NO_WATTS ? '0' : formatJoules(value)),
      yDomain: [0, NO_WATTS],
      isEstimate: true,
    },
    { id: 'accuracy', label: t('live.accuracy'), valueOf: ({ accuracy }) => accuracy, format: ({ accuracy }) => or(accuracy, (share) => formatShare(share, 1)), formatAxis: (value) => formatShare(Math.min(1, value), 0), yDomain: [0.5, 1] },
  ];
}
