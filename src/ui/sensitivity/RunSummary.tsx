/** What was measured, on what, and how long it took. */
import { useSensitivity } from '../../state/sensitivity-store';
import { formatMs } from '../format-number';
import { useText } from '../i18n/text';
import styles from './SensitivityTool.module.css';

export function RunSummary({ strengths }: { strengths: number }) {
  const t = useText();
  const { rows, samples, source, elapsedMs, knownRows } = useSensitivity();
  if (samples === null || source === null || elapsedMs === null) return null;
  // Not every pass has something to do for every layer.
  const result = t('sensitivity.result', {
    count: rows.length,
    layers: new Set(rows.map(({ layer }) => layer)).size,
    strengths,
    examples: t(`sensitivity.source.${source}`, { count: samples }),
    time: formatMs(elapsedMs),
  });
  return (
    <p className={styles.words}>
      {result}
      {knownRows > 0 && ` ${knownRows === rows.length ? t('sensitivity.allKnown') : t('sensitivity.someKnown', { known: knownRows })}`}
    </p>
  );
}
