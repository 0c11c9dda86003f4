/** The model as a graph: what reads what, which channels go together, and how sensitive or heavy each layer is. */
import { useDeferredValue, useEffect, useMemo, useRef } from 'react';
import { revealLayer } from '../../state/graph-actions';
import { useGraph } from '../../state/graph-store';
import { heatOf } from '../../state/sensitivity-heat';
import { useSensitivity } from '../../state/sensitivity-store';
import { useView } from '../../state/view-store';
import { useText } from '../i18n/text';
import { Button } from '../kit/Button';
import { groupsOfLayer, rolesIn } from './channel-groups';
import { GraphCanvas, type CanvasHandle } from './GraphCanvas';
import styles from './GraphPane.module.css';
import { GraphToolbar } from './GraphToolbar';
import type { Looks } from './GraphBoxes';
import { LayerPanel } from './LayerPanel';
import { marksOf, type Mark } from './marks';
import { useGraphDrawing } from './use-graph';
import { useChangedLayers } from './use-layer-costs';

const noMarks: ReadonlyMap<string, Mark> = new Map();

export default function GraphPane() {
  const t = useText();
  const { waits, draw } = useGraphDrawing();
  const { drawing, problem, isBusy, side, coloring } = useGraph();
  const selected = useView((view) => view.selectedLayer);
  const rows = useDeferredValue(useSensitivity((sensitivity) => sensitivity.rows));
  const variant = useSensitivity((sensitivity) => sensitivity.shown);
  const changed = useChangedLayers(drawing?.side ?? side);
  const canvas = useRef<CanvasHandle>(null);
  const visible = drawing?.visible;
  const marks = useMemo(() => (visible ? marksOf(visible.view, visible.boxes, coloring, heatOf(rows, variant)) : noMarks), [visible, coloring, rows, variant]);
  const groups = useMemo(() => (visible && selected ? groupsOfLayer(visible.view.groups, selected) : []), [visible, selected]);
  const looks = useMemo((): Looks => ({ marks, selected, together: rolesIn(groups), changed: changed.names, side: drawing?.side ?? side }), [marks, selected, groups, changed, drawing, side]);
  const hasDrawing = drawing !== null;
  useEffect(() => {
    if (hasDrawing && selected) void revealLayer(selected);
  }, [hasDrawing, selected]);
  return (
    <div className={styles.pane}>
      <div className={styles.main}>
        <GraphToolbar canvas={canvas} changed={changed} isStale={drawing !== null && (drawing.side !== side || waits)} />
        {drawing ? (
          <GraphCanvas ref={canvas} drawing={drawing} looks={looks} isStale={waits} />
        ) : (
          <p className={styles.message} role="status">
            {problem ?? (isBusy || waits ? t('graph.drawing') : '')}
            {!isBusy && !waits && (
              <Button size="small" variant="outline" onPress={draw}>
                {t('graph.again')}
              </Button>
            )}
          </p>
        )}
      </div>
      {selected && visible && <LayerPanel layer={selected} view={visible.view} />}
    </div>
  );
}
