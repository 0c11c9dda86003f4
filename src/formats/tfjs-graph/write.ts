/**
 * Writes a TensorFlow.js graph model for `tf.loadGraphModel`: model.json with the graph, its signature and the recipe,
 * and the weights in shards of 4 MiB. The same graph gives the same bytes.
 */
import { isErrorOf, messageOf } from '../../lib/errors';
import type { Graph } from '../../ir/graph';
import type { OptionValues } from '../../options/options';
import type { Recipe } from '../../passes/pass';
import type { WriteResult } from '../format';
import { shardsOf } from '../write-weights-manifest';
import type { StoredConstant } from './lowering';
import { lowerGraph } from './lower-graph';
import type { TfjsGraphOptions } from './meta';
import { replacedOf, replacementNotes } from './replacement-notes';
import { storeWeight, type WeightStorage } from './store-weight';

/** The GraphDef version of the TensorFlow whose ops are written. TensorFlow.js only wants one to be there. */
const VERSIONS = { producer: 1087, minConsumer: 12 };
const CONVERTED_BY = 'Whittle';

export function canWriteTfjsGraph(graph: Graph): true | string {
  try {
    lowerGraph(graph);
    return true;
  } catch (error) {
    if (isErrorOf(error, 'ExportError')) return messageOf(error);
    throw error;
  }
}

export async function writeTfjsGraph(
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
