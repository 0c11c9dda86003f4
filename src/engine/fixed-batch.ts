/**
 * Models whose batch is fixed (many TF.js models take exactly one example, and every .tflite file that LiteRT runs is written
 * for one batch). Any number of examples is fed in batches of that size; the last, incomplete one is filled up by repeating
 * its last example, and the surplus rows of the outputs are cut off.
 */
import type { Graph } from '../ir/graph';
import { throwIfCancelled, WhittleError } from '../lib/errors';
import type { Batch, PreparedModel } from '../runtime/backend';

/** The batch that all inputs share and that cannot be chosen; null: it is free. */
export function fixedBatchOf(graph: Graph): number | null {
  const sizes = new Set(graph.inputs.map((id) => graph.values[id]!.shape?.[0] ?? -1));
  const [size] = sizes;
  return sizes.size === 1 && size !== undefined && size > 0 ? size : null;
}

/** The same model, taking any number of examples; the very same one when its batch is free. */
export function fillingBatches(model: PreparedModel, batch: number | null, signal?: AbortSignal): PreparedModel {
  if (batch === null) return model;
  const inParts = async (inputs: readonly Batch[], run: (part: readonly Batch[]) => Promise<Batch[]>): Promise<Batch[]> => {
    const count = inputs[0]?.shape[0] ?? batch;
    if (count === batch || inputs.some((input) => input.shape[0] !== count)) return run(inputs);
    const parts: Batch[][] = [];
    for (let start = 0; start < count; start += batch) {
      throwIfCancelled(signal);
      const outputs = await run(inputs.map((input) => rowsOf(input, start, start + batch)));
      parts.push(outputs.map((output) => rowsOf(byExample(output, batch), 0, Math.min(batch, count - start))));
    }
    return parts[0]!.map((_, i) => stacked(parts.map((part) => part[i]!)));
  };
  return {
    ...model,
    run: (inputs) => inParts(inputs, (part) => model.run(part)),
    async runWith(inputs, wanted) {
      const all = await inParts(inputs, async (part) => {
        const { outputs, values } = await model.runWith(part, wanted);
        return [...outputs, ...wanted.map((id) => values.get(id)!)];
      });
      const first = all.length - wanted.length;
      return { outputs: all.slice(0, first), values: new Map(wanted.map((id, i) => [id, all[first + i]!])) };
    },
  };
}

function byExample(output: Batch, batch: number): Batch {
  if (output.shape[0] === batch) return output;
  throw new WhittleError(
    'DataError',
    `The model takes ${batch} examples at a time and what it computes cannot be told apart by example; give ${batch} examples.`,
  );
}

/** Rows [start, end), the last one repeated where there are too few. */
function rowsOf(batch: Batch, start: number, end: number): Batch {
  const rows = batch.shape[0]!;
  if (start === 0 && end === rows) return batch;
  const length = batch.data.length / rows;
  const Data = batch.data.constructor as new (length: number) => typeof batch.data;
  const data = new Data((end - start) * length);
  for (let row = start; row < end; row++) {
    const source = Math.min(row, rows - 1);
    data.set(batch.data.subarray(source * length, (source + 1) * length), (row - start) * length);
  }
  return { ...batch, shape: [end - start, ...batch.shape.slice(1)], data };
}

function stacked(parts: readonly Batch[]): Batch {
  const first = parts[0]!;
  if (parts.length === 1) return first;
  const Data = first.data.constructor as new (length: number) => typeof first.data;
  const data = new Data(parts.reduce((sum, part) => sum + part.data.length, 0));
  let at = 0;
  for (const part of parts) {
    data.set(part.data, at);
    at += part.data.length;
  }
  return { ...first, shape: [parts.reduce((sum, part) => sum + part.shape[0]!, 0), ...first.shape.slice(1)], data };
}
