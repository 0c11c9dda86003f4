/** The boxes that can be read: stacks of layers, and blocks that are closed. */
import { memo } from 'react';
import type { GraphViewNode } from '../../engine/graph-view-types';
import type { ShownBox } from '../../state/graph-visible';
import { NODE_HEIGHT, ROW_HEIGHT, type PlacedBox } from '../../worker/graph-layout-types';
import { useText } from '../i18n/text';
import styles from './GraphCanvas.module.css';
import type { Mark } from './marks';
import { saysOperator, shapeText, shortened } from './node-text';

/** Letters of the mono face, and of the other one, in the width of a box. */
const NAME_LETTERS = 22;
const ROW_LETTERS = 21;

/** How the drawing shows layers beside their names. By node, by layer name and by box. */
export interface Looks {
  readonly marks: ReadonlyMap<string, Mark>;
  readonly selected: string | null;
  readonly together: ReadonlyMap<string, 'makes' | 'passes'>;
  /** The recipe took them out, or put them in. */
  readonly changed: ReadonlySet<string>;
  readonly side: 'before' | 'after';
}

interface BoxProps {
  place: PlacedBox;
  shown: ShownBox;
  looks: Looks;
}

export const GraphBox = memo(function GraphBox({ place, shown, looks }: BoxProps) {
  const { x, y, width, height } = place;
  const isPort = shown.kind === 'stack' && shown.nodes[0]!.kind !== 'layer';
  return (
    <g transform={`translate(${x} ${y})`}>
      {shown.kind === 'block' && <rect className={styles.behind} x={4} y={-4} width={width} height={height} rx={6} />}
      <rect className={styles.card} data-port={isPort || undefined} width={width} height={height} rx={isPort ? NODE_HEIGHT / 2 : 6} />
      {shown.kind === 'block' ? <Block shown={shown} id={place.id} width={width} looks={looks} /> : shown.nodes.map((node, row) => <Layer key={node.id} node={node} row={row} width={width} looks={looks} />)}
    </g>
  );
});

function Layer({ node, row, width, looks }: { node: GraphViewNode; row: number; width: number; looks: Looks }) {
  const t = useText();
  const mark = looks.marks.get(node.id);
  const isLayer = node.kind === 'layer';
  const height = row === 0 ? NODE_HEIGHT : ROW_HEIGHT;
  const isChanged = isLayer && looks.changed.has(node.name);
  const op = isLayer ? node.op : t(`graph.${node.kind}`);
  return (
    <g
      className={styles.layer}
      transform={`translate(0 ${row === 0 ? 0 : NODE_HEIGHT + (row - 1) * ROW_HEIGHT})`}
      data-node={node.id}
      data-level={mark?.level}
      data-selected={(isLayer && looks.selected === node.name) || undefined}
      data-together={(isLayer && looks.together.get(node.name)) || undefined}
      data-changed={isChanged ? looks.side : undefined}
    >
      <title>{`${node.name}\n${op} · ${shapeText(node.shape)}`}</title>
      <rect className={styles.fill} x={2} y={2} width={width - 4} height={height - 4} rx={node.kind === 'layer' ? 4 : (NODE_HEIGHT - 4) / 2} />
      {row === 0 ? (
        <>
          <text className={styles.name} x={isLayer ? 10 : 18} y={21}>
            {shortened(node.name, isLayer ? NAME_LETTERS : NAME_LETTERS - 3)}
          </text>
          <text className={styles.fact} x={isLayer ? 10 : 18} y={37}>
            {op}
          </text>
          <text className={styles.fact} x={isLayer ? 10 : 18} y={53}>
            {shapeText(node.shape)}
          </text>
          {mark && (
            <text className={styles.number} x={width - 10} y={53}>
              {mark.text}
            </text>
          )}
        </>
      ) : (
        <Row node={node} width={width} mark={mark} />
      )}
    </g>
  );
}

/** One line: the name, and the number or, where the name leaves room and does not say it, the operator. */
function Row({ node, width, mark }: { node: GraphViewNode; width: number; mark: Mark | undefined }) {
  const hasRoom = node.name.length + node.op.length < ROW_LETTERS;
  const right = mark?.text ?? (hasRoom && !saysOperator(node.name, node.op) ? node.op : '');
  const letters = right === '' ? NAME_LETTERS : ROW_LETTERS - right.length;
  return (
    <>
      <line className={styles.rule} x1={10} x2={width - 10} y1={0} y2={0} />
      <text className={styles.rowName} x={10} y={17}>
        {shortened(node.name, letters)}
      </text>
      <text className={mark ? styles.number : styles.rowFact} x={width - 10} y={17}>
        {right}
      </text>
    </>
  );
}

function Block({ shown, id, width, looks }: { shown: Extract<ShownBox, { kind: 'block' }>; id: string; width: number; looks: Looks }) {
  const t = useText();
  const mark = looks.marks.get(id);
  const names = new Set(shown.nodes.map(({ name }) => name));
  const together = [...looks.together.keys()].some((name) => names.has(name));
  return (
    <g
      className={styles.layer}
      data-block={id}
      data-level={mark?.level}
      data-selected={(looks.selected !== null && names.has(looks.selected)) || undefined}
      data-together={together ? 'passes' : undefined}
    >
      <title>{shown.block.label}</title>
      <rect className={styles.fill} x={2} y={2} width={width - 4} height={NODE_HEIGHT - 4} rx={4} />
      <text className={styles.name} x={10} y={21}>
        {shortened(shown.block.label, NAME_LETTERS - 2)}
      </text>
      <path className={styles.plus} d={`M${width - 19} 17h9m-4.5 -4.5v9`} />
      <text className={styles.fact} x={10} y={37}>
        {t('graph.layers', { count: shown.nodes.length })}
      </text>
      <text className={styles.fact} x={10} y={53}>
        {shapeText(shown.nodes.at(-1)!.shape)}
      </text>
      {mark && (
        <text className={styles.number} x={width - 10} y={53}>
          {mark.text}
        </text>
      )}
    </g>
  );
}
