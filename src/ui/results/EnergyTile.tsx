/** Energy of an inference on a kind of device: an estimate, and quieter than what is measured. */
import { ArrowRight } from 'lucide-react';
import type { EnergyEstimate } from '../../engine/types';
import type { ProfileId } from '../../measure/energy-profiles';
import { setEnergyProfile, useSettings } from '../../state/settings-store';
import type { ShownNumbers } from '../../state/shown-numbers';
import { formatJoules, formatReduction } from '../format-number';
import { useRecordText, useText, type Translate } from '../i18n/text';
import { Select } from '../kit/Select';
import { BatteryLife } from './BatteryLife';
import { EnergyDetails } from './EnergyDetails';
import styles from './EnergyTile.module.css';

/** Less than this is no change that anybody would act on. */
const SAME_SHARE = 0.005;

export function EnergyTile({ shown }: { shown: ShownNumbers }) {
  const t = useText();
  const text = useRecordText();
  const chosen = useSettings((settings) => settings.energyProfile);
  const { energy, isOriginal } = shown;
  const estimate = energy?.value.find((one) => one.profile.id === chosen) ?? energy?.value[0];
  const difference = estimate && differenceOf(estimate);
  const isLoss = !isOriginal && energy?.state === 'estimated' && difference === 'more';
  return (
    <section className={styles.tile} aria-label={t('energy.label')} data-loss={isLoss || undefined}>
      <div className={styles.words}>
        <h3 className={styles.label}>{t('energy.label')}</h3>
        {!estimate && <p className={styles.unknown}>–</p>}
        {estimate && (
          <p className={styles.figures}>
            {!isOriginal && (
              <>
                <span className={styles.before}>≈ {formatJoules(estimate.original.joules.value)}</span>
                <ArrowRight aria-label={t('result.to')} role="img" className={styles.arrow!} />
              </>
            )}
            <span className={styles.after}>≈ {formatJoules(estimate.candidate.joules.value)}</span>
            <span className={styles.verdict} aria-live="polite">
              {energy?.state === 'stale' ? t('result.stale') : isOriginal ? t('result.original') : verdictOf(estimate, t)}
            </span>
            <span className={styles.range}>{rangeOf(estimate, t)}</span>
          </p>
        )}
      </div>
      {energy && estimate && (
        <div className={styles.controls}>
          <Select
            label={t('energy.device')}
            value={estimate.profile.id}
            choices={energy.value.map(({ profile }) => ({ value: profile.id, label: text(`energy.${profile.id}.label`, profile.label) }))}
            onChange={(value) => setEnergyProfile(value as ProfileId)}
          />
          <BatteryLife estimate={estimate} isOriginal={isOriginal} />
          <EnergyDetails estimate={estimate} isOriginal={isOriginal} />
        </div>
      )}
    </section>
  );
}

function differenceOf({ original, candidate }: EnergyEstimate): 'same' | 'less' | 'more' {
  const [before, after] = [original.joules.value, candidate.joules.value];
  if (Math.abs(after - before) <= before * SAME_SHARE) return 'same';
  return after < before ? 'less' : 'more';
}

function verdictOf(estimate: EnergyEstimate, t: Translate): string {
  const difference = differenceOf(estimate);
  if (difference === 'same') return t('energy.same');
  const percent = formatReduction(estimate.original.joules.value, estimate.candidate.joules.value);
  return t(difference === 'less' ? 'energy.less' : 'energy.more', { percent });
}

function rangeOf({ candidate: { joules } }: EnergyEstimate, t: Translate): string {
  return t('energy.range', { interval: t('interval', { low: formatJoules(joules.low), high: formatJoules(joules.high) }) });
}
