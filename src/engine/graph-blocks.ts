/**
 * Blocks that fold a large graph: first by names (`block_3/…`, `conv4_block2_…`), as whoever built the model thought of it; what is
 * still too much to look at then is cut into runs, where the fewest values cross the cut. A block is only made of layers that hang
 * together, and never of layers that others stand between.
 */
import { topologicalOrder } from './graph-order';
import type { GraphBlock, GraphViewEdge, GraphViewNode } from './graph-view-types';

/** A graph of up to this many boxes is looked at as it is. */
const MOST_UNFOLDED = 40;
/** The smallest part that is worth a box of its own. */
const FEWEST_IN_BLOCK = 3;
/** Names in common over more layers than this say a part of the model that has parts itself. */
const MOST_IN_BLOCK = 24;
/** A part that is nearly all of what it lies in folds nothing that anyone wants folded. */
const LARGEST_SHARE = 0.8;
/** Boxes of the outermost level before they are cut into runs, and the lengths of those. */
const MOST_OUTERMOST = 60;
const SHORTEST_RUN = 6;
const LONGEST_RUN = 20;
const USUAL_RUN = 12;

export interface Blocks {
  readonly blocks: readonly GraphBlock[];
  /** Nodes outside of every block are absent. */
  readonly blockOf: ReadonlyMap<string, string>;
}

/** `nodes` come in topological order. */
export function blocksOf(nodes: readonly Named[], edges: readonly GraphViewEdge[]): Blocks {
  if (nodes.length <= MOST_UNFOLDED) return { blocks: [], blockOf: new Map() };
  const place = new Map(nodes.map(({ id }, index) => [id, index]));
  const before: number[][] = nodes.map(() => []);
  for (const { from, to } of edges) before[place.get(to)!]!.push(place.get(from)!);
  const named = withoutCircles(namedParts(nodes, before), before);
  const parts = runsOf(named, nodes, before);
  return labelled(parts, nodes);
}

type Named = Pick<GraphViewNode, 'id' | 'kind' | 'name'>;

/** Boxes by their places, ascending; without a name of its own the label is empty. */
interface Part {
  readonly label: string;
  readonly members: readonly number[];
}

/** Parts whose layers have the beginning of their names in common: inner ones and those that hold several of them. */
function namedParts(nodes: readonly Named[], before: readonly (readonly number[])[]): Part[] {
  const byPrefix = new Map<string, number[]>();
  nodes.forEach(({ kind, name }, index) => {
    if (kind !== 'layer') return;
    for (const prefix of prefixesOf(name)) {
      const members = byPrefix.get(prefix);
      if (members) members.push(index);
      else byPrefix.set(prefix, [index]);
    }
  });
  const parts: Part[] = [];
  const visit = (prefixes: readonly string[], within: number): number => {
    let found = 0;
    for (const prefix of prefixes) {
      const members = byPrefix.get(prefix)!;
      if (members.length < FEWEST_IN_BLOCK) continue;
      const isTight = members.length <= within * LARGEST_SHARE && hangsTogether(members, before) && isUnbroken(members, before);
      if (isTight && members.length <= MOST_IN_BLOCK) {
        parts.push({ label: prefix, members });
        found += 1;
        continue;
      }
      const place = parts.length;
      const inner = visit(childrenOf.get(prefix) ?? [], isTight ? members.length : within);
      if (isTight && inner > 1) parts.splice(place, 0, { label: prefix, members });
      found += isTight && inner > 1 ? 1 : inner;
    }
    return found;
  };
  const childrenOf = new Map<string, string[]>();
  for (const prefix of byPrefix.keys()) {
    const parent = parentPrefix(prefix);
    const siblings = childrenOf.get(parent);
    if (siblings) siblings.push(prefix);
    else childrenOf.set(parent, [prefix]);
  }
  visit(childrenOf.get('') ?? [], nodes.length);
  return parts;
}

/** Longest names are cut: a hostile file must not make a tree of a million letters. */
const LONGEST_NAME = 200;

/** `block_3/conv` → `block`, `block_3`: all but the whole name. Names of TensorFlow Lite list several tensors; the first counts. */
function prefixesOf(name: string): string[] {
  const first = name.split(';', 1)[0]!.slice(0, LONGEST_NAME);
  return [...first.matchAll(/[_/]/g)].map(({ index }) => first.slice(0, index)).filter((prefix) => prefix !== '');
}

function parentPrefix(prefix: string): string {
  return prefixesOf(prefix).at(-1) ?? '';
}

/** True when one can walk from each to each along edges between them. */
function hangsTogether(members: readonly number[], before: readonly (readonly number[])[]): boolean {
  const root = new Map(members.map((member) => [member, member]));
  const find = (member: number): number => {
    let at = member;
    while (root.get(at) !== at) at = root.get(at)!;
    root.set(member, at);
    return at;
  };
  let parts = members.length;
  for (const member of members) {
    for (const read of before[member]!) {
      if (!root.has(read) || find(read) === find(member)) continue;
      root.set(find(read), find(member));
      parts -= 1;
    }
  }
  return parts === 1;
}

/** True when no way leads out of it and in again. */
function isUnbroken(members: readonly number[], before: readonly (readonly number[])[]): boolean {
  const inside = new Set(members);
  const behind = new Set<number>();
  for (let index = members[0]!; index <= members.at(-1)!; index++) {
    const isBehind = before[index]!.some((read) => behind.has(read));
    if (inside.has(index)) {
      if (isBehind) return false;
    } else if (isBehind || before[index]!.some((read) => inside.has(read))) behind.add(index);
  }
  return true;
}

