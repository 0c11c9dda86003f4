/**
 * Draws any record of options: switches, sliders, lists. Labels, help and ranges are the record's; which options show
 * follows `shownWhen`. Knows nothing of passes or formats.
 */
import type { OptionSpec, OptionsRecord, OptionValue } from '../../options/options';
import { BooleanField } from './BooleanField';
import { ChoiceField } from './ChoiceField';
import { NumberField } from './NumberField';
import styles from './OptionForm.module.css';

export interface OptionFormProps {
  options: OptionsRecord;
  values: Readonly<Record<string, OptionValue>>;
  /** Key of the record's texts: `pass.prune-magnitude`. */
  textKey: string;
  /** `dragging`: the hand is still on it; `onCommit` follows. */
  onChange(name: string, value: OptionValue, dragging: boolean): void;
  onCommit(): void;
}

export function OptionForm({ options, values, textKey, onChange, onCommit }: OptionFormProps) {
  const shown = Object.entries(options).filter(([, spec]) => isShown(spec, values));
  if (shown.length === 0) return null;
  return (
    <div className={styles.form}>
      {shown.map(([name, spec]) => {
        const field = { name, textKey: `${textKey}.${name}`, value: values[name] ?? spec.default };
        return (
          <Field
            key={name}
            spec={spec}
            {...field}
            onChange={(value, dragging = false) => onChange(name, value, dragging)}
            onCommit={onCommit}
          />
        );
      })}
    </div>
  );
}

interface FieldProps {
  spec: OptionSpec;
  name: string;
  textKey: string;
  value: OptionValue;
  onChange(value: OptionValue, dragging?: boolean): void;
  onCommit(): void;
}

function Field({ spec, value, ...rest }: FieldProps) {
  switch (spec.type) {
    case 'boolean':
      return <BooleanField spec={spec} value={value === true} {...rest} />;
    case 'number':
    case 'integer':
      return <NumberField spec={spec} value={Number(value)} {...rest} />;
    case 'choice':
      return <ChoiceField spec={spec} value={String(value)} {...rest} />;
    default: {
      const never: never = spec;
      return never;
    }
  }
}

function isShown(spec: OptionSpec, values: OptionFormProps['values']): boolean {
  const { shownWhen } = spec;
  return !shownWhen || shownWhen.is.includes(values[shownWhen.option] ?? '');
}
