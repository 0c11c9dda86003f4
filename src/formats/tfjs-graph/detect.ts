/** Is it the model.json of a TensorFlow.js graph model? By its topology. */
import { isObject } from '../json';

/** True for parsed JSON whose topology is a GraphDef: a list of nodes. */
export function isTfjsGraphJson(json: unknown): boolean {
  return isObject(json) && isObject(json.modelTopology) && Array.isArray(json.modelTopology.node);
}
