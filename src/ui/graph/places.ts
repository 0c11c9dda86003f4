/** Rectangles of the drawing: where each layer stands, what is near, and the next one above or below. */
import type { Drawing } from '../../state/graph-store';
import { NODE_HEIGHT, ROW_HEIGHT } from '../../worker/graph-layout-types';

export interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** What can be looked at one after the other: layers, inputs, outputs, and blocks that are closed. */
export interface Stop {
  /** Of the node, or of the closed block. */
  readonly id: string;
  readonly box: string;
  readonly place: Rectangle;
}

/** In graph order. */
export function stopsOf({ visible, layout }: Drawing): readonly Stop[] {
  const placed = new Map(layout.boxes.map((box) => [box.id, box]));
  return [...visible.boxes].flatMap(([box, shown]): Stop[] => {
    const place = placed.get(box)!;
    if (shown.kind === 'block') return [{ id: box, box, place }];
    return shown.nodes.map((node, row) => ({ id: node.id, box, place: rowPlace(place, row) }));
  });
}

export function rowPlace({ x, y, width }: Rectangle, row: number): Rectangle {
  return row === 0 ? { x, y, width, height: NODE_HEIGHT } : { x, y: y + NODE_HEIGHT + (row - 1) * ROW_HEIGHT, width, height: ROW_HEIGHT };
}

export function overlap(a: Rectangle, b: Rectangle): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

export function covers(outer: Rectangle, inner: Rectangle): boolean {
  return inner.x >= outer.x && inner.y >= outer.y && inner.x + inner.width <= outer.x + outer.width && inner.y + inner.height <= outer.y + outer.height;
}

export function grown({ x, y, width, height }: Rectangle, by: number): Rectangle {
  return { x: x - by, y: y - by, width: width + 2 * by, height: height + 2 * by };
}

/** The nearest one straight above or below; null: there is none. */
export function neighbourOf(stops: readonly Stop[], from: Stop, side: 'above' | 'below'): Stop | null {
  let nearest: Stop | null = null;
  let least = Infinity;
  for (const stop of stops) {
    const isBeside = stop.place.x < from.place.x + from.place.width && from.place.x < stop.place.x + stop.place.width;
    const away = side === 'below' ? stop.place.y - from.place.y : from.place.y - stop.place.y;
    if (!isBeside || away <= 0 || away >= least) continue;
    nearest = stop;
    least = away;
  }
  return nearest;
}

/** The rectangle around the points of an edge. */
export function boundsOf(points: readonly number[]): Rectangle {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let i = 0; i < points.length; i += 2) {
    left = Math.min(left, points[i]!);
    right = Math.max(right, points[i]!);
    top = Math.min(top, points[i + 1]!);
    bottom = Math.max(bottom, points[i + 1]!);
  }
  // A straight line has no height, and overlaps nothing without some.
  return { x: left, y: top - 1, width: right - left, height: bottom - top + 2 };
}

/** From left to right through the points, level at each of them. */
export function curveThrough(points: readonly number[]): string {
  let path = `M${round(points[0]!)} ${round(points[1]!)}`;
  for (let i = 2; i < points.length; i += 2) {
    const [x0, y0, x1, y1] = [points[i - 2]!, points[i - 1]!, points[i]!, points[i + 1]!];
    const middle = round((x0 + x1) / 2);
    path += y0 === y1 ? `H${round(x1)}` : `C${middle} ${round(y0)} ${middle} ${round(y1)} ${round(x1)} ${round(y1)}`;
  }
  return path;
}

export function rectanglePath({ x, y, width, height }: Rectangle): string {
  return `M${round(x)} ${round(y)}h${round(width)}v${round(height)}h${round(-width)}z`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
