/** Nodes that one call of a Keras layer became, what they read and what of theirs is read. */
import type { Graph, LayerSource, Node, ValueId } from '../../ir/graph';
import { isConstant } from '../../ir/walk';
import type { ExternalValues } from './call-candidates';

export function groupKey(source: LayerSource): string {
  return `${source.call} ${source.path}`;
}

/** The nodes of each call of each layer. */
export function groupNodes(graph: Graph): Map<string, Node[]> {
  const groups = new Map<string, Node[]>();
  for (const node of graph.nodes) {
    if (!node.layer) continue;
    const key = groupKey(node.layer);
    const group = groups.get(key);
    if (group) group.push(node);
    else groups.set(key, [node]);
  }
  return groups;
}

/** What others read of a group. Masks are left out: Keras passes them on beside the tensors. */
export function neededOutputs(graph: Graph, nodes: readonly Node[], consumers: ReadonlyMap<ValueId, readonly Node[]>): ValueId[] {
  const own = new Set(nodes.map((node) => node.id));
  return nodes.flatMap((node) =>
    node.outputs.filter((id) => {
      if (graph.outputs.includes(id)) return true;
      return graph.values[id]!.dtype !== 'bool' && (consumers.get(id) ?? []).some((reader) => !own.has(reader.id));
    }),
  );
}

/** What a group reads of others, constants apart. */
export function externalReads(graph: Graph, nodes: readonly Node[]): ExternalValues {
  const own = new Set(nodes.flatMap((node) => node.outputs));
  const all = nodes.flatMap((node) => node.inputs.filter((id): id is ValueId => id !== null && !own.has(id) && !isConstant(graph, id)));
  const isMask = (id: ValueId): boolean => graph.values[id]!.dtype === 'bool';
  return { reads: all.filter((id) => !isMask(id)), masks: [...new Set(all.filter(isMask))] };
}
