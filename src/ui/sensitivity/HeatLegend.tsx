/** What the levels mean, in nats. */
import { levelLimits, levelOf } from '../../state/sensitivity-heat';
import { useText } from '../i18n/text';
import { LevelBars } from './HeatMark';
import styles from './HeatLegend.module.css';

export function HeatLegend() {
  const t = useText();
  return (
    <ul className={styles.legend} aria-label={t('sensitivity.legend')} title={t('sensitivity.help')}>
      {levelLimits.map((limit) => (
        <li key={limit}>
          <LevelBars level={levelOf(limit)} />
          {`≥ ${limit}`}
        </li>
      ))}
      <li aria-hidden>{t('sensitivity.unit')}</li>
    </ul>
  );
}
