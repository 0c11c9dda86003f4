import type { ChoiceOption } from '../../options/options';
import { useRecordText } from '../i18n/text';
import { Segmented } from '../kit/Segmented';
import { Select } from '../kit/Select';
import styles from './OptionForm.module.css';

interface Props {
  spec: ChoiceOption;
  textKey: string;
  value: string;
  onChange(value: string): void;
}

/** More choices, or longer words, do not fit side by side in the column. */
const MOST_SEGMENTS = 3;
const LONGEST_SEGMENTS = 22;

export function ChoiceField({ spec, textKey, value, onChange }: Props) {
  const text = useRecordText();
  const label = text(`${textKey}.label`, spec.label);
  const choices = spec.choices.map((choice) => ({
    value: choice.value,
    label: text(`${textKey}.${choice.value}.label`, choice.label),
    help: choice.help === undefined ? undefined : text(`${textKey}.${choice.value}.help`, choice.help),
  }));
  const length = choices.reduce((sum, choice) => sum + choice.label.length, 0);
  const Control = choices.length <= MOST_SEGMENTS && length <= LONGEST_SEGMENTS ? Segmented : Select;
  return (
    <div className={styles.row} title={text(`${textKey}.help`, spec.help)}>
      <span className={styles.label} aria-hidden>
        {label}
      </span>
      <Control label={label} value={value} choices={choices} onChange={onChange} />
    </div>
  );
}
