/** Above the table of layers: the offer to measure how much each bears, the run, and what the heat shows afterwards. */
import { useSensitivity } from '../../state/sensitivity-store';
import { useText } from '../i18n/text';
import { SensitivityOffer } from './SensitivityOffer';
import { SensitivityResults } from './SensitivityResults';
import { SensitivityRun } from './SensitivityRun';
import unseen from '../kit/unseen.module.css';
import styles from './SensitivityTool.module.css';

export function SensitivityTool() {
  const t = useText();
  const state = useSensitivity((sensitivity) => sensitivity.state);
  const hasRows = useSensitivity(({ rows }) => rows.length > 0);
  return (
    <section className={styles.tool} aria-label={t('sensitivity.title')}>
      {state === 'running' && <SensitivityRun />}
      {(state === 'none' || state === 'failed') && <SensitivityOffer />}
      {hasRows && <SensitivityResults />}
      <p className={unseen.unseen} role="status">
        {state === 'running' && t('sensitivity.running')}
        {state === 'done' && t('sensitivity.done')}
      </p>
    </section>
  );
}
