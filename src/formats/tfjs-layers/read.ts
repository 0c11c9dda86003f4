/**
 * Reads a TensorFlow.js layers model: the topology in model.json, the weights in its shards. Also reads what Keras 3's
 * converter writes and TensorFlow.js itself cannot load (tfjs issues 8494, 8358, 8328).
 */
import { WhittleError, throwIfCancelled } from '../../lib/errors';
import { baseName } from '../../lib/source-file';
import type { Tensor } from '../../ir/tensor';
import type { ReadInput, ReadResult } from '../format';
import { isObject, type JsonObject, parseJson } from '../json';
import { assignWeights } from '../keras-layers/assign-weights';
import { buildGraph } from '../keras-layers/build-graph';
import { leafLayers } from '../keras-layers/leaf-layers';
import { normalizeModel } from '../keras-layers/normalize-model';
import { assignVariablePaths, isVariablePath } from '../keras-layers/variable-paths';
import { generationOf, producerOf } from '../keras-layers/producer';
import { storedRecipe } from '../stored-recipe';
import { readWeightsManifest } from '../weights-manifest';
import { topologyOf } from './detect';

export async function readTfjsLayers({ main, files, report, signal }: ReadInput): Promise<ReadResult> {
  const name = baseName(main.name);
  const json = parseJson(await main.blob.text(), name);
  const topology = topologyOf(json);
  if (!isObject(json) || topology === null) throw new WhittleError('FormatError', `${name} holds no Keras layers (modelTopology), so it is no layers model.`);
  const version = kerasVersionOf(json);
  const generation = generationOf(version, topology);
  const model = normalizeModel(topology, generation);
  if (json.weightsManifest === undefined) {
    throw new WhittleError('FormatError', `${name} lists no weights (weightsManifest). Convert or save the model again, with its weights.`);
  }
  const tensors = await readWeightsManifest(json.weightsManifest, files, { main, report, signal });
  throwIfCancelled(signal);
  const names = [...tensors.keys()];
  const where = `The weightsManifest of ${name}`;
  const assigned = names.some(isVariablePath) ? assignVariablePaths(model, names) : assignWeights(leafLayers(model), names, where);
  const weights = new Map<string, Tensor[]>();
  for (const [path, indices] of assigned) weights.set(path, indices.map((index) => tensors.get(names[index]!)!));
  const source = { format: 'tfjs-layers', producer: producerOfJson(json, version) };
  const metadata = isObject(json.userDefinedMetadata) ? json.userDefinedMetadata : {};
  const recipe = storedRecipe(metadata.whittleRecipe);
  return { ...buildGraph(model, { weights, generation, source }), ...(recipe && { recipe }) };
}

function kerasVersionOf(json: JsonObject): string | null {
  const topology = isObject(json.modelTopology) ? json.modelTopology : json;
  if (typeof topology.keras_version === 'string') return topology.keras_version;
  const generatedBy = typeof json.generatedBy === 'string' ? json.generatedBy : '';
  return /^keras v?(\d.*)$/i.exec(generatedBy)?.[1] ?? null;
}

function producerOfJson(json: JsonObject, version: string | null): string {
  const keras = version ? producerOf(version) : '';
  const others = [json.generatedBy, json.convertedBy].filter((text): text is string => typeof text === 'string' && text !== '' && !text.startsWith('keras v'));
  return [...new Set([keras, ...others])].filter((text) => text !== '').join(', ');
}
