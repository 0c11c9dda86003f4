/** Rate, disturbance and target. A change counts when it is let go, so that the stream does not follow every step of a hand. */
import { useRef, useState } from 'react';
import { setDisturbance, setRate } from '../../state/live-actions';
import { setLiveSettings, useLive } from '../../state/live-store';
import { formatShare, significant } from '../format-number';
import { useText } from '../i18n/text';
import { Slider } from '../kit/Slider';
import styles from './LivePanel.module.css';

/** Of what the original serves one by one: from nearly nothing to far more than any ladder keeps up with. */
const RATE_RANGE = [0.05, 4] as const;
/** Steps of the slider, whose places are a fixed factor apart. */
const RATE_STEPS = 100;
const LARGEST_DISTURBANCE = 0.9;
const TARGETS = [0.5, 0.95] as const;

export function LiveSliders() {
  const t = useText();
  const phase = useLive((live) => live.phase);
  const { ratePerSecond, disturbance, targetLoad } = useLive((live) => live.settings);
  const capacity = useLive((live) => live.ladder?.capacityPerSecond ?? null);
  const isSteered = phase === 'idle' || phase === 'running';
  return (
    <>
      {capacity === null || ratePerSecond === null ? (
        <div className={styles.row}>
          <span>{t('live.rate')}</span>
          <span className={styles.fixed}>{t('live.rateLater')}</span>
        </div>
      ) : (
        <Slid label={t('live.rate')} value={stepOf(ratePerSecond, capacity)} range={[0, RATE_STEPS, 1]} isDisabled={!isSteered} print={(step) => t('live.perSecond', { rate: significant(rateOf(step, capacity), 2) })} onCommit={(step) => setRate(rateOf(step, capacity))} />
      )}
      <Slid label={t('live.disturbance')} value={disturbance} range={[0, LARGEST_DISTURBANCE, 0.05]} isDisabled={!isSteered} print={(share) => formatShare(share, 0)} onCommit={setDisturbance} />
      <Slid label={t('live.target')} value={targetLoad} range={[...TARGETS, 0.05]} isDisabled={phase !== 'idle'} print={(load) => load.toFixed(2)} onCommit={(load) => setLiveSettings({ targetLoad: load })} />
    </>
  );
}

interface SlidProps {
  label: string;
  value: number;
  /** Least, most and step. */
  range: readonly [number, number, number];
  isDisabled: boolean;
  print(value: number): string;
  onCommit(value: number): void;
}

function Slid({ label, value, range: [minimum, maximum, step], isDisabled, print, onCommit }: SlidProps) {
  // While a hand moves it. A key press moves and lets go within one drawing, so that the last place is also kept outside of it.
  const [held, setHeld] = useState<number | null>(null);
  const last = useRef<number | null>(null);
  const shown = held ?? value;
  return (
    <div className={styles.slid}>
      <span>{label}</span>
      <output>{print(shown)}</output>
      <Slider
        label={label}
        value={shown}
        minimum={minimum}
        maximum={maximum}
        step={step}
        valueText={print(shown)}
        isDisabled={isDisabled}
        onChange={(next) => {
          last.current = next;
          setHeld(next);
        }}
        onCommit={() => {
          if (last.current !== null) onCommit(last.current);
          last.current = null;
          setHeld(null);
        }}
      />
    </div>
  );
}

function rateOf(step: number, capacity: number): number {
  const [low, high] = RATE_RANGE;
  return Number((capacity * low * (high / low) ** (step / RATE_STEPS)).toPrecision(2));
}

function stepOf(rate: number, capacity: number): number {
  const [low, high] = RATE_RANGE;
  const step = (RATE_STEPS * Math.log(rate / capacity / low)) / Math.log(high / low);
  return Math.round(Math.min(RATE_STEPS, Math.max(0, step)));
}
