/** What this browser reported of the battery and the processor while runs went on: observations with their time, beside the estimates. */
import { useLive } from '../../state/live-store';
import { formatShare, significant } from '../format-number';
import { useText, type Translate } from '../i18n/text';
import { durationText } from '../training/duration-text';
import type { DeviceObservation } from '../../measure/energy-observed';
import styles from './LivePanel.module.css';

export function Observed() {
  const t = useText();
  const seen = useLive((live) => live.observation);
  if (!seen) return null;
  return <p className={styles.observed}>{observedWords(seen, t)}</p>;
}

export function observedWords({ elapsedMs, battery, hasBattery, pressure }: DeviceObservation, t: Translate): string {
  const time = durationText(elapsedMs, t);
  if (!hasBattery && !pressure) return t('live.observedNothing');
  const parts = [t('live.observed', { time })];
  if (battery) {
    const values = { before: formatShare(battery.levelBefore, 0), now: formatShare(battery.levelNow, 0) };
    parts.push(battery.drainPerHour === null ? t('live.batterySame', values) : t('live.batteryFell', { ...values, drain: `${significant(battery.drainPerHour * 100, 2)} %` }));
  } else {
    parts.push(t(hasBattery ? 'live.batteryCharging' : 'live.batteryNone'));
  }
  if (pressure) parts.push(t('live.pressure', { nominal: formatShare(pressure.nominal, 0), fair: formatShare(pressure.fair, 0), serious: formatShare(pressure.serious, 0), critical: formatShare(pressure.critical, 0) }));
  else parts.push(t('live.pressureNone'));
  return parts.join(' ');
}
