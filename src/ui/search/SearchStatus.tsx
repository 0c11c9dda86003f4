/** A search under way, with the person's hand on it; and afterwards what it found, or how near it came. */
import { Check, X } from 'lucide-react';
import { memo } from 'react';
import type { Goals } from '../../search/types';
import { finishSearch, stopSearch } from '../../state/search-actions';
import { useSearch, type FinishedSearch, type RunningSearch } from '../../state/search-store';
import { judgedQuality, qualityOf } from '../../state/chart-points';
import { formatBytes, groupDigits } from '../format-number';
import { useText, type Translate } from '../i18n/text';
import { Button } from '../kit/Button';
import { IconButton } from '../kit/IconButton';
import { ProgressBar } from '../kit/ProgressBar';
import { qualityFormats, type Points } from '../points/use-points';
import { durationText } from '../training/duration-text';
import unseen from '../kit/unseen.module.css';
import styles from './SearchStatus.module.css';

export const SearchStatus = memo(function SearchStatus({ points }: { points: Points }) {
  const running = useSearch((search) => search.running);
  const finished = useSearch((search) => search.finished);
  const problem = useSearch((search) => search.problem);
  if (running) return <Running running={running} />;
  if (problem) return <Line tone="problem" text={problem} />;
  return finished && <Finished finished={finished} points={points} />;
});

function Running({ running }: { running: RunningSearch }) {
  const t = useText();
  const { state, found, of, fraction } = running;
  const isFinishing = state === 'finishing';
  return (
    <div className={styles.status}>
      <p className={styles.words}>{wordsOf(running, t)}</p>
      <p className={unseen.unseen} role="status">
        {t(`search.state.${state}`, { found: found - (found % 10), of })}
      </p>
      <div className={styles.buttons}>
        <Button size="small" variant="outline" icon={<Check aria-hidden />} isDisabled={found === 0 || isFinishing} onPress={() => void finishSearch()}>
          {t('search.finish')}
        </Button>
        <Button size="small" icon={<X aria-hidden />} onPress={() => void stopSearch()}>
          {t('action.cancel')}
        </Button>
      </div>
      <ProgressBar label={t('search.title')} value={state === 'looking' ? (fraction ?? 0) : found / of} />
    </div>
  );
}

function wordsOf({ state, found, of, msLeft, fraction }: RunningSearch, t: Translate): string {
  const words = t(`search.state.${state}`, { found, of });
  if (state === 'looking' && fraction !== null) return `${words} · ${Math.round(fraction * 100)}\u00a0%`;
  return msLeft === null || state !== 'searching' ? words : `${words} · ${t('training.left', { time: durationText(msLeft, t) })}`;
}

function Finished({ finished, points }: { finished: FinishedSearch; points: Points }) {
  const t = useText();
  const { best, unmet, found, examples } = finished;
  const run = points.runs.find((other) => other.key === best);
  const isMet = unmet.length === 0;
  const size = run?.sizes[points.size]?.report;
  const measured = run && qualityOf(run, points.metric)?.value;
  const quality = measured ?? judgedQuality(points.runs, best, points.metric, points.judged);
  const numbers = [...(size ? [t('search.brotli', { size: formatBytes(size.brotli) })] : []), ...(quality === null ? [] : [`${measured === undefined ? '≈\u00a0' : ''}${qualityFormats[points.metric](quality)}`])];
  return (
    <div className={styles.status} role="status">
      <p className={styles.words}>
        <strong>{t(isMet ? 'search.met' : 'search.notMet', { goals: unmet.map((goal) => t(goalName[goal])).join(', ') })}</strong> {t('search.best', { numbers: numbers.join(' · ') })}{' '}
        <span className={styles.judged}>{t('search.judged', { found, examples: groupDigits(examples) })}</span>
        {!isMet && <span className={styles.judged}> {finished.message}</span>}
      </p>
      <div className={styles.buttons}>
        <Button size="small" variant="solid" isDisabled={!run || best === points.currentKey} onPress={() => points.select(best)}>
          {t(best === points.currentKey ? 'search.taken' : 'search.take')}
        </Button>
        <IconButton size="small" variant="faint" label={t('action.dismiss')} icon={<X aria-hidden />} onPress={() => useSearch.setState({ finished: null })} />
      </div>
    </div>
  );
}

const goalName = { mostBytes: 'search.size', mostAccuracyDrop: 'search.drop', mostLatencyMs: 'search.latency', mostMacs: 'search.macs' } as const satisfies Record<keyof Goals, string>;

function Line({ tone, text }: { tone: string; text: string }) {
  const t = useText();
  return (
    <div className={styles.status} role="alert" data-tone={tone}>
      <p className={styles.words}>{text}</p>
      <IconButton size="small" variant="faint" label={t('action.dismiss')} icon={<X aria-hidden />} onPress={() => useSearch.setState({ problem: null })} />
    </div>
  );
}
