/** One of the four results: name, before → after, the verdict in words, and the figures behind it. */
import { ArrowRight } from 'lucide-react';
import type { ReactNode } from 'react';
import type { Shown } from '../../state/shown-numbers';
import { useText } from '../i18n/text';
import styles from './ResultTile.module.css';

export interface ResultTileProps {
  label: string;
  /** The original's number; null when there is nothing to compare with. */
  before: string | null;
  after: string | null;
  /** The exact numbers, for the pointer. */
  exact?: string | undefined;
  state: Shown<unknown>['state'] | null;
  verdict: string | null;
  /** The number is the original's own, not a candidate's. */
  isOriginal: boolean;
  /** A verdict that is a loss. */
  isLoss?: boolean;
  details?: ReactNode;
  /** Share of the measurement that is done; undefined: it is not being measured. */
  progress?: number | null | undefined;
  problem?: string | null | undefined;
  /** What to say while nothing is known. */
  empty: string;
}

export function ResultTile(props: ResultTileProps) {
  const { label, before, after, exact, state, verdict, isOriginal, isLoss = false, details, progress, problem, empty } = props;
  const t = useText();
  return (
    <section className={styles.tile} aria-label={label} data-state={state ?? 'empty'} data-loss={isLoss || undefined}>
      <h3 className={styles.label}>{label}</h3>
      {after === null ? (
        <p className={styles.number}>
          <span className={styles.unknown}>–</span>
        </p>
      ) : (
        <p className={styles.number} title={exact}>
          {before !== null && (
            <>
              <span className={styles.before}>{before}</span>
              <ArrowRight aria-label={t('result.to')} role="img" className={styles.arrow!} />
            </>
          )}
          <span className={isOriginal ? styles.only : styles.after}>
            {state === 'estimated' ? `≈ ${after}` : after}
          </span>
        </p>
      )}
      <p className={styles.verdict} aria-live="polite">
        {problem ? <span className={styles.problem}>{problem}</span> : (staleWords(state, progress, t) ?? verdict ?? (after === null ? empty : ''))}
      </p>
      <p className={styles.details}>{details}</p>
      {progress !== undefined && (
        <span className={styles.bar} aria-hidden>
          <span data-unknown={progress === null || undefined} style={{ width: `${(progress ?? 0.3) * 100}%` }} />
        </span>
      )}
    </section>
  );
}

function staleWords(state: ResultTileProps['state'], progress: number | null | undefined, t: ReturnType<typeof useText>): string | null {
  if (progress !== undefined) {
    return progress === null ? t('result.measuring') : t('result.measuringShare', { percent: Math.round(progress * 100) });
  }
  if (state === 'estimated') return t('result.estimated');
  return state === 'stale' ? t('result.stale') : null;
}
