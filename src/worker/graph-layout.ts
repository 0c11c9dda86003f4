/**
 * Where boxes stand and how edges run, from left to right. Each open block is laid out by itself and stands as one box in the level
 * around it, so that opening one moves little, and no drawing is ever as large as the whole graph. Edges cross the border of a block
 * at ports: small boxes of no size, inputs in the first column and outputs in the last.
 */
import { Graph, layout } from '@dagrejs/dagre';
import { BLOCK_HEADER, BLOCK_PADDING, NODE_HEIGHT, NODE_WIDTH, ROW_HEIGHT, type GraphLayout, type LayoutItem, type LayoutRequest, type PlacedBox, type PlacedEdge } from './graph-layout-types';

const BETWEEN_COLUMNS = 36;
const BETWEEN_ROWS = 14;
const BETWEEN_EDGES = 10;
/** Holds the ports in the first and the last column, whatever their edges weigh. */
const PORT_WEIGHT = 1000;

export function layoutGraph({ items, open, edges }: LayoutRequest): GraphLayout {
  const tree = levelsOf(items, new Set(open), edges);
  const placed = new Map<string | null, Level>();
  // Inner ones first: their sizes are known then.
  for (const parent of [...tree.keys()].toReversed()) placed.set(parent, placeLevel(tree.get(parent)!, placed));
  const boxes: PlacedBox[] = [];
  const drawn: PlacedEdge[] = [];
  const collect = (parent: string | null, dx: number, dy: number): void => {
    const level = placed.get(parent)!;
    for (const box of level.boxes) {
      boxes.push({ ...box, x: box.x + dx, y: box.y + dy });
      if (placed.has(box.id)) collect(box.id, box.x + dx, box.y + dy);
    }
    for (const edge of level.edges) drawn.push({ ...edge, points: edge.points.map((value, i) => value + (i % 2 === 0 ? dx : dy)) });
  };
  collect(null, 0, 0);
  const { width, height } = placed.get(null)!;
  return { width, height, boxes, edges: drawn };
}

/** What lies directly in one block, or outside of all (null). */
interface Content {
  readonly parent: string | null;
  readonly children: LayoutItem[];
  readonly pieces: Map<string, Piece>;
}

/** From a child (null: from the border) to a child (null: to the border); `source` is the box where the edge really begins. */
interface Piece {
  readonly start: string | null;
  readonly end: string | null;
  readonly source: string;
  readonly to: string[];
}

interface Level {
  readonly width: number;
  readonly height: number;
  readonly boxes: readonly PlacedBox[];
  readonly edges: readonly PlacedEdge[];
  /** How far below its top the edges of a source come in and go out. */
  readonly entries: ReadonlyMap<string, number>;
  readonly exits: ReadonlyMap<string, number>;
}

function levelsOf(items: readonly LayoutItem[], open: ReadonlySet<string>, edges: LayoutRequest['edges']): Map<string | null, Content> {
  const levels = new Map<string | null, Content>([[null, { parent: null, children: [], pieces: new Map() }]]);
  const parents = new Map<string, string | null>();
  for (const item of items) {
    const { id, parent } = item;
    parents.set(id, parent);
    levels.get(parent)!.children.push(item);
    if (open.has(id)) levels.set(id, { parent, children: [], pieces: new Map() });
  }
  /** For each block around a box, the outermost (null) first: which of its children holds the box. */
  const wayTo = (id: string): Map<string | null, string> => {
    const way = new Map<string | null, string>();
    for (let at: string | null = id; at !== null; at = parents.get(at)!) way.set(parents.get(at)!, at);
    return way;
  };
  for (const { from, to } of edges) {
    const start = wayTo(from);
    const end = wayTo(to);
    for (const level of new Set([...start.keys(), ...end.keys()])) {
      const piece = { start: start.get(level) ?? null, end: end.get(level) ?? null, source: from };
      if (piece.start === piece.end) continue;
      const key = JSON.stringify([piece.start, piece.end, from]);
      const { pieces } = levels.get(level)!;
      const known = pieces.get(key);
      if (known) known.to.push(to);
      else pieces.set(key, { ...piece, to: [to] });
    }
  }
  return levels;
}

