/** A run under way: which layer, how far, how long still. */
import { X } from 'lucide-react';
import { cancelSensitivity } from '../../state/sensitivity-actions';
import { useSensitivity } from '../../state/sensitivity-store';
import { formatShare } from '../format-number';
import { useText } from '../i18n/text';
import { Button } from '../kit/Button';
import { ProgressBar } from '../kit/ProgressBar';
import { durationText } from '../training/duration-text';
import styles from './SensitivityTool.module.css';

export function SensitivityRun() {
  const t = useText();
  const progress = useSensitivity((sensitivity) => sensitivity.progress);
  const left = progress?.msLeft ?? null;
  return (
    <div className={styles.line}>
      <p className={styles.progress}>
        {progress?.layer ? t('sensitivity.place', { layer: progress.layer, share: formatShare(progress.fraction, 0) }) : t('sensitivity.preparing')}
        {left !== null && ` · ${t('training.left', { time: durationText(left, t) })}`}
      </p>
      <Button size="small" icon={<X aria-hidden />} onPress={() => void cancelSensitivity()}>
        {t('action.cancel')}
      </Button>
      <ProgressBar label={t('sensitivity.title')} value={progress?.fraction ?? 0} />
    </div>
  );
}
