/** The edges that are near, and on top of them those of the selected layer. */
import { memo, useMemo } from 'react';
import type { PlacedEdge } from '../../worker/graph-layout-types';
import styles from './GraphCanvas.module.css';
import { boundsOf, curveThrough, overlap, type Rectangle } from './places';

interface Props {
  edges: readonly PlacedEdge[];
  part: Rectangle;
  isFar: boolean;
  /** The box of the selected layer. */
  from: string | null;
}

interface Curve {
  readonly edge: PlacedEdge;
  readonly path: string;
  readonly bounds: Rectangle;
}

export const GraphEdges = memo(function GraphEdges({ edges, part, isFar, from }: Props) {
  const curves = useMemo(() => edges.map((edge): Curve => ({ edge, path: curveThrough(edge.points), bounds: boundsOf(edge.points) })), [edges]);
  const near = curves.filter(({ bounds }) => overlap(bounds, part));
  const own = near.filter(({ edge }) => from !== null && (edge.from === from || edge.to.includes(from)));
  return (
    <>
      <path className={styles.edges} data-far={isFar || undefined} d={joined(near)} />
      {own.length > 0 && <path className={styles.ownEdges} d={joined(own)} />}
    </>
  );
});

function joined(curves: readonly Curve[]): string {
  return curves.map(({ path }) => path).join('');
}
