/** A number that is typed; Enter or leaving the field takes it, Escape brings the old one back. */
import { useEffect, useState } from 'react';
import styles from './OptionForm.module.css';

interface Props {
  label: string;
  value: number;
  unit: string;
  onEnter(value: number): void;
}

export function NumberInput({ label, value, unit, onEnter }: Props) {
  const [text, setText] = useState(String(value));
  useEffect(() => setText(String(value)), [value]);
  const enter = () => {
    const entered = Number(text.replace(',', '.'));
    // What was entered shows when it is taken; where limits hold it to the old value, that stays.
    setText(String(value));
    if (text.trim() !== '' && Number.isFinite(entered) && entered !== value) onEnter(entered);
  };
  return (
    <span className={styles.entry}>
      <input
        aria-label={unit ? `${label}, ${unit}` : label}
        inputMode="decimal"
        value={text}
        onChange={(event) => setText(event.target.value)}
        onBlur={enter}
        onKeyDown={(event) => {
          if (event.key === 'Enter') enter();
          if (event.key === 'Escape') setText(String(value));
        }}
      />
      {unit && <span aria-hidden>{unit}</span>}
    </span>
  );
}
