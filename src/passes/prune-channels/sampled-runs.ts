/** What methods that fit weights to data see of it: the same examples in the same runs, and the same places of each. */
import type { Graph, ValueId } from '../../ir/graph';
import { throwIfCancelled } from '../../lib/errors';
import type { Batch } from '../../runtime/backend';
import type { CalibrationExamples, PassContext } from '../pass';
import { graphUpTo } from '../value-means';

export type DataContext = PassContext & { readonly examples: CalibrationExamples };

/** More say little more: a row is one of many places of one of many examples. */
const MOST_EXAMPLES = 256;
/** Examples in one run; the same for every model, so that the same places are compared. */
const RUN_EXAMPLES = 16;
/** Rows for each weight of an output, where there are so many. */
const ROWS_PER_INPUT = 16;
const LEAST_ROWS = 4096;
/** Rows × inputs²: some seconds a layer. */
const MOST_WORK = 8e9;
/** XᵀX takes 8 bytes × its square (72 MiB). */
export const MOST_INPUTS = 3072;
/** Share of the mean diagonal; directions with less of the data than that keep their weights. */
export const RIDGE_SHARE = 0.003;

/** What is held at once of many layers (256 MiB); the rest waits for another walk through the examples. */
const MOST_BYTES = 1 << 28;
const BYTES_PER_FLOAT = 4;

export function exampleCount({ examples }: DataContext): number {
  return Math.min(examples.count, MOST_EXAMPLES);
}

/** Rows of one run that say enough of so many inputs, of so many groups. */
export function rowsPerRun(rowLength: number, groups: number, context: DataContext): number {
  const rows = Math.min(Math.max(LEAST_ROWS, ROWS_PER_INPUT * rowLength), Math.max(rowLength, MOST_WORK / (groups * rowLength ** 2)));
  return Math.ceil(rows / Math.ceil(exampleCount(context) / RUN_EXAMPLES));
}

/** Bytes of a value in one run; unknown sizes count as 1. */
export function runBytes(graph: Graph, id: ValueId): number {
  return (graph.values[id]!.shape ?? []).slice(1).reduce((size, length) => size * Math.max(length, 1), RUN_EXAMPLES * BYTES_PER_FLOAT);
}

/** Bytes of the rows of all runs, each of so many numbers. */
export function rowBytes(rows: number, width: number, context: DataContext): number {
  return Math.ceil(exampleCount(context) / RUN_EXAMPLES) * rows * width * BYTES_PER_FLOAT;
}

/** Consecutive parts of what is worth so many bytes each, none above the limit unless it is a single one. */
export function inBatches<T>(items: readonly T[], bytesOf: (item: T) => number): T[][] {
  const batches: T[][] = [];
  let nbytes = Infinity;
  for (const item of items) {
    nbytes += bytesOf(item);
    if (nbytes <= MOST_BYTES) batches.at(-1)!.push(item);
    else {
      batches.push([item]);
      nbytes = bytesOf(item);
    }
  }
  return batches;
}

/** Calls `visit` with the values of each run of examples; `start` tells runs apart. */
export async function forEachRun(graph: Graph, ids: readonly ValueId[], context: DataContext, visit: (values: readonly Batch[], start: number) => void): Promise<void> {
  if (ids.length === 0) return;
  const count = exampleCount(context);
  const inner = ids.filter((id) => !graph.inputs.includes(id));
  const model = inner.length > 0 ? await context.prepare(graphUpTo(graph, [...new Set(inner)])) : null;
  const places = new Map([...new Set(inner)].map((id, i) => [id, i]));
  try {
    for (let start = 0; start < count; start += RUN_EXAMPLES) {
      throwIfCancelled(context.signal);
      const inputs = await context.examples.inputs(start, Math.min(RUN_EXAMPLES, count - start));
      const outputs = model ? await model.run(inputs) : [];
      visit(ids.map((id) => outputs[places.get(id) ?? -1] ?? inputs[graph.inputs.indexOf(id)]!), start);
    }
  } finally {
    model?.dispose();
  }
}
