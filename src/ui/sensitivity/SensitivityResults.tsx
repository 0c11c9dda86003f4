/** Which strength the heat shows, what its levels mean, and the layers it says to keep. */
import { useMemo } from 'react';
import { variantKey, variantsOf, type ShownVariant } from '../../state/sensitivity-heat';
import { showSensitivityOf, useSensitivity } from '../../state/sensitivity-store';
import { useRecordText, useText } from '../i18n/text';
import { Select } from '../kit/Select';
import { HeatLegend } from './HeatLegend';
import { KeepMost } from './KeepMost';
import styles from './SensitivityTool.module.css';
import { strengthText } from './strength-text';
import { RunSummary } from './RunSummary';

const WORST = 'worst';

export function SensitivityResults() {
  const t = useText();
  const text = useRecordText();
  const rows = useSensitivity((sensitivity) => sensitivity.rows);
  const shown = useSensitivity((sensitivity) => sensitivity.shown);
  const isDone = useSensitivity(({ state }) => state === 'done');
  const variants = useMemo(() => variantsOf(shown === WORST ? rows : [...rows, { ...shown, layer: '', kl: 0, bytesSaved: 0, macsSaved: 0 }]), [rows, shown]);
  const choices = [
    { value: WORST, label: t('sensitivity.worst'), help: t('sensitivity.worstHelp') },
    ...variants.map((variant) => ({ value: variantKey(variant), label: strengthText(variant, variants, text) })),
  ];
  const choose = (value: string): void => {
    const variant: ShownVariant | undefined = value === WORST ? WORST : variants.find((other) => variantKey(other) === value);
    if (variant) showSensitivityOf(variant);
  };
  return (
    <>
      <div className={styles.line}>
        <span className={styles.choice}>
          <span aria-hidden>{t('sensitivity.shown')}</span>
          <Select label={t('sensitivity.shown')} value={shown === WORST ? WORST : variantKey(shown)} choices={choices} onChange={choose} />
        </span>
        <HeatLegend />
        {isDone && <KeepMost />}
      </div>
      {isDone && <RunSummary strengths={variants.length} />}
    </>
  );
}
