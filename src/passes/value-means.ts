/** Means of inner values over examples, kept in space: [1, …rest of the value's shape]. Streams; holds one batch at a time. */
import { dropUnusedValues } from '../ir/edit';
import type { Graph, ValueId } from '../ir/graph';
import { throwIfCancelled } from '../lib/errors';
import type { Batch } from '../runtime/backend';
import type { CalibrationExamples, PassContext } from './pass';

/** Numbers of inner values that one run may give back: 64 MiB. */
const RUN_ELEMENTS = 1 << 24;
/** Examples in one run, however small they are. */
const MOST_RUN_EXAMPLES = 32;

/** Means of `ids` over the first `count` examples, of the whole batch axis. An input of the graph is its own value. */
export async function valueMeans(
  graph: Graph,
  ids: readonly ValueId[],
  context: PassContext & { readonly examples: CalibrationExamples },
  count: number,
): Promise<Map<ValueId, Batch>> {
  const sums = new Map<ValueId, { shape: readonly number[]; sum: Float64Array; rows: number }>();
  const add = (id: ValueId, { shape, data }: Batch): void => {
    const size = data.length / shape[0]!;
    const own = sums.get(id) ?? { shape: [1, ...shape.slice(1)], sum: new Float64Array(size), rows: 0 };
    for (let i = 0; i < data.length; i++) own.sum[i % size]! += data[i]!;
    own.rows += shape[0]!;
    sums.set(id, own);
  };
  await forEachValue(graph, ids, context, count, add);
  return new Map(
    [...sums].map(([id, { shape, sum, rows }]): [ValueId, Batch] => [id, { shape, dtype: 'float32', data: Float32Array.from(sum, (value) => value / rows) }]),
  );
}

/** Calls `visit` with each of `ids` for every run over the first `count` examples; `perRun` of them in one run. */
export async function forEachValue(
  graph: Graph,
  ids: readonly ValueId[],
  { prepare, examples, signal }: PassContext & { readonly examples: CalibrationExamples },
  count: number,
  visit: (id: ValueId, batch: Batch) => void,
  perRun = examplesPerRun(graph, ids),
): Promise<void> {
  const wanted = [...new Set(ids)];
  const inner = wanted.filter((id) => !graph.inputs.includes(id));
  const total = Math.min(count, examples.count);
  const model = inner.length ? await prepare(graphUpTo(graph, inner)) : null;
  try {
    for (let start = 0; start < total; start += perRun) {
      throwIfCancelled(signal);
      const inputs = await examples.inputs(start, Math.min(perRun, total - start));
      for (const [i, id] of graph.inputs.entries()) if (wanted.includes(id)) visit(id, inputs[i]!);
      if (!model) continue;
      const outputs = await model.run(inputs);
      for (const [i, id] of inner.entries()) visit(id, outputs[i]!);
    }
  } finally {
    model?.dispose();
  }
}

/** The part of a graph that makes some of its values, which become its outputs. */
export function graphUpTo(graph: Graph, ids: readonly ValueId[]): Graph {
  const needed = new Set(ids);
  const nodes = graph.nodes.toReversed().filter((node) => {
    const isNeeded = node.outputs.some((id) => needed.has(id));
    if (isNeeded) for (const id of node.inputs) if (id !== null) needed.add(id);
    return isNeeded;
  });
  return dropUnusedValues({ ...graph, outputs: ids, outputNames: ids, nodes: nodes.toReversed() });
}

/** As many as memory has room for. */
export function examplesPerRun(graph: Graph, ids: readonly ValueId[]): number {
  const elements = [...new Set(ids)].reduce((sum, id) => sum + (graph.values[id]!.shape ?? []).slice(1).reduce((a, b) => a * Math.max(b, 1), 1), 0);
  return Math.max(1, Math.min(MOST_RUN_EXAMPLES, Math.floor(RUN_ELEMENTS / Math.max(elements, 1))));
}
