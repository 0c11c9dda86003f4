/** Questions about how a graph hangs together. */
import type { Graph, Node, ValueId } from './graph';

/** Which node makes each value; constants and inputs are absent. */
export function producersOf(graph: Graph): Map<ValueId, Node> {
  const producers = new Map<ValueId, Node>();
  for (const node of graph.nodes) for (const id of node.outputs) producers.set(id, node);
  return producers;
}

/** Which nodes read each value, in order; a node that reads it twice stands there twice. */
export function consumersOf(graph: Graph): Map<ValueId, Node[]> {
  const consumers = new Map<ValueId, Node[]>();
  for (const node of graph.nodes) {
    for (const id of node.inputs) {
      if (id === null) continue;
      const readers = consumers.get(id);
      if (readers) readers.push(node);
      else consumers.set(id, [node]);
    }
  }
  return consumers;
}

/** The single reader of a value that is no output of the graph, or undefined. */
export function onlyConsumer(graph: Graph, consumers: ReadonlyMap<ValueId, readonly Node[]>, id: ValueId): Node | undefined {
  if (graph.outputs.includes(id)) return undefined;
  const readers = consumers.get(id);
  return readers?.length === 1 ? readers[0] : undefined;
}

/** True for a value that stands still. */
export function isConstant(graph: Graph, id: ValueId | null | undefined): boolean {
  return id !== null && id !== undefined && graph.values[id]?.tensor !== undefined;
}

/** Ids of values that some node or output reads, or that are inputs. */
export function usedValues(graph: Graph): Set<ValueId> {
  const used = new Set<ValueId>([...graph.inputs, ...graph.outputs]);
  for (const node of graph.nodes) {
    for (const id of node.inputs) if (id !== null) used.add(id);
    for (const id of node.outputs) used.add(id);
  }
  return used;
}
