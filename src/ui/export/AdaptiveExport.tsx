/** The adaptive module: several models of the session and the controller, as one folder to take away. */
import { BadgeCheck, Download, Layers3, TriangleAlert } from 'lucide-react';
import { downloadFiles } from '../../state/download';
import { adaptiveKey, useAdaptive, writeAdaptive } from '../../state/live-adaptive';
import { notifyError } from '../../state/notices-store';
import { useRecipe } from '../../state/recipe-store';
import { useRuns } from '../../state/runs-store';
import { useSession } from '../../state/session-store';
import type { AdaptiveExport as Written } from '../../engine/adaptive-export';
import type { Interval } from '../../measure/types';
import { formatBytes, formatDifference, formatShare } from '../format-number';
import { useRecordText, useText, type Translate } from '../i18n/text';
import { Button } from '../kit/Button';
import { useDeviceIsBusy } from '../live/use-device-is-busy';
import { describeRecipe } from '../recipe/describe-recipe';
import styles from './AdaptiveExport.module.css';

export default function AdaptiveExport() {
  const t = useText();
  const text = useRecordText();
  const { isWriting, progress, written, problem } = useAdaptive();
  const isBusy = useDeviceIsBusy();
  // Each of them may change the ladder.
  useRuns((state) => state.runs);
  useRecipe((state) => state.recipe);
  const name = useSession((session) => session.model?.name ?? 'model');
  const servesOne = useSession(({ model }) => model?.inputs.length === 1 && model.outputs.length === 1);
  if (!servesOne) return null;
  const result = written !== null && written.key === adaptiveKey() ? written.result : null;
  return (
    <details className={styles.adaptive}>
      <summary>{t('adaptive.title')}</summary>
      <p className={styles.words}>{t('adaptive.words')}</p>
      {result ? (
        <Result result={result} name={name} t={t} />
      ) : (
        <Button variant="outline" wide icon={<Layers3 aria-hidden />} isDisabled={isWriting || isBusy} onPress={() => void writeAdaptive((recipe) => describeRecipe(recipe, text, t))}>
          {isWriting ? `${t('adaptive.making')} ${formatShare(progress?.fraction ?? 0, 0)}` : t('adaptive.make')}
        </Button>
      )}
      {problem !== null && (
        <p className={styles.problem} role="alert">
          <TriangleAlert aria-hidden size={14} /> {problem}
        </p>
      )}
    </details>
  );
}

function Result({ result, name, t }: { result: Written; name: string; t: Translate }) {
  const total = result.files.reduce((sum, file) => sum + file.bytes.byteLength, 0);
  const share = ({ value, low, high }: Interval): string => `${formatShare(value, 1)} ${t('interval', { low: formatShare(low, 1), high: formatShare(high, 1) })}`;
  return (
    <>
      <Button variant="solid" wide icon={<Download aria-hidden />} onPress={() => void downloadFiles(result.files, `${name}-adaptive`).catch(notifyError)}>
        {t('adaptive.download', { size: formatBytes(total) })}
      </Button>
      {result.largestDifference !== null && (
        <p className={styles.verified}>
          <BadgeCheck aria-hidden size={16} />
          <span>
            <strong>{t('adaptive.verified')}</strong> {t('adaptive.verifiedWords', { difference: formatDifference(result.largestDifference) })}
          </span>
        </p>
      )}
      <ol className={styles.rungs}>
        {result.rungs.map((rung) => (
          <li key={rung.name}>{t('adaptive.rung', { name: rung.name, accuracy: rung.accuracy === null ? '–' : formatShare(rung.accuracy, 1), size: formatBytes(rung.nbytes) })}</li>
        ))}
      </ol>
      {result.leftOut.map(({ name: own, becauseOf, accuracy, betterAccuracy }) => (
        <p key={own} className={styles.words}>
          {t('adaptive.leftOut', { name: own, other: becauseOf, better: share(betterAccuracy), own: share(accuracy) })}
        </p>
      ))}
      {result.refused.map(({ name: own, reason }) => (
        <p key={own} className={styles.words}>{`${own}: ${reason}`}</p>
      ))}
    </>
  );
}
