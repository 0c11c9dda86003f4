/** Bytes and multiplications, layer by layer. */
import type { Graph, ValueId } from '../ir/graph';
import { macsOf } from '../ops/cost';
import { layerNameOf } from '../passes/weight-sites';
import { storedBytesOf } from './stored-bytes';

export interface Totals {
  readonly bytes: number;
  readonly macs: number;
}

/** By the layer's name; what layers share counts for the first. */
export function layerTotals(graph: Graph): Map<string, Totals> {
  const macs = macsOf(graph);
  const totals = new Map<string, Totals>();
  const counted = new Set<ValueId>();
  for (const node of graph.nodes) {
    const fresh = node.inputs.filter((id): id is ValueId => id !== null && !counted.has(id));
    for (const id of fresh) counted.add(id);
    const before = totals.get(layerNameOf(node)) ?? { bytes: 0, macs: 0 };
    totals.set(layerNameOf(node), { bytes: before.bytes + storedBytesOf(fresh.map((id) => graph.values[id]!)), macs: before.macs + (macs.get(node.id) ?? 0) });
  }
  return totals;
}
