/** What one layer bears: every strength, how far the answers move and what it saves. */
import { useMemo } from 'react';
import { levelOf, variantKey, variantsOf } from '../../state/sensitivity-heat';
import { useSensitivity } from '../../state/sensitivity-store';
import { formatBytes } from '../format-number';
import { useRecordText, useText } from '../i18n/text';
import { HeatMark } from './HeatMark';
import unseen from '../kit/unseen.module.css';
import styles from './LayerStrengths.module.css';
import { strengthText } from './strength-text';

export function LayerStrengths({ layer }: { layer: string }) {
  const t = useText();
  const text = useRecordText();
  const all = useSensitivity((sensitivity) => sensitivity.rows);
  const variants = useMemo(() => variantsOf(all), [all]);
  const rows = useMemo(() => all.filter((row) => row.layer === layer), [all, layer]);
  if (rows.length === 0) return null;
  return (
    <details className={styles.strengths}>
      <summary>{t('sensitivity.ofLayer')}</summary>
      <table>
        <thead className={unseen.unseen}>
          <tr>
            <th scope="col">{t('sensitivity.strength')}</th>
            <th scope="col">{t('sensitivity.saved')}</th>
            <th scope="col">{t('sensitivity.title')}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={variantKey(row)}>
              <th scope="row">{strengthText(row, variants, text)}</th>
              <td className={styles.saved}>{`${row.bytesSaved > 0 ? '\u2212' : ''}${formatBytes(row.bytesSaved)}`}</td>
              <td>
                <HeatMark kl={row.kl} level={levelOf(row.kl)} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}
