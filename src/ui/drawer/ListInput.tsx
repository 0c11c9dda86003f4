/** A few numbers, separated by commas; fractions such as 1/255 are understood. */
import { useEffect, useId, useState } from 'react';
import { useText } from '../i18n/text';
import styles from './DataPane.module.css';

interface Props {
  label: string;
  values: readonly number[];
  /** How many numbers there may be. */
  counts: readonly number[];
  format?: (value: number) => string;
  refuse?: (value: number) => boolean;
  suggestions?: readonly string[];
  onEnter(values: number[]): void;
}

export function ListInput({ label, values, counts, format = String, refuse = () => false, suggestions, onEnter }: Props) {
  const t = useText();
  const id = useId();
  const printed = values.map((value) => format(value)).join(', ');
  const [text, setText] = useState(printed);
  const [isWrong, setIsWrong] = useState(false);
  useEffect(() => setText(printed), [printed]);
  const enter = () => {
    const entered = parseNumbers(text);
    const isRight = entered !== null && counts.includes(entered.length) && !entered.some(refuse);
    setIsWrong(!isRight);
    if (isRight && text !== printed) onEnter(entered);
  };
  return (
    <label className={styles.field}>
      <span>{label}</span>
      <input
        value={text}
        inputMode="text"
        autoComplete="off"
        placeholder={counts.includes(0) ? t('preprocessing.nothing') : ''}
        aria-invalid={isWrong}
        aria-describedby={isWrong ? id : undefined}
        list={suggestions ? `${id}-list` : undefined}
        onChange={(event) => setText(event.target.value)}
        onBlur={enter}
        onKeyDown={(event) => {
          if (event.key === 'Enter') enter();
        }}
      />
      {suggestions && (
        <datalist id={`${id}-list`}>
          {suggestions.map((suggestion) => (
            <option key={suggestion}>{suggestion}</option>
          ))}
        </datalist>
      )}
      {isWrong && (
        <span id={id} className={styles.wrong}>
          {t('preprocessing.wrong', { counts: counts.join(', ') })}
        </span>
      )}
    </label>
  );
}

/** null: something in it is no number. */
function parseNumbers(text: string): number[] | null {
  if (text.trim() === '') return [];
  const numbers = text.split(/[,\s]+/).filter(Boolean).map(parseNumber);
  return numbers.every((number) => Number.isFinite(number)) ? numbers : null;
}

function parseNumber(text: string): number {
  const [above = '', below] = text.split('/');
  return below === undefined ? Number(above) : Number(above) / Number(below);
}
