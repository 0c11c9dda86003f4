/** A run's sums, and those of the run without control beside them. Every sample that was sent is in one of the columns. */
import { FileJson2 } from 'lucide-react';
import { useLive, type Trace } from '../../state/live-store';
import { saveTrace } from '../../state/live-trace';
import { formatJoules, formatMs, formatShare, groupDigits } from '../format-number';
import { useText, type Translate } from '../i18n/text';
import { Button } from '../kit/Button';
import { useRungName } from './use-rung-name';
import unseen from '../kit/unseen.module.css';
import styles from './LivePanel.module.css';

export function LiveTotals() {
  const t = useText();
  const trace = useLive((live) => live.trace);
  const beside = useLive((live) => live.beside);
  const isIdle = useLive((live) => live.phase === 'idle');
  const nameOf = useRungName();
  const isRunning = useLive((live) => live.phase === 'running' || live.phase === 'beside');
  if (!trace || trace.recent.length === 0) return null;
  const columns = ['sent', 'answered', 'skipped', 'refused', 'unanswered'] as const;
  return (
    <div className={styles.scroll}>
      <table className={styles.table}>
        <caption className={unseen.unseen}>{t('live.totals')}</caption>
        <thead>
          <tr>
            <th scope="col">{t('live.run')}</th>
            {columns.map((column) => (
              <th key={column} scope="col">
                {t(column === 'unanswered' && isRunning ? 'live.waiting' : `live.${column}`)}
              </th>
            ))}
            <th scope="col">{t('live.meanLoad')}</th>
            <th scope="col">{t('live.latency')}</th>
            <th scope="col">{t('live.energy')}</th>
            <th scope="col">{t('live.accuracy')}</th>
          </tr>
        </thead>
        <tbody>
          {[trace, ...(beside ? [beside] : [])].map((one) => (
            <tr key={one.kind}>
              <th scope="row">{t(one.startedControlled ? 'live.with' : 'live.without')}</th>
              {columns.map((column) => (
                <td key={column}>{groupDigits(one.total[column])}</td>
              ))}
              <Means trace={one} t={t} />
            </tr>
          ))}
        </tbody>
      </table>
      {isIdle && (
        <Button size="small" variant="faint" icon={<FileJson2 aria-hidden />} onPress={() => saveTrace(nameOf)}>
          {t('live.save')}
        </Button>
      )}
    </div>
  );
}

function Means({ trace, t }: { trace: Trace; t: Translate }) {
  const points = trace.first;
  const watts = meanOf(points.map((point) => point.watts));
  const served = points.reduce((sum, { accuracy, answered }) => sum + (accuracy === null ? 0 : answered), 0);
  const right = points.reduce((sum, { accuracy, answered }) => sum + (accuracy ?? 0) * answered, 0);
  const load = meanOf(points.map((point) => point.load));
  const { latencyP50Ms, latencyP90Ms } = trace.total;
  return (
    <>
      <td>{load === null ? '–' : load.toFixed(2)}</td>
      <td>{latencyP90Ms === null ? t('live.later') : `${formatMs(latencyP50Ms!)} / ${formatMs(latencyP90Ms)}`}</td>
      <td className={styles.estimated}>{watts === null ? '–' : `≈ ${formatJoules(watts)}/s`}</td>
      <td>{served === 0 ? '–' : formatShare(right / served, 1)}</td>
    </>
  );
}

function meanOf(values: readonly (number | null)[]): number | null {
  const known = values.flatMap((value) => value ?? []);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
}
