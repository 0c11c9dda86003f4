/** The four numbers that answer "what did it do?", and under them an estimate of energy. */
import { useText } from '../i18n/text';
import { EnergyTile } from './EnergyTile';
import { LaneStatus } from './LaneStatus';
import { LatencyTile } from './LatencyTile';
import { MemoryTile } from './MemoryTile';
import { QualityTile } from './QualityTile';
import styles from './Results.module.css';
import { SizeTile } from './SizeTile';
import { useShownNumbers } from './use-shown-numbers';

export function Results() {
  const t = useText();
  const shown = useShownNumbers();
  return (
    <section className={styles.results} aria-labelledby="results-title">
      <header className={styles.header}>
        <h2 id="results-title">{t('results.title')}</h2>
        <LaneStatus />
      </header>
      <div className={styles.tiles}>
        <SizeTile shown={shown} />
        <QualityTile shown={shown} />
        <LatencyTile shown={shown} />
        <MemoryTile shown={shown} />
        <EnergyTile shown={shown} />
      </div>
    </section>
  );
}
