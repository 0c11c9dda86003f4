/** Loads a model with tfjs's own loader and runs it on seeded random input: what the corpus may be trusted for. */
import * as tf from '@tensorflow/tfjs';
import { createRandom } from '../../src/lib/random';
import type { Chosen } from './chosen';
import type { CorpusFile, CorpusInput, CorpusModel, CorpusOutput } from './load';

export interface TfjsRun {
  readonly inputs: readonly CorpusInput[];
  readonly outputs: readonly CorpusOutput[];
  readonly values: readonly (readonly number[])[];
  /** The best of three runs after the first. */
  readonly milliseconds: number;
}

/** Runs on the backend that tfjs is set to. */
export async function runWithTfjs(
  chosen: Chosen,
  model: Pick<CorpusModel, 'kind' | 'controlFlow'>,
  files: readonly CorpusFile[],
): Promise<TfjsRun> {
  const loaded = await load(model.kind, files);
  const inputs = describeInputs(loaded, chosen);
  if (chosen.loadOnly) return { inputs, outputs: [], values: [], milliseconds: 0 };
  const feed = makeInputs(inputs);
  const execute = async (): Promise<tf.Tensor[]> => {
    const list = Object.values(feed);
    if (loaded instanceof tf.GraphModel && model.controlFlow) return asList(await loaded.executeAsync(feed));
    if (loaded instanceof tf.GraphModel) return asList(loaded.execute(feed));
    return asList(loaded.predict(list.length === 1 ? (list[0] as tf.Tensor) : list));
  };
  let results = await execute();
  let milliseconds = Infinity;
  for (let repeat = 0; repeat < REPEATS; repeat += 1) {
    const start = performance.now();
    results = await execute();
    await Promise.all(results.map((result) => result.data()));
    milliseconds = Math.min(milliseconds, performance.now() - start);
  }
  const outputs = results.map((result, i) => {
    return { name: loaded.outputs[i]?.name ?? String(i), shape: result.shape, dtype: result.dtype };
  });
  const values = await Promise.all(results.map(async (result) => Array.from(await result.data(), Number)));
  loaded.dispose();
  return { inputs, outputs, values, milliseconds };
}

const REPEATS = 3;
/** For dynamic batches. Two would double the cost and hardly test more. */
const BATCH = 1;
const SEED = 20240501;
const SAMPLE_TEXT = 'function add(a, b) { return a + b }';

function load(kind: CorpusModel['kind'], files: readonly CorpusFile[]): Promise<tf.GraphModel | tf.LayersModel> {
  const { weightsManifest, ...rest } = JSON.parse(new TextDecoder().decode(files[0]?.bytes));
  const handler: tf.io.IOHandler = {
    load: async () => ({
      ...rest,
      weightSpecs: weightsManifest.flatMap((group: tf.io.WeightsManifestConfig[number]) => group.weights),
      weightData: new Uint8Array(Buffer.concat(files.slice(1).map((file) => file.bytes))).buffer,
    }),
  };
  return kind === 'graph' ? tf.loadGraphModel(handler) : tf.loadLayersModel(handler);
}

function describeInputs(model: tf.GraphModel | tf.LayersModel, chosen: Chosen): CorpusInput[] {
  const [low, high] = chosen.range ?? [0, 1];
  return model.inputs.map((input, i) => {
    const known = (input.shape ?? []).map((size) => (size === null || size < 0 ? BATCH : size));
    const shape = chosen.shapes?.[i] ?? known;
    return { name: input.name, shape, dtype: input.dtype as CorpusInput['dtype'], low, high };
  });
}

function makeInputs(inputs: readonly CorpusInput[]): Record<string, tf.Tensor> {
  const random = createRandom(SEED);
  const tensors = inputs.map(({ name, shape, dtype, low, high }) => {
    const size = shape.reduce((a, b) => a * b, 1);
    if (dtype === 'string') return [name, tf.tensor(Array(size).fill(SAMPLE_TEXT), [...shape], dtype)];
    const values = Array.from({ length: size }, () => low + (high - low) * random.uniform());
    return [name, tf.tensor(dtype === 'int32' ? values.map(Math.round) : values, [...shape], dtype)];
  });
  return Object.fromEntries(tensors);
}

function asList(result: tf.Tensor | tf.Tensor[] | tf.NamedTensorMap): tf.Tensor[] {
  if (Array.isArray(result)) return result;
  return result instanceof tf.Tensor ? [result] : Object.values(result);
}
