/** What the estimate is made of, and where its costs come from. */
import { Info } from 'lucide-react';
import type { EnergyEstimate } from '../../engine/types';
import { formatJoules } from '../format-number';
import { useRecordText, useText } from '../i18n/text';
import { IconButton } from '../kit/IconButton';
import { PopoverButton } from '../kit/PopoverButton';
import styles from './EnergyTile.module.css';

const parts = ['arithmetic', 'weights', 'activations'] as const;

export function EnergyDetails({ estimate, isOriginal }: { estimate: EnergyEstimate; isOriginal: boolean }) {
  const t = useText();
  const text = useRecordText();
  const { profile, original, candidate } = estimate;
  return (
    <PopoverButton label={t('energy.about')} trigger={<IconButton size="small" variant="faint" label={t('energy.about')} icon={<Info aria-hidden />} />}>
      <div className={styles.panel}>
        <h3>{text(`energy.${profile.id}.label`, profile.label)}</h3>
        <p>{t('energy.method')}</p>
        <table className={styles.table}>
          <thead>
            <tr>
              <th scope="col">{t('energy.part')}</th>
              {!isOriginal && <th scope="col">{t('battery.original')}</th>}
              <th scope="col">{t(isOriginal ? 'battery.original' : 'battery.candidate')}</th>
            </tr>
          </thead>
          <tbody>
            {parts.map((part) => (
              <tr key={part}>
                <th scope="row">{t(`energy.${part}`)}</th>
                {!isOriginal && <td>≈ {formatJoules(original[part].value)}</td>}
                <td>≈ {formatJoules(candidate[part].value)}</td>
              </tr>
            ))}
          </tbody>
        </table>
        <h4>{t('energy.sources')}</h4>
        <ul className={styles.sources}>
          {profile.sources.map((source, index) => (
            <li key={source}>{text(`energy.${profile.id}.source.${index + 1}`, source)}</li>
          ))}
        </ul>
      </div>
    </PopoverButton>
  );
}
