/** Every layer with what the recipe did to it, and the rules of the one that is selected. */
import { useMemo, useState } from 'react';
import { selectLayer, useView } from '../../state/view-store';
import { useText } from '../i18n/text';
import { Switch } from '../kit/Switch';
import { useShownNumbers } from '../results/use-shown-numbers';
import styles from './LayersPane.module.css';
import { LayersTable } from './LayersTable';
import { layerRows, sortedRows, type LayerSort } from './layer-rows';
import { RuleEditor } from './RuleEditor';

/** Rows that are drawn before the person asks for all of them. */
const FIRST_ROWS = 100;

export function LayersPane() {
  const t = useText();
  const { costBefore, cost } = useShownNumbers();
  const selected = useView((view) => view.selectedLayer);
  const [sort, setSort] = useState<LayerSort>({ column: 'order', descending: false });
  const [withWeightsOnly, setWithWeightsOnly] = useState(true);
  const [showAll, setShowAll] = useState(false);
  const before = costBefore ?? cost?.value ?? null;
  const rows = useMemo(
    () => (before ? sortedRows(layerRows(before, cost?.value ?? before, withWeightsOnly), sort) : []),
    [before, cost, sort, withWeightsOnly],
  );
  const shown = showAll ? rows : rows.slice(0, FIRST_ROWS);
  return (
    <div className={styles.pane} data-stale={cost?.state === 'stale' || undefined}>
      <div className={styles.scroll}>
        <div className={styles.tools}>
          <Switch isSelected={withWeightsOnly} onChange={setWithWeightsOnly}>
            {t('layers.withWeights')}
          </Switch>
        </div>
        <LayersTable rows={shown} sort={sort} onSort={setSort} selected={selected} onSelect={(name) => selectLayer(name === selected ? null : name)} />
        {shown.length < rows.length && (
          <button type="button" className={styles.more} onClick={() => setShowAll(true)}>
            {t('layers.showAll', { count: rows.length })}
          </button>
        )}
      </div>
      {selected && <RuleEditor layer={selected} />}
    </div>
  );
}
