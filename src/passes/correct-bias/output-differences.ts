/** How far the outputs of graphs are from the reference's: the mean square of the difference over that of the reference, on examples. */
import type { Graph } from '../../ir/graph';
import { throwIfCancelled } from '../../lib/errors';
import type { Batch } from '../../runtime/backend';
import type { CalibrationExamples, PassContext } from '../pass';

/** Examples in one run. */
const RUN_EXAMPLES = 32;

/** One number a graph. Outputs that are no floats, or of another size than the reference's, do not count. */
export async function outputDifferences(
  reference: Graph,
  graphs: readonly Graph[],
  { prepare, examples, signal }: PassContext & { readonly examples: CalibrationExamples },
  count: number,
): Promise<number[]> {
  const total = Math.min(count, examples.count);
  const models = [await prepare(reference)];
  try {
    for (const graph of graphs) models.push(await prepare(graph));
    const differences = graphs.map(() => 0);
    for (let start = 0; start < total; start += RUN_EXAMPLES) {
      throwIfCancelled(signal);
      const inputs = await examples.inputs(start, Math.min(RUN_EXAMPLES, total - start));
      const wanted = await models[0]!.run(inputs);
      for (const [g, model] of models.slice(1).entries()) {
        for (const [o, output] of (await model.run(inputs)).entries()) differences[g]! += difference(wanted[o], output);
      }
    }
    return differences;
  } finally {
    for (const model of models) model.dispose();
  }
}

function difference(wanted: Batch | undefined, actual: Batch): number {
  if (!wanted || wanted.dtype !== 'float32' || wanted.data.length !== actual.data.length) return 0;
  let error = 0;
  let power = 0;
  for (let i = 0; i < wanted.data.length; i++) {
    error += (wanted.data[i]! - actual.data[i]!) ** 2;
    power += wanted.data[i]! ** 2;
  }
  return power > 0 ? error / power : error;
}