function placeLevel({ parent, children, pieces }: Content, inner: ReadonlyMap<string | null, Level>): Level {
  const graph = new Graph({ multigraph: true });
  graph.setGraph({ rankdir: 'LR', nodesep: BETWEEN_ROWS, ranksep: BETWEEN_COLUMNS, edgesep: BETWEEN_EDGES });
  for (const { id, rows } of children) {
    const { width, height } = inner.get(id) ?? { width: NODE_WIDTH, height: NODE_HEIGHT + rows * ROW_HEIGHT };
    graph.setNode(id, { width, height });
  }
  const list = [...pieces.values()];
  list.forEach(({ start, end, source }, i) => {
    const first = start ?? portNode(graph, IN, source);
    const last = end ?? portNode(graph, OUT, source);
    graph.setEdge(first, last, { weight: 1, minlen: 1 }, String(i));
  });
  layout(graph);
  return readLevel(graph, parent, list, inner, children.map(({ id }) => id));
}

const IN = 'in/';
const OUT = 'out/';
const NO_SIZE = { width: 1, height: 1 };

/** All inputs hang on one node before them and all outputs on one behind them, so that each side is one column. */
function portNode(graph: Graph, side: string, source: string): string {
  const id = `${side}${source}`;
  if (graph.hasNode(id)) return id;
  graph.setNode(side, NO_SIZE);
  graph.setNode(id, { ...NO_SIZE });
  if (side === IN) graph.setEdge(side, id, { weight: PORT_WEIGHT, minlen: 1 });
  else graph.setEdge(id, side, { weight: PORT_WEIGHT, minlen: 1 });
  return id;
}

function readLevel(graph: Graph, parent: string | null, pieces: readonly Piece[], inner: ReadonlyMap<string | null, Level>, children: readonly string[]): Level {
  const raw = children.map((id) => {
    const { x, y, width, height } = graph.node(id) as PlacedBox;
    return { id, x: x - width / 2, y: y - height / 2, width, height };
  });
  const padding = parent === null ? 0 : BLOCK_PADDING;
  const dx = padding - Math.min(...raw.map(({ x }) => x));
  const lowest = [...raw.map(({ y }) => y), ...portsOf(graph).map((id) => graph.node(id).y!)];
  const dy = padding + (parent === null ? 0 : BLOCK_HEADER) - Math.min(...lowest);
  const boxes = raw.map((box) => ({ ...box, x: box.x + dx, y: box.y + dy }));
  const byId = new Map(boxes.map((box) => [box.id, box]));
  const width = Math.max(...boxes.map((box) => box.x + box.width)) + padding;
  const height = Math.max(...boxes.map((box) => box.y + box.height), ...portsOf(graph).map((id) => graph.node(id).y! + dy)) + padding;
  const entries = new Map<string, number>();
  const exits = new Map<string, number>();
  for (const id of portsOf(graph)) {
    const y = graph.node(id).y! + dy;
    if (id.startsWith(IN)) entries.set(id.slice(IN.length), y);
    else exits.set(id.slice(OUT.length), y);
  }
  const edges = pieces.map(({ start, end, source, to }, i): PlacedEdge => {
    // The ends and the points beside them lie between the columns, where ends that are not in the middle of a box have their own way.
    const bends = (graph.edge(start ?? IN + source, end ?? OUT + source, String(i)).points as { x: number; y: number }[]).slice(2, -2);
    const first = start === null ? [0, entries.get(source)!] : leave(byId.get(start)!, inner.get(start)?.exits.get(source));
    const last = end === null ? [width, exits.get(source)!] : arrive(byId.get(end)!, inner.get(end)?.entries.get(source));
    return { from: source, to, points: [...first, ...bends.flatMap((bend) => [bend.x + dx, bend.y + dy]), ...last] };
  });
  return { width, height, boxes, edges, entries, exits };
}

function portsOf(graph: Graph): string[] {
  return graph.nodes().filter((id) => (id.startsWith(IN) && id !== IN) || (id.startsWith(OUT) && id !== OUT));
}

function leave(box: PlacedBox, below = box.height / 2): [number, number] {
  return [box.x + box.width, box.y + below];
}

function arrive(box: PlacedBox, below = box.height / 2): [number, number] {
  return [box.x, box.y + below];
}
