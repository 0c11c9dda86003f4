/** How far the answers moved when this layer alone was compressed, by what; nothing while that was not measured. */
import { useMemo } from 'react';
import { levelOf, variantKey, variantsOf } from '../../state/sensitivity-heat';
import { useSensitivity } from '../../state/sensitivity-store';
import { useRecordText, useText } from '../i18n/text';
import { HeatMark } from '../sensitivity/HeatMark';
import { strengthText } from '../sensitivity/strength-text';
import styles from './LayerPanel.module.css';

export function LayerSensitivity({ layer }: { layer: string }) {
  const t = useText();
  const text = useRecordText();
  const rows = useSensitivity((sensitivity) => sensitivity.rows);
  const variants = useMemo(() => variantsOf(rows), [rows]);
  const own = rows.filter((row) => row.layer === layer);
  if (own.length === 0) return null;
  return (
    <section className={styles.group}>
      <h4>{t('sensitivity.title')}</h4>
      <dl className={styles.facts}>
        {own.map((row) => (
          <div key={variantKey(row)} className={styles.pair}>
            <dt>{strengthText(row, variants, text)}</dt>
            <dd>
              <HeatMark kl={row.kl} level={levelOf(row.kl)} />
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
