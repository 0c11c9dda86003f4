/**
 * The part of a changed graph that must be computed again when inner values of the original are kept: the nodes that differ, all that
 * depend on them, and before those, what makes values that were not kept.
 */
import { dropUnusedValues } from '../ir/edit';
import type { Graph, Node, ValueId } from '../ir/graph';

export interface Suffix {
  /** Its inputs are kept values of the original; its outputs those outputs that may have changed. */
  readonly graph: Graph;
  /** Which outputs of the whole graph those are. */
  readonly outputs: readonly number[];
}

/** Null: nothing differs. `isKept` is true for inputs of the original. */
export function suffixOf(original: Graph, changed: Graph, isKept: (id: ValueId) => boolean): Suffix | null {
  const differing = differingValues(original, changed);
  const outputs = changed.outputs.flatMap((id, i) => (differing.has(id) || id !== original.outputs[i] ? [i] : []));
  if (outputs.length === 0) return null;
  const needed = new Set(outputs.map((i) => changed.outputs[i]!));
  const inputs = new Set<ValueId>();
  const nodes: Node[] = [];
  for (const node of changed.nodes.toReversed()) {
    const wanted = node.outputs.filter((id) => needed.has(id));
    if (wanted.length === 0) continue;
    if (wanted.every((id) => !differing.has(id) && isKept(id))) {
      for (const id of wanted) inputs.add(id);
      continue;
    }
    nodes.push(node);
    for (const id of node.inputs) if (id !== null) needed.add(id);
  }
  for (const id of changed.inputs) if (needed.has(id)) inputs.add(id);
  const made = new Set(nodes.flatMap((node) => node.outputs));
  // A kept value that is computed again anyway is no input.
  const ids = [...inputs].filter((id) => !made.has(id));
  const graph: Graph = {
    ...changed,
    inputs: ids,
    inputNames: ids,
    outputs: outputs.map((i) => changed.outputs[i]!),
    outputNames: outputs.map((i) => changed.outputNames[i]!),
    nodes: nodes.toReversed(),
  };
  return { graph: dropUnusedValues(graph), outputs };
}

/** What each layer reads and what runs beside it: the values without which the graph from the layer on cannot be computed. */
export function inputsOfSuffix(graph: Graph, first: Node): ValueId[] {
  const after = new Set<ValueId>(first.outputs);
  const read = new Set<ValueId>(first.inputs.filter((id): id is ValueId => id !== null));
  for (const node of graph.nodes) {
    if (!node.inputs.some((id) => id !== null && after.has(id))) continue;
    for (const id of node.outputs) after.add(id);
    for (const id of node.inputs) if (id !== null) read.add(id);
  }
  return [...read].filter((id) => !after.has(id) && !graph.values[id]!.tensor);
}

function differingValues(original: Graph, changed: Graph): Set<ValueId> {
  const before = new Map(original.nodes.map((node) => [node.id, node]));
  const differing = new Set<ValueId>();
  for (const node of changed.nodes) {
    const other = before.get(node.id);
    const isSame =
      other !== undefined &&
      isSameNode(other, node) &&
      node.inputs.every((id) => id === null || (!differing.has(id) && original.values[id]?.tensor === changed.values[id]?.tensor)) &&
      node.outputs.every((id) => original.values[id]?.quantization === changed.values[id]?.quantization);
    if (!isSame) for (const id of node.outputs) differing.add(id);
  }
  return differing;
}

function isSameNode(a: Node, b: Node): boolean {
  if (a === b) return true;
  const contentOf = ({ op, inputs, outputs, attributes }: Node): string => JSON.stringify([op, inputs, outputs, attributes]);
  return contentOf(a) === contentOf(b);
}
