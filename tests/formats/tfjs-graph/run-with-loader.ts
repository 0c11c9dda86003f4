/** Loads a graph model's files with TensorFlow.js's own loader and runs it on its CPU backend: the oracle. */
import * as tf from '@tensorflow/tfjs';
import type { Batch } from '../../../src/runtime/backend';
import type { WrittenFile } from '../../../src/formats/format';

/** Inputs in the signature's order; outputs too. */
export async function runWithLoader(files: readonly WrittenFile[], inputs: readonly Batch[]): Promise<Batch[]> {
  await tf.ready();
  const model = await tf.loadGraphModel(handlerOf(files));
  const tensors = inputs.map((batch) => tensorOf(batch));
  const feed = Object.fromEntries(model.inputs.map((input, i) => [input.name, tensors[i]!]));
  const result = await model.executeAsync(feed);
  const outputs = Array.isArray(result) ? result : [result as tf.Tensor];
  const batches = await Promise.all(
    outputs.map(async (output): Promise<Batch> => ({ shape: output.shape, dtype: output.dtype as Batch['dtype'], data: await output.data() as Float32Array })),
  );
  model.dispose();
  tf.dispose([...tensors, ...outputs]);
  return batches;
}

export function tensorOf({ data, shape, dtype }: Batch): tf.Tensor {
  return tf.tensor(dtype === 'bool' ? Uint8Array.from(data) : data, [...shape], dtype as 'float32');
}

function handlerOf(files: readonly WrittenFile[]): tf.io.IOHandler {
  const main = files.find((file) => file.name.endsWith('.json'))!;
  const { weightsManifest, ...rest } = JSON.parse(new TextDecoder().decode(main.bytes)) as tf.io.ModelJSON;
  const shards = weightsManifest.flatMap((group) => group.paths).map((path) => files.find((file) => file.name === path)!.bytes);
  return {
    load: async () => ({
      ...rest,
      weightSpecs: weightsManifest.flatMap((group) => group.weights),
      weightData: new Uint8Array(Buffer.concat(shards)).buffer,
    }),
  };
}
