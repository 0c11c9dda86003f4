/** What a press does, on what; after a run that was cancelled or failed, what is left of it. */
import { Thermometer } from 'lucide-react';
import { measureSensitivity } from '../../state/sensitivity-actions';
import { SENSITIVITY_SAMPLES, useSensitivity } from '../../state/sensitivity-store';
import { useSearch } from '../../state/search-store';
import { useSession } from '../../state/session-store';
import { useTraining } from '../../state/training-store';
import { useText } from '../i18n/text';
import { Button } from '../kit/Button';
import styles from './SensitivityTool.module.css';

export function SensitivityOffer() {
  const t = useText();
  const problem = useSensitivity((sensitivity) => sensitivity.problem);
  const count = useSensitivity(({ rows }) => rows.length);
  const hasData = useSession(({ dataset }) => dataset !== null);
  const isOpening = useSession(({ opening }) => opening !== null);
  const isTraining = useTraining(({ running }) => running?.control === null);
  const isSearching = useSearch(({ running }) => running !== null);
  const offer = t(hasData ? 'sensitivity.offer' : 'sensitivity.offerRandom', { samples: SENSITIVITY_SAMPLES });
  return (
    <div className={styles.line}>
      <Button size="small" variant="outline" icon={<Thermometer aria-hidden />} isDisabled={isOpening || isTraining || isSearching} onPress={() => void measureSensitivity()}>
        {t(count > 0 ? 'sensitivity.goOn' : 'sensitivity.measure')}
      </Button>
      <p className={styles.words} data-problem={problem !== null || undefined}>
        {problem ?? (count > 0 ? t('sensitivity.cancelled', { count }) : offer)}
        {isTraining && ` ${t('sensitivity.afterTraining')}`}
        {isSearching && ` ${t('sensitivity.afterSearch')}`}
      </p>
    </div>
  );
}
