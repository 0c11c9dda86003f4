/**
 * Which activations share a grid. Operators that move numbers want one grid in and out, so their values form groups; a
 * group's range is the union of what its sources hold. An input is let go, to be requantized before the node, when
 *
 * 1. its grid is fixed by the operator that makes it, and other inputs are not on the same, or
 * 2. others read it too, and the group's range is more than UNEQUAL_RANGES times its own: they would lose over a bit of it.
 */
import type { Graph, Node, ValueId } from '../../ir/graph';
import { realRange, sameGrid, type Quantization } from '../../ir/quantization';
import { decodeFloats } from '../../ir/tensor';
import { consumersOf } from '../../ir/walk';
import { fixedGridOf, floatActivations, floatConstants, integerRules } from '../../ops/integer-rules';
import type { OpName } from '../../ops/signatures';

/** More than this factor between ranges costs the finer one over a bit. */
const UNEQUAL_RANGES = 2.5;

export interface Group {
  /** Values whose observations make the range. */
  readonly sources: readonly ValueId[];
  /** Numbers of constants on the same grid; the range holds them. */
  readonly constants: readonly number[];
  readonly fixed: Quantization | undefined;
  readonly values: readonly ValueId[];
}

export interface Groups {
  groupOf(id: ValueId): Group;
  /** Inputs of a node that are requantized to the grid of its output. */
  isLoose(node: Node, id: ValueId): boolean;
  readonly all: readonly Group[];
}

/**
 * Maxima keep their order under clamping: what they drop needs no place in the range. So a value that only such a node reads takes
 * the range of that node's output.
 */
const LATTICE_OPS: ReadonlySet<OpName> = new Set<OpName>(['max-pool', 'maximum', 'minimum', 'max', 'min']);

/** The activations to observe for a graph's integer nodes, before ranges are known. `others` get a grid whoever reads them. */
export function sourcesOf(graph: Graph, integer: ReadonlySet<string>, others: readonly ValueId[]): ValueId[] {
  const consumers = consumersOf(graph);
  const made = new Map<ValueId, Node>();
  for (const node of graph.nodes) for (const id of node.outputs) made.set(id, node);
  const sources = new Set<ValueId>();
  const consider = (id: ValueId): void => {
    const maker = made.get(id);
    const isSource = !maker || !integer.has(maker.id) || integerRules[maker.op].kind !== 'same' || LATTICE_OPS.has(maker.op);
    const isFixed = maker && integer.has(maker.id) && integerRules[maker.op].kind === 'fixed';
    if (isSource && !isFixed && !isDroppedByOrder(graph, consumers, integer, id)) sources.add(id);
  };
  for (const node of graph.nodes) {
    if (!integer.has(node.id)) continue;
    const { inputs, outputs } = floatActivations(graph, node);
    for (const id of [...inputs, ...outputs]) consider(id);
  }
  for (const id of others) consider(id);
  return [...sources];
}

function isDroppedByOrder(graph: Graph, consumers: ReadonlyMap<ValueId, readonly Node[]>, integer: ReadonlySet<string>, id: ValueId): boolean {
  const readers = consumers.get(id) ?? [];
  return readers.length === 1 && LATTICE_OPS.has(readers[0]!.op) && integer.has(readers[0]!.id) && !graph.outputs.includes(id) && !graph.inputs.includes(id);
}

interface Draft {
  parent: Draft | null;
  sources: ValueId[];
  constants: number[];
  fixed: Quantization | undefined;
  values: ValueId[];
  width: number;
}

