/** Rows of a layer's input now and in the reference, at the same places of the same examples. */
import type { Graph } from '../../ir/graph';
import { decodeFloats } from '../../ir/tensor';
import type { Batch } from '../../runtime/backend';
import { linearLayout, sampleRows, type RowNode, type SampledRows } from '../linear-rows';
import type { CalibrationExamples, PassContext } from '../pass';
import { forEachValue } from '../value-means';

export interface LayerPair {
  readonly now: Graph;
  readonly node: RowNode;
  readonly reference: Graph;
  readonly original: RowNode;
}

export interface LayerRows {
  readonly now: SampledRows;
  readonly wanted: SampledRows;
  /** The kernel of the reference. */
  readonly original: Float32Array;
}

/** Most rows of a layer: beyond, the error on rows not seen hardly falls. */
const MOST_ROWS = 8192;
/** Most numbers in the rows of a layer: 64 MiB, twice. */
const MOST_ROW_ELEMENTS = 1 << 24;

export async function layerRows(pair: LayerPair, context: PassContext & { readonly examples: CalibrationExamples }, samples: number): Promise<LayerRows> {
  const { now, node, reference, original } = pair;
  const shape = now.values[node.inputs[1]!]!.tensor!.shape;
  const count = Math.min(samples, context.examples.count);
  const { rowLength, groups } = linearLayout(node, shape);
  const mostRows = Math.max(1, Math.min(MOST_ROWS, Math.floor(MOST_ROW_ELEMENTS / (rowLength * groups))));
  const collect = async (graph: Graph, of: RowNode): Promise<SampledRows> => {
    const parts: SampledRows[] = [];
    let seen = 0;
    await forEachValue(graph, [of.inputs[0]!], context, count, (_id, batch: Batch) => {
      // A share of the rows for each example; the seed makes the places the same in both graphs.
      const share = Math.floor(((seen + batch.shape[0]!) * mostRows) / count) - Math.floor((seen * mostRows) / count);
      parts.push(sampleRows(of, shape, batch, share, context.seed + seen));
      seen += batch.shape[0]!;
    });
    return joined(parts);
  };
  return { now: await collect(now, node), wanted: await collect(reference, original), original: decodeFloats(reference.values[original.inputs[1]!]!.tensor!) };
}

function joined(parts: readonly SampledRows[]): SampledRows {
  const total = parts.reduce((sum, { patches }) => sum + patches.length, 0);
  const patches = new Float32Array(total);
  let at = 0;
  for (const part of parts) {
    patches.set(part.patches, at);
    at += part.patches.length;
  }
  // Places are only counted from here on.
  return { patches, positions: new Uint32Array(parts.reduce((sum, { positions }) => sum + positions.length, 0)), channels: parts[0]!.channels };
}
