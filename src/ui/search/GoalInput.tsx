/** A limit that may be left open: typed, taken by Enter or by leaving the field; an empty field is no limit. */
import { useEffect, useState } from 'react';
import styles from './GoalInput.module.css';

interface Props {
  /** For the screen reader, with the unit. */
  label: string;
  /** What stands before the number, on screen. */
  sign: string;
  unit: string;
  /** In the unit; null: no limit. */
  value: number | null;
  title?: string;
  onEnter(value: number | null): void;
}

export function GoalInput({ label, sign, unit, value, title, onEnter }: Props) {
  const own = value === null ? '' : String(value);
  const [text, setText] = useState(own);
  useEffect(() => setText(own), [own]);
  const enter = () => {
    const entered = text.trim() === '' ? null : Number(text.replace(',', '.'));
    const isLimit = entered === null || (Number.isFinite(entered) && entered >= 0);
    setText(own);
    if (isLimit && entered !== value) onEnter(entered);
  };
  return (
    <label className={styles.goal} title={title} data-set={value !== null || undefined}>
      <span aria-hidden>{sign}</span>
      <input
        aria-label={`${label}, ${unit}`}
        inputMode="decimal"
        placeholder="–"
        value={text}
        onChange={(event) => setText(event.target.value)}
        onBlur={enter}
        onKeyDown={(event) => {
          if (event.key === 'Enter') enter();
          if (event.key === 'Escape') setText(own);
        }}
      />
      <span aria-hidden>{unit}</span>
    </label>
  );
}
