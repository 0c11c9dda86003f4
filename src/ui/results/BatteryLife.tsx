/** How long a battery lasts, for the use that a person sets. */
import { BatteryMedium } from 'lucide-react';
import type { EnergyEstimate } from '../../engine/types';
import { batteryDays, waitingShare } from '../../measure/battery-days';
import type { EnergyRange } from '../../measure/types';
import { inferencesPerDay, setDuty, useSettings, type Duty } from '../../state/settings-store';
import { NumberInput } from '../form/NumberInput';
import { formatShare } from '../format-number';
import { useText } from '../i18n/text';
import { Button } from '../kit/Button';
import { PopoverButton } from '../kit/PopoverButton';
import { Segmented } from '../kit/Segmented';
import { daysText } from './days-text';
import styles from './EnergyTile.module.css';

interface Props {
  estimate: EnergyEstimate;
  isOriginal: boolean;
}

export function BatteryLife({ estimate: { profile, original, candidate }, isOriginal }: Props) {
  const t = useText();
  const duty = useSettings((settings) => settings.duty);
  const cycle = { inferencesPerDay: inferencesPerDay(duty), batteryWattHours: duty.batteryWattHours };
  const after = batteryDays(candidate, profile, cycle);
  const days = `≈ ${daysText(after.value, t)}`;
  return (
    <PopoverButton
      label={t('battery.label')}
      trigger={
        <Button size="small" icon={<BatteryMedium aria-hidden />} aria-label={t('battery.setUp', { days })}>
          {days}
        </Button>
      }
    >
      <div className={styles.panel}>
        <h3>{t('battery.label')}</h3>
        <DutyForm duty={duty} />
        <dl className={styles.lives} aria-live="polite">
          {!isOriginal && <Life name={t('battery.original')} days={batteryDays(original, profile, cycle)} />}
          <Life name={t(isOriginal ? 'battery.original' : 'battery.candidate')} days={after} />
        </dl>
        <p className={styles.note}>{t('battery.limits', { percent: formatShare(waitingShare(candidate, profile, cycle.inferencesPerDay), 0) })}</p>
      </div>
    </PopoverButton>
  );
}

function DutyForm({ duty }: { duty: Duty }) {
  const t = useText();
  return (
    <div className={styles.duty}>
      <span aria-hidden>{t('battery.inferences')}</span>
      <NumberInput label={t('battery.inferences')} value={duty.inferences} unit="" onEnter={(inferences) => setDuty({ inferences })} />
      <Segmented
        label={t('battery.per')}
        value={duty.per}
        choices={[
          { value: 'second', label: t('battery.perSecond') },
          { value: 'day', label: t('battery.perDay') },
        ]}
        onChange={(per) => setDuty({ per: per as Duty['per'] })}
      />
      <span aria-hidden>{t('battery.capacity')}</span>
      <NumberInput label={t('battery.capacity')} value={duty.batteryWattHours} unit="Wh" onEnter={(batteryWattHours) => setDuty({ batteryWattHours })} />
    </div>
  );
}

function Life({ name, days }: { name: string; days: EnergyRange }) {
  const t = useText();
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <strong>≈ {daysText(days.value, t)}</strong> <span className={styles.range}>{t('interval', { low: daysText(days.low, t), high: daysText(days.high, t) })}</span>
      </dd>
    </div>
  );
}
