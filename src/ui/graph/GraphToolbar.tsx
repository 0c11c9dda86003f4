/** Which graph, what its colours say, which blocks are open, and how large it is. */
import { ChevronsDownUp, ChevronsUpDown, Maximize, Minus, Plus } from 'lucide-react';
import { useState, type RefObject } from 'react';
import { allBlocks, noBlocks, openBlocks } from '../../state/graph-actions';
import { colorBy, showSide, useGraph, type GraphColoring, type GraphSide } from '../../state/graph-store';
import { MOST_BOXES } from '../../state/graph-visible';
import { groupDigits } from '../format-number';
import { useText } from '../i18n/text';
import { IconButton } from '../kit/IconButton';
import { Segmented } from '../kit/Segmented';
import { Select } from '../kit/Select';
import type { CanvasHandle } from './GraphCanvas';
import { GraphLegend } from './GraphLegend';
import styles from './GraphToolbar.module.css';
import { ZOOM_STEP } from './keys';
import type { ChangedLayers } from './use-layer-costs';

const colorings: readonly GraphColoring[] = ['none', 'size', 'macs', 'sensitivity'];

interface Props {
  canvas: RefObject<CanvasHandle | null>;
  changed: ChangedLayers;
  isStale: boolean;
}

export function GraphToolbar({ canvas, changed, isStale }: Props) {
  const t = useText();
  const { side, coloring, drawing } = useGraph();
  const [isTooMany, setTooMany] = useState(false);
  const hasBlocks = (drawing?.visible.view.blocks.length ?? 0) > 0;
  const areAllOpen = drawing?.visible.view.blocks.every(({ id }) => drawing.visible.open.has(id)) ?? false;
  const change = async (how: typeof allBlocks): Promise<void> => setTooMany((await openBlocks(how)) === 'too-many');
  return (
    <div className={styles.bar}>
      <Segmented
        label={t('graph.side')}
        value={side}
        choices={[
          { value: 'before', label: t('graph.before') },
          { value: 'after', label: t('graph.after') },
        ]}
        onChange={(value) => showSide(value as GraphSide)}
      />
      <span className={styles.color}>
        <span aria-hidden>{t('graph.color')}</span>
        <Select label={t('graph.color')} value={coloring} choices={colorings.map((value) => ({ value, label: t(`graph.color.${value}`) }))} onChange={(value) => colorBy(value as GraphColoring)} />
      </span>
      <GraphLegend coloring={coloring} />
      <p className={styles.note} role="status" data-kind={isTooMany || isStale ? undefined : 'gone'} title={changed.gone.join(', ')}>
        {noteOf()}
      </p>
      <span className={styles.tools}>
        {hasBlocks && (
          <>
            <IconButton size="small" label={t('graph.openAll')} icon={<ChevronsUpDown aria-hidden />} isDisabled={areAllOpen} onPress={() => void change(allBlocks)} />
            <IconButton size="small" label={t('graph.closeAll')} icon={<ChevronsDownUp aria-hidden />} isDisabled={drawing?.visible.open.size === 0} onPress={() => void change(noBlocks)} />
          </>
        )}
        <span className={styles.zoom}>
          <IconButton size="small" label={t('graph.smaller')} hint="−" icon={<Minus aria-hidden />} onPress={() => canvas.current?.zoom(1 / ZOOM_STEP)} />
          <IconButton size="small" label={t('graph.larger')} hint="+" icon={<Plus aria-hidden />} onPress={() => canvas.current?.zoom(ZOOM_STEP)} />
        </span>
        <IconButton size="small" label={t('graph.fit')} hint="0" icon={<Maximize aria-hidden />} onPress={() => canvas.current?.fit()} />
      </span>
    </div>
  );

  function noteOf(): string {
    if (isTooMany) return t('graph.tooMany', { count: groupDigits(MOST_BOXES) });
    if (isStale) return t('graph.drawing');
    const { gone } = changed;
    return gone.length === 0 ? '' : t('graph.gone', { count: gone.length, names: gone.slice(0, 3).join(', ') + (gone.length > 3 ? ' …' : '') });
  }
}