/** Two parts may each be unbroken and still wait for each other: then neither is folded. */
function withoutCircles(parts: readonly Part[], before: readonly (readonly number[])[]): Part[] {
  let kept = [...parts];
  for (;;) {
    const outermost = outermostOf(kept, before.length);
    const { cycle } = topologicalOrder(contract(outermost, before));
    if (!cycle) break;
    const broken = new Set(cycle.map((index) => outermost[index]!.part));
    kept = kept.filter((part) => !broken.has(part));
  }
  return kept;
}

/** What is drawn while everything is closed: a part or a single box. */
interface Item {
  readonly part: Part | null;
  readonly members: readonly number[];
}

/** In the order of their first boxes. */
function outermostOf(parts: readonly Part[], count: number): Item[] {
  const partOf: (Part | undefined)[] = Array.from({ length: count });
  // The largest last: it covers those within.
  for (const part of parts.toSorted((a, b) => a.members.length - b.members.length)) for (const member of part.members) partOf[member] = part;
  const seen = new Set<Part>();
  const items: Item[] = [];
  partOf.forEach((part, index) => {
    if (!part) items.push({ part: null, members: [index] });
    else if (!seen.has(part)) items.push({ part, members: part.members });
    if (part) seen.add(part);
  });
  return items;
}

/** For each item the items that it reads. */
function contract(items: readonly Item[], before: readonly (readonly number[])[]): number[][] {
  const itemOf: number[] = Array.from({ length: before.length });
  items.forEach(({ members }, index) => {
    for (const member of members) itemOf[member] = index;
  });
  return items.map(({ members }, index) => {
    const read = new Set(members.flatMap((member) => before[member]!.map((other) => itemOf[other]!)));
    read.delete(index);
    return [...read];
  });
}

/** Joins neighbours until the outermost level can be looked at. Runs of a topological order never wait for each other. */
function runsOf(named: readonly Part[], nodes: readonly Named[], before: readonly (readonly number[])[]): Part[] {
  const parts = [...named];
  for (;;) {
    const items = outermostOf(parts, nodes.length);
    if (items.length <= MOST_OUTERMOST) return parts;
    const read = contract(items, before);
    const { order } = topologicalOrder(read);
    const runs = cutAtFewest(order, read).filter((run) => run.length > 1);
    const isPort = (index: number): boolean => nodes[items[index]!.members[0]!]!.kind !== 'layer';
    const joined = runs.map((run) => run.filter((index) => !isPort(index))).filter((run) => run.length > 1);
    if (joined.length === 0) return parts;
    for (const run of joined) parts.push({ label: '', members: run.flatMap((index) => items[index]!.members).toSorted((a, b) => a - b) });
  }
}

/** Runs of SHORTEST_RUN to LONGEST_RUN items, ended where the fewest items before are still read later. */
function cutAtFewest(order: readonly number[], read: readonly (readonly number[])[]): number[][] {
  const place = new Map(order.map((item, at) => [item, at]));
  const lastRead = order.map((_, at) => at);
  for (const [item, others] of read.entries()) for (const other of others) lastRead[place.get(other)!] = Math.max(lastRead[place.get(other)!]!, place.get(item)!);
  const starts = new Int32Array(order.length + 1);
  lastRead.forEach((last, at) => {
    starts[at] = starts[at]! + 1;
    starts[last] = starts[last]! - 1;
  });
  // crossing[at]: items up to `at` that something after it reads.
  const crossing = [...starts];
  for (let at = 1; at < crossing.length; at++) crossing[at] = crossing[at]! + crossing[at - 1]!;
  const runs: number[][] = [];
  for (let start = 0; start < order.length; ) {
    let end = Math.min(start + SHORTEST_RUN, order.length) - 1;
    if (order.length - start <= LONGEST_RUN) end = order.length - 1;
    else {
      const cost = (at: number): number => crossing[at]! + Math.abs(at + 1 - start - USUAL_RUN) / LONGEST_RUN;
      for (let at = end + 1; at < start + LONGEST_RUN; at++) if (cost(at) < cost(end)) end = at;
    }
    runs.push(order.slice(start, end + 1));
    start = end + 1;
  }
  return runs;
}

/** Ids, labels and parents: of two parts around a box the smaller one lies within the larger one. */
function labelled(parts: readonly Part[], nodes: readonly Named[]): Blocks {
  const blockOf = new Map<string, string>();
  const outerFirst = parts.toSorted((a, b) => b.members.length - a.members.length);
  const innermost = new Map<number, string>();
  const known = new Map<string, number>();
  const blocks = outerFirst.map((part): GraphBlock => {
    const label = part.label || runLabel(part, nodes);
    // By its name, so that the block that a recipe changed is the same block.
    const count = known.get(label) ?? 0;
    known.set(label, count + 1);
    const id = `block/${label}${count > 0 ? `#${count}` : ''}`;
    const parent = innermost.get(part.members[0]!) ?? null;
    for (const member of part.members) innermost.set(member, id);
    return { id, label, parent };
  });
  for (const [member, block] of innermost) blockOf.set(nodes[member]!.id, block);
  return { blocks, blockOf };
}

function runLabel({ members }: Part, nodes: readonly Named[]): string {
  return `${nodes[members[0]!]!.name} … ${nodes[members.at(-1)!]!.name}`;
}
