/** Is it the model.json of a TensorFlow.js layers model? By its topology. */
import { isObject } from '../json';

/** True for parsed JSON that holds Keras layers; a graph model has a `node` list instead. */
export function isTfjsLayersJson(json: unknown): boolean {
  return topologyOf(json) !== null;
}

/** The `{class_name, config}` of the model, wherever the writer put it; null when there is none. */
export function topologyOf(json: unknown): Readonly<Record<string, unknown>> | null {
  if (!isObject(json)) return null;
  for (const candidate of [json.modelTopology, json]) {
    if (!isObject(candidate)) continue;
    for (const model of [candidate.model_config, candidate]) {
      if (isObject(model) && typeof model.class_name === 'string' && 'config' in model) return model;
    }
  }
  return null;
}
