/** Runs the original once over the examples and keeps what suffixes of it start from, within a bound of memory. */
import type { Graph, Node, ValueId } from '../ir/graph';
import { consumersOf } from '../ir/walk';
import { throwIfCancelled } from '../lib/errors';
import { macsOf } from '../ops/cost';
import { withBatch } from '../ops/infer-shapes';
import type { CalibrationExamples } from '../passes/pass';
import { layerNameOf } from '../passes/weight-sites';
import type { Batch, PreparedModel } from '../runtime/backend';
import { inputsOfSuffix } from './suffix';

export interface KeptRun {
  readonly count: number;
  /** One entry a batch of examples. */
  readonly batches: readonly { readonly values: ReadonlyMap<ValueId, Batch>; readonly outputs: readonly Batch[] }[];
  has(id: ValueId): boolean;
}

/** Examples that run together: enough to be quick, few enough for the memory of a large model. */
const BATCH = 32;
/** Bytes kept: what a browser tab bears beside two models. */
const MOST_BYTES = 384 * 2 ** 20;
const BYTES_PER_NUMBER = 4;

export async function runAndKeep(
  graph: Graph,
  layers: ReadonlySet<string>,
  examples: CalibrationExamples,
  samples: number,
  prepare: (graph: Graph) => Promise<PreparedModel>,
  signal: AbortSignal | undefined,
): Promise<KeptRun> {
  const count = Math.min(samples, examples.count);
  const kept = valuesToKeep(graph, layers, count);
  const inner = [...kept].filter((id) => !graph.inputs.includes(id));
  const batches: { values: Map<ValueId, Batch>; outputs: readonly Batch[] }[] = [];
  const model = await prepare(graph);
  try {
    for (let start = 0; start < count; start += BATCH) {
      throwIfCancelled(signal);
      const inputs = await examples.inputs(start, Math.min(BATCH, count - start));
      const { outputs, values } = await model.runWith(inputs, inner);
      for (const [i, id] of graph.inputs.entries()) values.set(id, inputs[i]!);
      batches.push({ values, outputs });
    }
  } finally {
    model.dispose();
  }
  return { count, batches, has: (id) => kept.has(id) || graph.inputs.includes(id) };
}

/** By falling multiplications that a byte saves, as far as memory reaches. */
function valuesToKeep(graph: Graph, layers: ReadonlySet<string>, count: number): Set<ValueId> {
  const sized = withBatch(graph, 1);
  const macs = macsOf(graph);
  const consumers = consumersOf(graph);
  let before = 0;
  const worth = new Map<ValueId, number>();
  for (const node of graph.nodes) {
    if (layers.has(layerNameOf(node)) && hasWeights(graph, node)) for (const id of inputsOfSuffix(graph, node)) worth.set(id, Math.max(worth.get(id) ?? 0, before));
    before += macs.get(node.id) ?? 0;
  }
  const bytesOf = (id: ValueId): number => {
    const shape = sized.values[id]!.shape;
    return shape && shape.every((size) => size >= 0) ? shape.reduce((a, b) => a * b, 1) * count * BYTES_PER_NUMBER : Number.POSITIVE_INFINITY;
  };
  const kept = new Set<ValueId>();
  let bytes = 0;
  for (const [id] of [...worth].sort(([a, x], [b, y]) => y / bytesOf(b) - x / bytesOf(a))) {
    if (graph.inputs.includes(id) || !consumers.has(id) || bytes + bytesOf(id) > MOST_BYTES) continue;
    kept.add(id);
    bytes += bytesOf(id);
  }
  return kept;
}

function hasWeights(graph: Graph, node: Node): boolean {
  return node.inputs.some((id) => id !== null && graph.values[id]!.tensor !== undefined);
}
