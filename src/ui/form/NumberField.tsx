/** A number as a slider with its value, which can be typed. Percent shows as per cent, log2 moves by doublings. */
import type { NumberOption } from '../../options/options';
import { useRecordText } from '../i18n/text';
import { Slider } from '../kit/Slider';
import { NumberInput } from './NumberInput';
import styles from './OptionForm.module.css';

interface Props {
  spec: NumberOption;
  textKey: string;
  value: number;
  onChange(value: number, dragging: boolean): void;
  onCommit(): void;
}

/** Between doublings a log2 slider stops at quarters, so that 24 and 48 can be had. */
const LOG2_STEP = 0.25;
/** A slider without a step of its own has this many stops. */
const SLIDER_STOPS = 100;

export function NumberField({ spec, textKey, value, onChange, onCommit }: Props) {
  const text = useRecordText();
  const label = text(`${textKey}.label`, spec.label);
  const scale = scaleOf(spec);
  return (
    <div className={styles.number} title={text(`${textKey}.help`, spec.help)}>
      <span className={styles.label} aria-hidden>
        {label}
      </span>
      <NumberInput
        label={label}
        value={spec.scale === 'percent' ? round(value * 100) : value}
        unit={spec.scale === 'percent' ? '%' : (spec.unit ?? '')}
        onEnter={(entered) => onChange(clamped(spec, spec.scale === 'percent' ? entered / 100 : entered), false)}
      />
      <div className={styles.slider}>
        <Slider
          label={label}
          value={scale.toPlace(value)}
          minimum={scale.toPlace(spec.minimum)}
          maximum={scale.toPlace(spec.maximum)}
          step={scale.step}
          valueText={spec.scale === 'percent' ? `${round(value * 100)} %` : String(value)}
          onChange={(place) => onChange(clamped(spec, scale.toValue(place)), true)}
          onCommit={onCommit}
        />
      </div>
    </div>
  );
}

interface Scale {
  readonly step: number;
  toPlace(value: number): number;
  toValue(place: number): number;
}

function scaleOf(spec: NumberOption): Scale {
  if (spec.scale === 'log2' && spec.minimum > 0) {
    return { step: LOG2_STEP, toPlace: (value) => Math.log2(value), toValue: (place) => 2 ** place };
  }
  const step = spec.step ?? (spec.type === 'integer' ? 1 : (spec.maximum - spec.minimum) / SLIDER_STOPS);
  return { step, toPlace: (value) => value, toValue: (place) => place };
}

function clamped(spec: NumberOption, value: number): number {
  const whole = spec.type === 'integer' ? Math.round(value) : round(value);
  return Math.min(spec.maximum, Math.max(spec.minimum, whole));
}

/** Takes 0.30000000000000004 back to 0.3. */
function round(value: number): number {
  return Number(value.toPrecision(12));
}
