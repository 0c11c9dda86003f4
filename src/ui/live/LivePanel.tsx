/** The live lab: a stream through the ladder on the real backend, other work beside it, and what the controller makes of both. */
import { useLive } from '../../state/live-store';
import { useSession } from '../../state/session-store';
import { useText } from '../i18n/text';
import { Ladder } from './Ladder';
import { LiveCharts } from './LiveCharts';
import { LiveControls } from './LiveControls';
import { LiveTotals } from './LiveTotals';
import { LiveWords } from './LiveWords';
import { Observed } from './Observed';
import styles from './LivePanel.module.css';

export default function LivePanel() {
  const t = useText();
  const hasModel = useSession((session) => session.model !== null);
  const trace = useLive((live) => live.trace);
  const problem = useLive((live) => live.problem);
  if (!hasModel) return <p className={styles.empty}>{t('live.noModel')}</p>;
  return (
    <div className={styles.panel}>
      <LiveControls />
      <div className={styles.seen}>
        {problem !== null && (
          <p className={styles.problem} role="alert">
            {problem}
          </p>
        )}
        <LiveWords />
        {trace ? <LiveCharts /> : <p className={styles.intro}>{t('live.intro')}</p>}
        <LiveTotals />
        <Ladder />
        <Observed />
      </div>
    </div>
  );
}
