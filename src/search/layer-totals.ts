/** Bytes, multiplications and times, layer by layer. */
import type { Graph, ValueId } from '../ir/graph';
import { macsOf } from '../ops/cost';
import { layerNameOf } from '../passes/weight-sites';
import { storedBytesOf } from './stored-bytes';

export interface Totals {
  readonly bytes: number;
  readonly macs: number;
  /** Milliseconds by the table of operators; 0: not asked for. */
  readonly ms: number;
}

/** By the layer's name; what layers share counts for the first. */
export function layerTotals(graph: Graph, times: ReadonlyMap<string, number> = new Map()): Map<string, Totals> {
  const macs = macsOf(graph);
  const totals = new Map<string, Totals>();
  const counted = new Set<ValueId>();
  for (const node of graph.nodes) {
    const fresh = node.inputs.filter((id): id is ValueId => id !== null && !counted.has(id));
    for (const id of fresh) counted.add(id);
    const before = totals.get(layerNameOf(node)) ?? NOTHING;
    totals.set(layerNameOf(node), {
      bytes: before.bytes + storedBytesOf(fresh.map((id) => graph.values[id]!)),
      macs: before.macs + (macs.get(node.id) ?? 0),
      ms: before.ms + (times.get(node.id) ?? 0),
    });
  }
  return totals;
}

export function sumOf(totals: ReadonlyMap<string, Totals>): Totals {
  return [...totals.values()].reduce((sum, { bytes, macs, ms }) => ({ bytes: sum.bytes + bytes, macs: sum.macs + macs, ms: sum.ms + ms }), NOTHING);
}

export const NOTHING: Totals = { bytes: 0, macs: 0, ms: 0 };
