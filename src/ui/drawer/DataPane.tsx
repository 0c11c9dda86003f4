/** The data to measure on: what they are, whether they have labels, and how they are fed to the model. */
import { useSession } from '../../state/session-store';
import { groupDigits } from '../format-number';
import { useText } from '../i18n/text';
import { Button } from '../kit/Button';
import { pickFiles } from '../start/pick-files';
import styles from './DataPane.module.css';
import { PreprocessingForm } from './PreprocessingForm';
import { TrainingData } from './TrainingData';

export function DataPane() {
  const t = useText();
  const dataset = useSession((session) => session.dataset);
  return (
    <div className={styles.pane}>
      <section className={styles.part}>
        <h3>{t('data.title')}</h3>
        {dataset ? (
          <>
            <p className={styles.name}>{dataset.name}</p>
            <p>
              {t('data.facts', {
                count: groupDigits(dataset.count),
                shape: dataset.exampleShape.map((size) => (size < 0 ? '?' : size)).join('×'),
                storage: dataset.storage,
              })}
            </p>
            <p>{dataset.hasLabels ? t('data.labels', { count: dataset.classCount }) : t('data.noLabels')}</p>
          </>
        ) : (
          <p>{t('data.none')}</p>
        )}
        <p className={styles.hint}>{t('data.formats')}</p>
        <div className={styles.buttons}>
          <Button variant="outline" size="small" onPress={() => pickFiles('files')}>
            {t('action.openData')}
          </Button>
          <Button variant="outline" size="small" onPress={() => pickFiles('folder')}>
            {t('action.openFolder')}
          </Button>
        </div>
      </section>
      <TrainingData />
      <PreprocessingForm />
    </div>
  );
}
