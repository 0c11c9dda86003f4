/** A value on a line. `onChange` while it moves, `onCommit` when it is let go. */
import { Slider as AriaSlider, SliderThumb, SliderTrack } from 'react-aria-components/Slider';
import styles from './Slider.module.css';

interface Props {
  label: string;
  value: number;
  minimum: number;
  maximum: number;
  step: number;
  /** What the screen reader says instead of the bare number. */
  valueText: string;
  /** Places of the marks under the line. */
  detents?: readonly number[];
  isDisabled?: boolean;
  onChange(value: number): void;
  onCommit(): void;
}

export function Slider({ label, value, minimum, maximum, step, valueText, detents = [], isDisabled = false, onChange, onCommit }: Props) {
  const share = (place: number) => (maximum > minimum ? (place - minimum) / (maximum - minimum) : 0) * 100;
  return (
    <AriaSlider
      aria-label={label}
      value={value}
      minValue={minimum}
      maxValue={maximum}
      step={step}
      isDisabled={isDisabled}
      onChange={(next) => onChange(next)}
      onChangeEnd={onCommit}
      className={styles.slider!}
    >
      <SliderTrack className={styles.track!}>
        <span className={styles.line} />
        <span className={styles.fill} style={{ width: `${share(value)}%` }} />
        {detents.map((place) => (
          <span key={place} className={styles.detent} style={{ left: `${share(place)}%` }} />
        ))}
        <SliderThumb className={styles.thumb!} aria-label={`${label}: ${valueText}`} />
      </SliderTrack>
    </AriaSlider>
  );
}
