/**
 * Writes a TensorFlow.js graph model for `tf.loadGraphModel`: model.json with the graph, its signature and the recipe,
 * and the weights in shards of 4 MiB. The same graph gives the same bytes.
 */
import { isErrorOf, messageOf } from '../../lib/errors';
import type { Graph } from '../../ir/graph';
import type { OptionValues } from '../../options/options';
import type { Recipe } from '../../passes/pass';
import type { WriteResult, WrittenFile } from '../format';
import type { StoredConstant } from './lowering';
import { lowerGraph } from './lower-graph';
import type { TfjsGraphOptions } from './meta';
import { replacedOf, replacementNotes } from './replacement-notes';
import { storeWeight, type WeightStorage } from './store-weight';

/** The converter's own, which browsers' caches keep. */
const SHARD_NBYTES = 4 * 1024 * 1024;
/** The GraphDef version of the TensorFlow whose ops are written. TensorFlow.js only wants one to be there. */
const VERSIONS = { producer: 1087, minConsumer: 12 };
const CONVERTED_BY = 'Whittle';

export function canWrite(graph: Graph): true | string {
  try {
    lowerGraph(graph);
    return true;
  } catch (error) {
    if (isErrorOf(error, 'ExportError')) return messageOf(error);
    throw error;
  }
}

export async function write(
  graph: Graph,
  options: OptionValues<TfjsGraphOptions>,
  recipe: Recipe | undefined,
): Promise<WriteResult> {
  const { tf, signature } = lowerGraph(graph, options.weights === 'codes');
  const storage = options.weights === 'codes' ? 'as-is' : options.weights;
  const weights = tf.constants.map((constant) => stored(constant, storage));
  const shards = shardsOf(weights.map((weight) => weight.bytes));
  const manifest = [{ paths: shards.map((shard) => shard.name), weights: weights.map((weight) => weight.entry) }];
  const model = {
    format: 'graph-model',
    generatedBy: graph.source.producer.replace(/(, )?Whittle$/, '') || CONVERTED_BY,
    convertedBy: CONVERTED_BY,
    signature,
    modelTopology: { node: tf.nodes, library: {}, versions: VERSIONS },
    weightsManifest: manifest,
    ...(recipe ? { userDefinedMetadata: { whittleRecipe: recipe } } : {}),
  };
  const json = { name: 'model.json', bytes: new TextEncoder().encode(JSON.stringify(model)) };
  return { files: [json, ...shards], diagnostics: replacementNotes(weights.flatMap((weight) => weight.replaced)) };
}

function stored(constant: StoredConstant, storage: WeightStorage) {
  const tensor = constant.tensor();
  const weight = storeWeight(tensor, constant.isWeight ? storage : 'as-is');
  const entry = {
    name: constant.name,
    shape: constant.shape,
    dtype: constant.dtype,
    ...(weight.quantization ? { quantization: weight.quantization } : {}),
  };
  return { entry, bytes: weight.bytes, replaced: replacedOf(tensor, weight) };
}

function shardsOf(parts: readonly Uint8Array[]): WrittenFile[] {
  const total = parts.reduce((sum, part) => sum + part.byteLength, 0);
  const count = Math.max(Math.ceil(total / SHARD_NBYTES), 1);
  const shards = Array.from({ length: count }, (_, k) => ({
    name: `group1-shard${k + 1}of${count}.bin`,
    bytes: new Uint8Array(Math.min(SHARD_NBYTES, total - k * SHARD_NBYTES)),
  }));
  let position = 0;
  for (const part of parts) {
    let taken = 0;
    while (taken < part.byteLength) {
      const shard = shards[Math.floor(position / SHARD_NBYTES)]!.bytes;
      const offset = position % SHARD_NBYTES;
      const size = Math.min(shard.byteLength - offset, part.byteLength - taken);
      shard.set(part.subarray(taken, taken + size), offset);
      taken += size;
      position += size;
    }
  }
  return shards;
}
