/** What recipes that train learn from, and how to give it: data of its own, or a share of the open data, which is then not measured on. */
import { useEffect } from 'react';
import type { TrainingSummary } from '../../engine/types';
import { openTrainingFiles, splitData } from '../../state/open-actions';
import { useSession } from '../../state/session-store';
import { askTrainingData } from '../../state/training-data-actions';
import { useTraining } from '../../state/training-store';
import { groupDigits } from '../format-number';
import { useText, type Translate } from '../i18n/text';
import { Button } from '../kit/Button';
import { pickFiles } from '../start/pick-files';
import styles from './DataPane.module.css';

/** What people mostly set aside. */
const SHARE_TO_LEARN_FROM = 0.8;

export function TrainingData() {
  const t = useText();
  const data = useTraining((state) => state.data);
  const hasData = useSession((session) => session.dataset !== null);
  useEffect(() => {
    if (data === undefined) void askTrainingData();
  }, [data]);
  return (
    <section className={styles.part}>
      <h3>{t('trainingData.title')}</h3>
      {data ? (
        <>
          <p className={styles.name}>{data.name}</p>
          <p>{t(`trainingData.${data.origin}`, { count: groupDigits(data.count) })}</p>
          {!data.hasLabels && <p>{t('trainingData.noLabels')}</p>}
          {notes(data, t).map((note) => (
            <p key={note} className={styles.hint}>
              {note}
            </p>
          ))}
        </>
      ) : (
        <p>{t(data === null ? 'trainingData.none' : 'trainingData.asking')}</p>
      )}
      <p className={styles.hint}>{t('trainingData.help')}</p>
      <div className={styles.buttons}>
        <Button variant="outline" size="small" onPress={() => pickFiles('files', openTrainingFiles)}>
          {t('training.add')}
        </Button>
        {hasData && data?.origin === 'split' && (
          <Button variant="outline" size="small" onPress={() => void splitData(0)}>
            {t('trainingData.unsplit')}
          </Button>
        )}
        {hasData && data?.origin !== 'split' && (
          <Button variant="outline" size="small" title={t('training.splitHelp')} onPress={() => void splitData(SHARE_TO_LEARN_FROM)}>
            {t('training.split')}
          </Button>
        )}
      </div>
    </section>
  );
}

function notes({ leftOut, isCompared }: TrainingSummary, t: Translate): string[] {
  if (leftOut > 0) return [t('trainingData.leftOut', { count: groupDigits(leftOut) })];
  return isCompared ? [] : [t('trainingData.notCompared')];
}
