/** What a pass lacks, in one line, and the way to give it. Nothing while it has what it needs; what training lacks is said where it starts. */
import type { PassMeta } from '../../passes/pass';
import { calibratesWithoutData } from '../../state/needs';
import { useSession } from '../../state/session-store';
import { useText } from '../i18n/text';
import { pickFiles } from '../start/pick-files';
import styles from './PassCard.module.css';

export function PassNeeds({ meta }: { meta: PassMeta }) {
  const t = useText();
  const lacks = useSession(({ dataset }) => (meta.needs === 'calibration' && dataset === null));
  if (!lacks) return null;
  const words = calibratesWithoutData(meta.id) ? 'needs.estimates' : 'needs.calibration';
  return (
    <p className={styles.needs}>
      {t(words)}{' '}
      <button type="button" onClick={() => pickFiles('files')}>
        {t('action.openData')}
      </button>
    </p>
  );
}
