/** Every layer with what the recipe did to it and what it bears, and the rules of the one that is selected. */
import { useCallback, useMemo, useState } from 'react';
import { heatOf } from '../../state/sensitivity-heat';
import { useSensitivity } from '../../state/sensitivity-store';
import { selectLayer, useView } from '../../state/view-store';
import { useText } from '../i18n/text';
import { Switch } from '../kit/Switch';
import { useShownNumbers } from '../results/use-shown-numbers';
import { LayerStrengths } from '../sensitivity/LayerStrengths';
import { SensitivityTool } from '../sensitivity/SensitivityTool';
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
  const measured = useSensitivity((sensitivity) => sensitivity.rows);
  const variant = useSensitivity((sensitivity) => sensitivity.shown);
  const heat = useMemo(() => heatOf(measured, variant), [measured, variant]);
  const unsorted = useMemo(() => (before ? layerRows(before, cost?.value ?? before, withWeightsOnly) : []), [before, cost, withWeightsOnly]);
  const rows = useMemo(() => sortedRows(unsorted, sort, heat), [unsorted, sort, heat]);
  const select = useCallback((name: string) => selectLayer(useView.getState().selectedLayer === name ? null : name), []);
  const shown = showAll ? rows : rows.slice(0, FIRST_ROWS);
  return (
    <div className={styles.pane} data-stale={cost?.state === 'stale' || undefined}>
      <div className={styles.scroll}>
        <div className={styles.tools}>
          <SensitivityTool />
          <Switch isSelected={withWeightsOnly} onChange={setWithWeightsOnly}>
            {t('layers.withWeights')}
          </Switch>
        </div>
        <LayersTable rows={shown} heat={measured.length > 0 ? heat : null} sort={sort} onSort={setSort} selected={selected} onSelect={select} />
        {shown.length < rows.length && (
          <button type="button" className={styles.more} onClick={() => setShowAll(true)}>
            {t('layers.showAll', { count: rows.length })}
          </button>
        )}
      </div>
      {selected && (
        <RuleEditor layer={selected}>
          <LayerStrengths layer={selected} />
        </RuleEditor>
      )}
    </div>
  );
}
