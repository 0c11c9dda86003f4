/** What each colour says; the same numbers stand in the boxes. */
import { useSensitivity } from '../../state/sensitivity-store';
import type { GraphColoring } from '../../state/graph-store';
import { formatShare } from '../format-number';
import { useText } from '../i18n/text';
import { Button } from '../kit/Button';
import { openDrawer } from '../../state/view-store';
import styles from './GraphToolbar.module.css';
import { limitsOf } from './marks';

export function GraphLegend({ coloring }: { coloring: GraphColoring }) {
  const t = useText();
  const isUnknown = useSensitivity((sensitivity) => sensitivity.rows.length === 0);
  if (coloring === 'none') return null;
  if (coloring === 'sensitivity' && isUnknown) {
    return (
      <Button size="small" variant="outline" onPress={() => openDrawer('layers')}>
        {t('graph.measureFirst')}
      </Button>
    );
  }
  const limits = limitsOf(coloring);
  const text = (limit: number): string => (coloring === 'sensitivity' ? String(limit) : formatShare(limit, limit < 0.01 ? 1 : 0));
  return (
    <ul className={styles.legend} aria-label={t('graph.legend')}>
      <li>
        <i data-level={0} />
        {`< ${text(limits[0]!)}`}
      </li>
      {limits.map((limit, i) => (
        <li key={limit}>
          <i data-level={i + 1} />
          <span>
            <span className={styles.sign}>≥ </span>
            {text(limit)}
          </span>
        </li>
      ))}
      <li>{t(`graph.unit.${coloring}`)}</li>
    </ul>
  );
}
