/** How sensitive a layer is: bars as many as its level, in the level's colour, beside the number. Read out as number and word. */
import type { Heat } from '../../state/sensitivity-heat';
import { levelLimits } from '../../state/sensitivity-heat';
import { useText } from '../i18n/text';
import unseen from '../kit/unseen.module.css';
import styles from './HeatMark.module.css';
import { natsText } from './nats-text';

export function HeatMark({ kl, level }: Heat) {
  const t = useText();
  const words = t(`sensitivity.level.${level}`);
  return (
    <span className={styles.heat} title={`${t('sensitivity.nats', { value: kl.toPrecision(4) })} · ${words}`}>
      <span className={styles.number}>{natsText(kl)}</span>
      <LevelBars level={level} />
      <span className={unseen.unseen}>{`, ${words}`}</span>
    </span>
  );
}

export function LevelBars({ level }: { level: Heat['level'] }) {
  return (
    <span className={styles.bars} data-level={level} aria-hidden>
      {levelLimits.map((limit, i) => (
        <i key={limit} data-on={i < level || undefined} />
      ))}
    </span>
  );
}
