/**
 * Models whose batch is fixed in the file (many TF.js models take exactly one example). Examples are fed in batches of that
 * size; the last, incomplete one is filled up by repeating its last example, and the surplus rows of the outputs are cut off.
 */
import type { Graph } from '../ir/graph';
import { WhittleError } from '../lib/errors';
import type { Batch, PreparedModel } from '../runtime/backend';

/** The batch that all inputs share and that cannot be chosen; null: it is free. */
export function fixedBatchOf(graph: Graph): number | null {
  const sizes = new Set(graph.inputs.map((id) => graph.values[id]!.shape?.[0] ?? -1));
  const [size] = sizes;
  return sizes.size === 1 && size !== undefined && size > 0 ? size : null;
}

/** The same model, also taking fewer examples than its fixed batch; the very same one when its batch is free. */
export function fillingBatches(model: PreparedModel, graph: Graph): PreparedModel {
  const batch = fixedBatchOf(graph);
  if (batch === null || batch === 1) return model;
  return {
    ...model,
    async run(inputs) {
      const count = inputs[0]?.shape[0] ?? batch;
      if (count >= batch) return model.run(inputs);
      const outputs = await model.run(inputs.map((input) => resized(input, batch)));
      return outputs.map((output) => {
        if (output.shape[0] === batch) return resized(output, count);
        throw new WhittleError(
          'DataError',
          `The model takes ${batch} examples at a time and its outputs cannot be told apart by example; give a multiple of ${batch} examples.`,
        );
      });
    },
  };
}

/** The first `count` rows, the last one repeated where there are too few. */
function resized(batch: Batch, count: number): Batch {
  const rows = batch.shape[0]!;
  const length = batch.data.length / rows;
  const Data = batch.data.constructor as new (length: number) => typeof batch.data;
  const data = new Data(count * length);
  for (let row = 0; row < count; row++) {
    const source = Math.min(row, rows - 1);
    data.set(batch.data.subarray(source * length, (source + 1) * length), row * length);
  }
  return { ...batch, shape: [count, ...batch.shape.slice(1)], data };
}
