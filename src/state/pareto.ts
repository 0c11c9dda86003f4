/** The Pareto front of points where a smaller x and a larger y are better. */

export interface PlanePoint {
  readonly id: string;
  readonly x: number;
  readonly y: number;
}

/**
 * The points that no other point beats: none is at most as large in x and at least as large in y, with one of the two
 * strictly. From the smallest x on; of points at the same place the first one stays.
 */
export function paretoFront<P extends PlanePoint>(points: readonly P[]): readonly P[] {
  const finite = points.filter((point) => Number.isFinite(point.x) && Number.isFinite(point.y));
  const sorted = finite.toSorted((a, b) => a.x - b.x || b.y - a.y);
  const front: P[] = [];
  for (const point of sorted) {
    const last = front.at(-1);
    if (!last || point.y > last.y) front.push(point);
  }
  return front;
}
