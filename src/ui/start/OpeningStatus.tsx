/** What is being opened, how far it is, and the way to stop it. */
import { X } from 'lucide-react';
import { cancelOpening } from '../../state/open-actions';
import type { Opening } from '../../state/session-store';
import { useText } from '../i18n/text';
import { Button } from '../kit/Button';
import styles from './OpeningStatus.module.css';

export function OpeningStatus({ opening }: { opening: Opening }) {
  const t = useText();
  const { name, what, progress } = opening;
  const fraction = progress?.fraction ?? null;
  return (
    <div className={styles.opening}>
      <p role="status" className={styles.name}>
        {t(what === 'model' || what === 'student' ? 'opening.model' : 'opening.data', { name })}
      </p>
      <progress className={styles.bar} aria-label={t('opening.progress')} max={1} {...(fraction === null ? {} : { value: fraction })} />
      <p className={styles.stage}>
        {[progress?.stage, fraction === null ? null : `${Math.round(fraction * 100)} %`, progress?.detail].filter(Boolean).join(' · ')}
      </p>
      <Button size="small" variant="outline" icon={<X aria-hidden />} onPress={() => void cancelOpening()}>
        {t('action.cancel')}
      </Button>
    </div>
  );
}
