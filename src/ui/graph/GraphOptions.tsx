/** The same boxes for a screen reader: the options around the one that the keys are at. Their whole list would be thousands. */
import { useText } from '../i18n/text';
import type { VisibleGraph } from '../../state/graph-visible';
import unseen from '../kit/unseen.module.css';
import type { Looks } from './GraphBoxes';
import { shapeText } from './node-text';
import type { Stop } from './places';

const AROUND = 8;

interface Props {
  stops: readonly Stop[];
  at: number;
  visible: VisibleGraph;
  looks: Looks;
}

export function GraphOptions({ stops, at, visible, looks }: Props) {
  const t = useText();
  const first = Math.max(0, at - AROUND);
  const wordsOf = ({ id, box }: Stop): { words: string; name: string | null } => {
    const shown = visible.boxes.get(box)!;
    const number = looks.marks.get(id)?.text;
    const ending = number === undefined ? '' : `, ${number}`;
    if (shown.kind === 'block') return { words: `${t('graph.option.block', { name: shown.block.label, count: shown.nodes.length })}${ending}`, name: null };
    const node = shown.nodes.find((one) => one.id === id)!;
    const op = node.kind === 'layer' ? node.op : t(`graph.${node.kind}`);
    return { words: `${t('graph.option.layer', { name: node.name, op, shape: shapeText(node.shape) })}${ending}`, name: node.kind === 'layer' ? node.name : null };
  };
  return stops.slice(first, at + AROUND + 1).map((stop, i) => {
    const { words, name } = wordsOf(stop);
    return (
      <div
        key={stop.id}
        id={optionId(first + i)}
        role="option"
        className={unseen.unseen}
        aria-selected={name !== null && name === looks.selected}
        aria-posinset={first + i + 1}
        aria-setsize={stops.length}
      >
        {words}
      </div>
    );
  });
}

export function optionId(index: number): string {
  return `graph-option-${index}`;
}