/** `extent` gives an observed value's smallest and largest number. */
export function groupValues(
  graph: Graph,
  integer: ReadonlySet<string>,
  dtype: Quantization['dtype'],
  extent: (id: ValueId) => readonly [number, number] | undefined,
  others: readonly ValueId[],
): Groups {
  const drafts = new Map<ValueId, Draft>();
  const loose = new Set<string>();
  const readers = consumersOf(graph);
  const draftOf = (id: ValueId): Draft => {
    let draft = drafts.get(id);
    if (!draft) {
      const range = extent(id);
      draft = { parent: null, sources: range ? [id] : [], constants: [], fixed: undefined, values: [id], width: range ? range[1] - range[0] : 0 };
      drafts.set(id, draft);
    }
    return rootOf(draft);
  };
  for (const node of graph.nodes) {
    if (!integer.has(node.id)) continue;
    const { inputs, outputs } = floatActivations(graph, node);
    for (const id of [...inputs, ...outputs]) draftOf(id);
    const fixed = fixedGridOf(node.op, dtype);
    if (fixed) for (const id of outputs) draftOf(id).fixed = fixed;
    if (integerRules[node.op].kind !== 'same') continue;
    const constants = rangeConstants(graph, node);
    const distinct = [...new Set(inputs)];
    const tied = tiedInputs(distinct, constants, draftOf, (id) => (readers.get(id)?.length ?? 0) > 1);
    for (const id of distinct) if (!tied.includes(id)) loose.add(`${node.id}\n${id}`);
    const target = draftOf(outputs[0]!);
    for (const id of [...tied, ...outputs.slice(1)]) unite(target, draftOf(id));
    const root = rootOf(target);
    root.constants.push(...constants);
    // What was let go still flows into this grid.
    for (const id of distinct) {
      if (tied.includes(id)) continue;
      const from = draftOf(id);
      root.sources.push(...from.sources);
      root.constants.push(...from.constants, ...fixedEnds(from.fixed));
    }
    root.width = Math.max(root.width, ...distinct.map((id) => draftOf(id).width));
  }
  for (const id of others) draftOf(id);
  const roots = new Set([...drafts.values()].map(rootOf));
  return {
    all: [...roots],
    groupOf: (id) => rootOf(drafts.get(id)!),
    isLoose: (node, id) => loose.has(`${node.id}\n${id}`),
  };
}

function rootOf(draft: Draft): Draft {
  let root = draft;
  while (root.parent) root = root.parent;
  return root;
}

function unite(a: Draft, b: Draft): void {
  const [to, from] = [rootOf(a), rootOf(b)];
  if (to === from) return;
  from.parent = to;
  to.sources.push(...from.sources);
  to.constants.push(...from.constants);
  to.values.push(...from.values);
  to.fixed ??= from.fixed;
  to.width = Math.max(to.width, from.width);
}

function tiedInputs(inputs: readonly ValueId[], constants: readonly number[], draftOf: (id: ValueId) => Draft, isShared: (id: ValueId) => boolean): ValueId[] {
  const first = inputs[0] === undefined ? undefined : draftOf(inputs[0]).fixed;
  const allFixed = inputs.every((id) => draftOf(id).fixed && sameGrid(draftOf(id).fixed, first));
  if (allFixed && constants.every((value) => value === 0)) return [...inputs];
  const width = Math.max(...inputs.map((id) => draftOf(id).width));
  return inputs.filter((id) => {
    const draft = draftOf(id);
    if (draft.fixed) return false;
    return inputs.length === 1 || !isShared(id) || width <= UNEQUAL_RANGES * draft.width;
  });
}

/** Ends of constants that flow into a shared grid. Maxima clamp theirs: beyond the range they change nothing. */
function rangeConstants(graph: Graph, node: Node): number[] {
  if (LATTICE_OPS.has(node.op)) return [];
  const numbers = floatConstants(graph, node).flatMap(({ id }) => endsOf(decodeFloats(graph.values[id]!.tensor!)));
  return node.op === 'pad' && node.attributes.value !== 0 ? [...numbers, node.attributes.value] : numbers;
}

function endsOf(data: Float32Array): number[] {
  let low = 0;
  let high = 0;
  for (const x of data) {
    if (x < low) low = x;
    if (x > high) high = x;
  }
  return [low, high];
}

function fixedEnds(fixed: Quantization | undefined): number[] {
  return fixed ? [...realRange(fixed)] : [];
}
