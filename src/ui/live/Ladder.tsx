/** The models of the ladder, from the most accurate to the cheapest, with what each costs here. */
import { useLive } from '../../state/live-store';
import { formatJoules, formatMs, formatShare } from '../format-number';
import { useText } from '../i18n/text';
import { useRungName } from './use-rung-name';
import styles from './LivePanel.module.css';

export function Ladder() {
  const t = useText();
  const ladder = useLive((live) => live.ladder);
  const nameOf = useRungName();
  if (!ladder) return null;
  return (
    <div className={styles.scroll}>
      <table className={styles.table}>
        <thead>
          <tr>
            <th scope="col">{t('live.rung')}</th>
            <th scope="col">{t('live.rungAccuracy')}</th>
            <th scope="col">{t('live.alone')}</th>
            <th scope="col">{t('live.together', { count: ladder.batchSizes.at(-1)! })}</th>
            <th scope="col">{t('live.rungEnergy')}</th>
          </tr>
        </thead>
        <tbody>
          {ladder.rungs.map(({ name, accuracy, joules, service }, i) => (
            <tr key={name}>
              <th scope="row">{`${i + 1} · ${nameOf(name)}`}</th>
              <td>{accuracy === null ? '–' : formatShare(accuracy, 1)}</td>
              <td>{formatMs(service.overheadMs + service.perExampleMs)}</td>
              <td>{formatMs(service.overheadMs / ladder.batchSizes.at(-1)! + service.perExampleMs)}</td>
              <td className={styles.estimated}>{joules === null ? '–' : `≈ ${formatJoules(joules)}`}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {ladder.leftOut.map(({ name, reason }) => (
        <p key={name} className={styles.help}>
          {reason === null ? t('live.notCheaper', { name: nameOf(name) }) : `${nameOf(name)}: ${reason}`}
        </p>
      ))}
    </div>
  );
}
