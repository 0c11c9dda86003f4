import type { BooleanOption } from '../../options/options';
import { useRecordText } from '../i18n/text';
import { Switch } from '../kit/Switch';
import styles from './OptionForm.module.css';

interface Props {
  spec: BooleanOption;
  textKey: string;
  value: boolean;
  onChange(value: boolean): void;
}

export function BooleanField({ spec, textKey, value, onChange }: Props) {
  const text = useRecordText();
  const label = text(`${textKey}.label`, spec.label);
  return (
    <div className={styles.row} title={text(`${textKey}.help`, spec.help)}>
      <span className={styles.label} aria-hidden>
        {label}
      </span>
      <Switch isSelected={value} onChange={onChange} label={label} />
    </div>
  );
}
