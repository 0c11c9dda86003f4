/** How the five ways to find ranges compare on this model, folded away until it is asked for. Nothing before the pass has run. */
import { ChevronRight } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import { pointKey } from '../../state/point-key';
import { useRuns } from '../../state/runs-store';
import { useText } from '../i18n/text';
import { useShownRecipe } from '../use-shown-recipe';
import styles from './PassCard.module.css';

const CalibrationTable = lazy(() => import('./CalibrationTable'));

export function CalibrationDetails() {
  const t = useText();
  const [isOpen, setIsOpen] = useState(false);
  const key = pointKey(useShownRecipe());
  const table = useRuns((state) => state.runs.find((run) => run.key === key)?.diagnostics.find((one) => one.table?.kind === 'calibration')?.table);
  if (!table) return null;
  return (
    <>
      <button type="button" className={styles.more} aria-expanded={isOpen} onClick={() => setIsOpen(!isOpen)}>
        <ChevronRight aria-hidden size={14} />
        {t('calibration.title')}
      </button>
      {isOpen && (
        <Suspense fallback={<p className={styles.rules}>{t('calibration.loading')}</p>}>
          <CalibrationTable table={table} />
        </Suspense>
      )}
    </>
  );
}
