/** What the drawing says of each box besides its name: a level that a colour shows, and the number that stands in the box. */
import type { GraphView, GraphViewNode } from '../../engine/graph-view-types';
import type { GraphColoring } from '../../state/graph-store';
import type { ShownBox } from '../../state/graph-visible';
import { levelLimits, type Heat, type HeatLevel } from '../../state/sensitivity-heat';
import { formatBytes, formatCount } from '../format-number';
import { natsText } from '../sensitivity/nats-text';

export interface Mark {
  readonly level: HeatLevel;
  readonly text: string;
}

/** Shares of the whole model at which a level ends: about three times as much is one level more. */
export const shareLimits = [0.001, 0.01, 0.03, 0.1, 0.3] as const;

export function limitsOf(coloring: Exclude<GraphColoring, 'none'>): readonly number[] {
  return coloring === 'sensitivity' ? levelLimits : shareLimits;
}

/** By node, and by closed block; a box of which there is nothing to say is absent. */
export function marksOf(view: GraphView, boxes: ReadonlyMap<string, ShownBox>, coloring: GraphColoring, heat: ReadonlyMap<string, Heat>): ReadonlyMap<string, Mark> {
  const marks = new Map<string, Mark>();
  if (coloring === 'none') return marks;
  const total = coloring === 'sensitivity' ? 0 : view.nodes.reduce((sum, node) => sum + amountOf(node, coloring), 0);
  const markOf = (nodes: readonly GraphViewNode[]): Mark | null => (coloring === 'sensitivity' ? hottest(nodes, heat) : shareMark(nodes, coloring, total));
  for (const [id, box] of boxes) {
    if (box.kind === 'block') setIfAny(marks, id, markOf(box.nodes));
    else for (const node of box.nodes) setIfAny(marks, node.id, markOf([node]));
  }
  return marks;
}

function setIfAny(marks: Map<string, Mark>, id: string, mark: Mark | null): void {
  if (mark) marks.set(id, mark);
}

function shareMark(nodes: readonly GraphViewNode[], coloring: 'size' | 'macs', total: number): Mark | null {
  const amount = nodes.reduce((sum, node) => sum + amountOf(node, coloring), 0);
  if (amount === 0) return null;
  return { level: levelAt(amount / total, shareLimits), text: coloring === 'size' ? formatBytes(amount) : formatCount(amount) };
}

/** Of a block: its most sensitive layer. */
function hottest(nodes: readonly GraphViewNode[], heat: ReadonlyMap<string, Heat>): Mark | null {
  let most: Heat | null = null;
  for (const { kind, name } of nodes) {
    const own = kind === 'layer' ? heat.get(name) : undefined;
    if (own && (!most || own.kl > most.kl)) most = own;
  }
  return most && { level: most.level, text: natsText(most.kl) };
}

function amountOf(node: GraphViewNode, coloring: 'size' | 'macs'): number {
  return coloring === 'size' ? node.nbytes : node.macs;
}

function levelAt(share: number, limits: readonly number[]): HeatLevel {
  return limits.filter((limit) => share >= limit).length as HeatLevel;
}
