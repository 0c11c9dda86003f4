/** The predicted error of each calibration method, an activation a row; the method that was taken is marked in its column too. */
import { useId, useState } from 'react';
import type { DiagnosticTable } from '../../lib/diagnostics';
import { Button } from '../kit/Button';
import { isTextKey, useText, type Translate } from '../i18n/text';
import styles from './CalibrationTable.module.css';

/** Rows at once: some hundred cells are drawn in a few milliseconds. */
const ROWS_AT_ONCE = 40;

export default function CalibrationTable({ table: { columns, rows } }: { table: DiagnosticTable }) {
  const t = useText();
  const caption = useId();
  const [shown, setShown] = useState(ROWS_AT_ONCE);
  const left = Math.max(0, rows.length - shown);
  return (
    <div className={styles.whole}>
      <p id={caption}>{t('calibration.caption')}</p>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable by keyboard (axe: scrollable-region-focusable) */}
      <div className={styles.frame} role="region" aria-label={t('calibration.title')} tabIndex={0}>
        <table className={styles.table} aria-describedby={caption}>
          <thead>
            <tr>
              <th scope="col">{t('calibration.activation')}</th>
              {columns.map((method) => (
                <th key={method} scope="col">
                  {methodName(method, t)}
                </th>
              ))}
              <th scope="col">{t('calibration.chosen')}</th>
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, shown).map(({ name, values, chosen, chosenValue }, place) => (
              <tr key={place}>
                <th scope="row" title={name}>
                  {name}
                </th>
                {values.map((value, i) => (
                  <td key={columns[i]} data-chosen={columns[i] === chosen || undefined}>
                    {decibels(value, t)}
                  </td>
                ))}
                <td className={styles.chosen}>
                  {decibels(chosenValue, t)} <span>{methodName(chosen, t)}</span>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {left > 0 && (
        <Button size="small" onPress={() => setShown(shown + ROWS_AT_ONCE)}>
          {t('calibration.more', { count: Math.min(left, ROWS_AT_ONCE), total: rows.length })}
        </Button>
      )}
    </div>
  );
}

function decibels(value: number | null, t: Translate): string {
  return value === null ? t('calibration.exact') : value.toFixed(1);
}

function methodName(method: string, t: Translate): string {
  const key = `calibration.${method}`;
  return isTextKey(key) ? t(key) : method;
}
