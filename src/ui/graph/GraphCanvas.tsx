/** The drawing: moved by hand or keys, read as a list by a screen reader, drawn only where it is seen. */
import { memo, useEffect, useImperativeHandle, useMemo, useState, type KeyboardEvent, type MouseEvent, type Ref } from 'react';
import type { Drawing } from '../../state/graph-store';
import { openBlocks, withBlock, withoutBlock } from '../../state/graph-actions';
import { selectLayer } from '../../state/view-store';
import { BLOCK_HEADER } from '../../worker/graph-layout-types';
import { useText } from '../i18n/text';
import { FarBoxes } from './FarBoxes';
import { GraphBox, type Looks } from './GraphBoxes';
import styles from './GraphCanvas.module.css';
import { GraphEdges } from './GraphEdges';
import { GraphOptions, optionId } from './GraphOptions';
import { moveOf } from './keys';
import { shortened } from './node-text';
import { OverviewStrip } from './OverviewStrip';
import { overlap, stopsOf, type Stop } from './places';
import { useCanvas } from './use-canvas';
import { fitted, panned, showing, zoomed } from './viewport';

export interface CanvasHandle {
  zoom(factor: number): void;
  fit(): void;
}

interface Props {
  drawing: Drawing;
  looks: Looks;
  isStale: boolean;
  ref?: Ref<CanvasHandle>;
}

export const GraphCanvas = memo(function GraphCanvas({ drawing, looks, isStale, ref }: Props) {
  const t = useText();
  const { element, sheet, viewport, drawn, wasDragged } = useCanvas(drawing);
  const { visible, layout } = drawing;
  const { part } = drawn;
  const stops = useMemo(() => stopsOf(drawing), [drawing]);
  const [at, setAt] = useState(0);
  const current = stops[Math.min(at, stops.length - 1)]!;
  const places = useMemo(() => new Map(layout.boxes.map((box) => [box.id, box])), [layout]);
  const selectedStop = useMemo(() => stopOfLayer(stops, drawing, looks.selected), [stops, drawing, looks.selected]);

  const middle = () => ({ x: viewport.canvas().width / 2, y: viewport.canvas().height / 2 });
  const zoom = (factor: number): void => viewport.set(zoomed(viewport.sight(), factor, middle()));
  const fit = (): void => viewport.set(fitted(viewport.canvas(), viewport.drawing()));
  useImperativeHandle(ref, () => ({ zoom, fit }));

  // Selected in the table, or by a name in the panel: go there.
  useEffect(() => {
    if (!selectedStop) return;
    setAt(stops.indexOf(selectedStop));
    if (viewport.canvas().width > 0) viewport.set(showing(viewport, selectedStop.place));
    // The panel that opens beside the drawing takes room from it.
    let { width } = viewport.canvas();
    return viewport.subscribe(() => {
      if (viewport.canvas().width === width) return;
      width = viewport.canvas().width;
      viewport.set(showing(viewport, selectedStop.place));
    });
  }, [viewport, stops, selectedStop]);

  const choose = (stop: Stop): void => {
    setAt(stops.indexOf(stop));
    const shown = visible.boxes.get(stop.box)!;
    if (shown.kind === 'block') return void openBlocks(withBlock(stop.id));
    const node = shown.nodes.find(({ id }) => id === stop.id)!;
    if (node.kind === 'layer') selectLayer(node.name === looks.selected ? null : node.name);
  };
  const press = (event: MouseEvent): void => {
    if (wasDragged()) return;
    const target = (event.target as Element).closest('[data-node], [data-block], [data-close]');
    const close = target?.getAttribute('data-close');
    if (close) return void openBlocks(withoutBlock(close));
    const id = target?.getAttribute('data-node') ?? target?.getAttribute('data-block');
    const stop = stops.find((one) => one.id === id);
    if (stop) choose(stop);
  };
  const type = (event: KeyboardEvent): void => {
    const move = moveOf(event, stops, stops.indexOf(current));
    if (!move) return;
    event.preventDefault();
    if (move.kind === 'zoom') zoom(move.factor);
    else if (move.kind === 'fit') fit();
    else if (move.kind === 'pan') viewport.set(panned(viewport.sight(), move.dx, move.dy));
    else if (move.kind === 'choose') choose(current);
    else {
      setAt(move.to);
      viewport.set(showing(viewport, stops[move.to]!.place));
    }
  };

  return (
    <div className={styles.frame} data-stale={isStale || undefined}>
      <div
        ref={element}
        className={styles.canvas}
        role="listbox"
        tabIndex={0}
        aria-label={t('graph.title')}
        aria-activedescendant={optionId(stops.indexOf(current))}
        onKeyDown={type}
        onClick={press}
      >
        <svg ref={sheet} className={styles.sheet} viewBox={`${part.x} ${part.y} ${part.width} ${part.height}`} width={part.width * drawn.scale} height={part.height * drawn.scale} aria-hidden>
            {visible.opened.map(({ id, label }) => {
              const place = places.get(id)!;
              if (!overlap(place, part)) return null;
              return (
                <g key={id} transform={`translate(${place.x} ${place.y})`}>
                  <rect className={styles.open} width={place.width} height={place.height} rx={8} />
                  {!drawn.isFar && (
                    <g data-close={id} className={styles.close}>
                      <title>{t('graph.close', { name: label })}</title>
                      <rect x={4} y={4} width={Math.min(place.width - 8, label.length * 8 + 36)} height={BLOCK_HEADER - 4} rx={4} />
                      <path className={styles.plus} d="M12 14h9" />
                      <text className={styles.openName} x={28} y={18}>
                        {shortened(label, Math.floor(place.width / 8) - 5)}
                      </text>
                    </g>
                  )}
                </g>
              );
            })}
            <GraphEdges edges={layout.edges} part={part} isFar={drawn.isFar} from={selectedStop?.box ?? null} />
            {drawn.isFar ? <FarBoxes stops={stops} marks={looks.marks} /> : [...visible.boxes].map(([id, shown]) => overlap(places.get(id)!, part) && <GraphBox key={id} place={places.get(id)!} shown={shown} looks={looks} />)}
            <rect className={styles.focus} x={current.place.x - 3} y={current.place.y - 3} width={current.place.width + 6} height={current.place.height + 6} rx={8} />
            {drawn.isFar && selectedStop && <rect className={styles.farSelected} {...farMark(selectedStop)} />}
        </svg>
        <GraphOptions stops={stops} at={stops.indexOf(current)} visible={visible} looks={looks} />
      </div>
      <OverviewStrip viewport={viewport} size={layout} stops={stops} marks={looks.marks} />
    </div>
  );
});

/** The layer, or the closed block around it. */
function stopOfLayer(stops: readonly Stop[], { visible }: Drawing, name: string | null): Stop | null {
  const node = name === null ? undefined : visible.view.nodes.find((one) => one.kind === 'layer' && one.name === name);
  if (!node) return null;
  return stops.find(({ id }) => id === node.id) ?? stops.find(({ id }) => id === visible.boxOf.get(node.id)) ?? null;
}

function farMark({ place }: Stop): { x: number; y: number; width: number; height: number } {
  const { x, y, width, height } = place;
  return { x: x - 8, y: y - 8, width: width + 16, height: height + 16 };
}
