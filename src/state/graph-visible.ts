/**
 * What of a graph is drawn while some of its blocks are open: boxes, and the edges between them. A layer that only goes on with what
 * the one before it gives (a batch norm, an activation, a pool) stands below that one in the same box: the drawing is then as long as
 * the layers that compute, not as long as their list.
 */
import type { GraphBlock, GraphView, GraphViewNode } from '../engine/graph-view-types';
import type { LayoutItem, LayoutRequest } from '../worker/graph-layout-types';

/** Layers below another one in its box: more make it taller than the drawer. */
const MOST_ROWS = 5;
/** Boxes that may be shown at once: more are laid out for longer than a person waits. */
export const MOST_BOXES = 2_000;
/** Blocks are open at first while no more boxes come of it than one looks over at once. */
const MOST_AT_FIRST = 36;

export type ShownBox = { readonly kind: 'stack'; readonly nodes: readonly GraphViewNode[] } | { readonly kind: 'block'; readonly block: GraphBlock; readonly nodes: readonly GraphViewNode[] };

export interface VisibleGraph {
  readonly view: GraphView;
  readonly open: ReadonlySet<string>;
  readonly request: LayoutRequest;
  /** Stacks by their first node, closed blocks by their id, in graph order. */
  readonly boxes: ReadonlyMap<string, ShownBox>;
  /** Open blocks. */
  readonly opened: readonly GraphBlock[];
  /** The box that shows a node. */
  readonly boxOf: ReadonlyMap<string, string>;
}

export function visibleGraph(view: GraphView, open: ReadonlySet<string>): VisibleGraph {
  const blocks = new Map(view.blocks.map((block) => [block.id, block]));
  const hosts = hostsOf(view);
  const boxOf = new Map<string, string>();
  const boxes = new Map<string, { kind: 'stack' | 'block'; block: GraphBlock | null; parent: string | null; nodes: GraphViewNode[] }>();
  for (const node of view.nodes) {
    const closed = outermostClosed(node.block, blocks, open);
    const id = closed ?? hosts.get(node.id)!;
    boxOf.set(node.id, id);
    const box = boxes.get(id);
    if (box) box.nodes.push(node);
    else boxes.set(id, closed === null ? { kind: 'stack', block: null, parent: node.block, nodes: [node] } : { kind: 'block', block: blocks.get(closed)!, parent: blocks.get(closed)!.parent, nodes: [node] });
  }
  const opened = view.blocks.filter(({ id, parent }) => open.has(id) && outermostClosed(parent, blocks, open) === null);
  const items: LayoutItem[] = opened.map(({ id, parent }) => ({ id, parent, rows: 0 }));
  for (const [id, { kind, parent, nodes }] of boxes) items.push({ id, parent, rows: kind === 'stack' ? nodes.length - 1 : 0 });
  const edges = new Map<string, { from: string; to: string }>();
  for (const edge of view.edges) {
    const [from, to] = [boxOf.get(edge.from)!, boxOf.get(edge.to)!];
    if (from !== to) edges.set(JSON.stringify([from, to]), { from, to });
  }
  return {
    view,
    open,
    request: { items, open: opened.map(({ id }) => id), edges: [...edges.values()] },
    boxes: boxes as ReadonlyMap<string, ShownBox>,
    opened,
    boxOf,
  };
}

/** How many boxes these open blocks would show. */
export function countVisible(view: GraphView, open: ReadonlySet<string>): number {
  return visibleGraph(view, open).request.items.length;
}

/** All outermost blocks, when that still can be looked over. */
export function firstOpen(view: GraphView): ReadonlySet<string> {
  const outermost = new Set(view.blocks.filter(({ parent }) => parent === null).map(({ id }) => id));
  return countVisible(view, outermost) <= MOST_AT_FIRST ? outermost : new Set();
}

/** The blocks around a node, all of which are open where it is seen. */
export function blocksAround(view: GraphView, node: GraphViewNode): readonly string[] {
  const parents = new Map(view.blocks.map(({ id, parent }) => [id, parent]));
  const around: string[] = [];
  for (let at = node.block; at !== null; at = parents.get(at)!) around.push(at);
  return around;
}

function outermostClosed(block: string | null, blocks: ReadonlyMap<string, GraphBlock>, open: ReadonlySet<string>): string | null {
  let closed: string | null = null;
  for (let at = block; at !== null; at = blocks.get(at)!.parent) if (!open.has(at)) closed = at;
  return closed;
}

/** For each node the first of the box in which it stands. */
function hostsOf({ nodes, edges }: GraphView): ReadonlyMap<string, string> {
  const readers = new Map<string, number>();
  const sources = new Map<string, string[]>();
  for (const { from, to } of edges) {
    readers.set(from, (readers.get(from) ?? 0) + 1);
    const known = sources.get(to);
    if (known) known.push(from);
    else sources.set(to, [from]);
  }
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const hosts = new Map<string, string>();
  const rows = new Map<string, number>();
  for (const node of nodes) {
    hosts.set(node.id, node.id);
    const [before, ...others] = sources.get(node.id) ?? [];
    if (before === undefined || others.length > 0 || readers.get(before) !== 1 || !isLight(node)) continue;
    const host = hosts.get(before)!;
    const count = rows.get(host) ?? 0;
    const above = byId.get(before)!;
    if (above.kind !== 'layer' || above.block !== node.block || count === MOST_ROWS) continue;
    hosts.set(node.id, host);
    rows.set(host, count + 1);
  }
  return hosts;
}

/** Nothing to compute, and at most a scale and a shift to keep. */
function isLight({ kind, op, macs, parameters }: GraphViewNode): boolean {
  return kind === 'layer' && macs === 0 && (parameters === 0 || op.endsWith('-norm') || op === 'prelu');
}
