/**
 * Writes a TensorFlow.js layers model for `tf.loadLayersModel`: the topology in the form of Keras 2, which is the only one
 * it opens, and the weights in shards. Weights are stored as in a graph model.
 */
import type { Graph } from '../../ir/graph';
import type { OptionValues } from '../../options/options';
import type { Recipe } from '../../passes/pass';
import type { WriteResult } from '../format';
import { exportLayers, refusalOf } from '../keras-export/export-layers';
import { keras2Model } from '../keras-export/keras-json';
import { tfjsWeights } from '../keras-export/legacy-paths';
import { tfjsLayersTarget } from '../keras-export/target';
import { replacedOf, replacementNotes } from '../tfjs-graph/replacement-notes';
import { storeWeight } from '../tfjs-graph/store-weight';
import { shardsOf } from '../write-weights-manifest';
import type { TfjsLayersOptions } from './meta';

const LABEL = 'A TensorFlow.js layers model';
/** The version of Keras 2 whose form the topology has. */
const KERAS_VERSION = '2.15.0';

export function canWriteTfjsLayers(graph: Graph): true | string {
  return refusalOf(graph, tfjsLayersTarget, LABEL);
}

export async function writeTfjsLayers(graph: Graph, options: OptionValues<TfjsLayersOptions>, recipe: Recipe | undefined): Promise<WriteResult> {
  const model = exportLayers(graph, tfjsLayersTarget, LABEL);
  const weights = model.topology.layers.flatMap((layer) => tfjsWeights(layer, model.weights));
  const stored = weights.map(({ name, tensor }) => ({ name, tensor, weight: storeWeight(tensor, options.weights) }));
  const shards = shardsOf(stored.map(({ weight }) => weight.bytes));
  const entries = stored.map(({ name, tensor, weight }) => ({
    name,
    shape: tensor.shape,
    dtype: tensor.dtype,
    ...(weight.quantization && { quantization: weight.quantization }),
  }));
  const json = {
    format: 'layers-model',
    generatedBy: `keras v${KERAS_VERSION}`,
    convertedBy: 'Whittle',
    modelTopology: { keras_version: KERAS_VERSION, backend: 'tensorflow', model_config: keras2Model(model, tfjsLayersTarget) },
    weightsManifest: [{ paths: shards.map((shard) => shard.name), weights: entries }],
    ...(recipe && { userDefinedMetadata: { whittleRecipe: recipe } }),
  };
  const file = { name: 'model.json', bytes: new TextEncoder().encode(JSON.stringify(json)) };
  const replaced = stored.flatMap(({ tensor, weight }) => replacedOf(tensor, weight));
  return { files: [file, ...shards], diagnostics: replacementNotes(replaced) };
}
