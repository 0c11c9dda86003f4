/** What is going on, in words: what the controller just did, and why. */
import { useLive } from '../../state/live-store';
import type { LiveAction, LiveChange } from '../../state/live-words';
import { formatMs, formatShare, groupDigits, significant } from '../format-number';
import { useText, type Translate } from '../i18n/text';
import styles from './LivePanel.module.css';

const MS_PER_SECOND = 1000;

export function LiveWords() {
  const t = useText();
  const phase = useLive((live) => live.phase);
  const progress = useLive((live) => live.progress);
  const actions = useLive((live) => live.actions);
  const [last, ...earlier] = actions;
  return (
    <div className={styles.words}>
      <p role="status">{phase === 'running' || phase === 'idle' ? (last ? actionWords(last, t) : phase === 'running' ? t('live.nothingYet') : '') : phaseWords(phase, progress?.fraction ?? null, t)}</p>
      {earlier.length > 0 && phase === 'running' && (
        <ol className={styles.earlier}>
          {earlier.map((action) => (
            <li key={action.elapsedMs}>
              <time>{t('live.seconds', { seconds: significant(action.elapsedMs / MS_PER_SECOND) })}</time> {actionWords(action, t)}
            </li>
          ))}
        </ol>
      )}
    </div>
  );
}

function phaseWords(phase: 'opening' | 'beside' | 'stopping', fraction: number | null, t: Translate): string {
  switch (phase) {
    case 'opening':
      return fraction === null ? t('live.opening') : `${t('live.opening')} ${formatShare(fraction, 0)}`;
    case 'beside':
      return t('live.besideRuns');
    case 'stopping':
      return t('live.stopping');
    default:
      return phase satisfies never;
  }
}

export function actionWords({ reason, load, target, queue, latencyP90Ms, changes }: LiveAction, t: Translate): string {
  const values = { load: load.toFixed(2), target: target.toFixed(2), queue: groupDigits(queue), latency: latencyP90Ms === null ? '–' : formatMs(latencyP90Ms) };
  return `${t(`live.because.${reason}`, values)} ${changes.map((change) => changeWords(change, t)).join(t('live.and'))}`;
}

function changeWords({ what, from, to }: LiveChange, t: Translate): string {
  switch (what) {
    case 'batch':
      return t(to > from ? 'live.did.batchUp' : 'live.did.batchDown', { from: significant(from, 2), to: significant(to, 2) });
    case 'level':
      return t(to > from ? 'live.did.smaller' : 'live.did.larger', { from: (from + 1).toFixed(1), to: (to + 1).toFixed(1) });
    case 'keep':
      return t(to < from ? 'live.did.skipMore' : 'live.did.skipLess', { from: formatShare(1 - from, 0), to: formatShare(1 - to, 0) });
    default:
      return what satisfies never;
  }
}
