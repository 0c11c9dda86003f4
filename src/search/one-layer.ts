/** A recipe that does something to one layer and keeps all others, by the same rules that a person writes. */
import type { Graph } from '../ir/graph';
import type { PassId, RecipeStep } from '../passes/pass';
import { makeStep } from '../passes/recipe';
import { layerNameOf, weightSites } from '../passes/weight-sites';
import type { Variant } from './types';

/** Names of the layers with weights, in the order of the graph, each once. */
export function layersOf(graph: Graph): string[] {
  return [...new Set(weightSites(graph).flatMap(({ nodes }) => nodes.map(layerNameOf)))];
}

/** The step of a pass in which each layer has options of its own and layers that are not named stay as they are. */
export function layerStep(pass: PassId, choices: readonly (Variant & { readonly layer: string })[]): RecipeStep {
  const rules = choices.map(({ layer, options }) => ({ match: layer, options }));
  return makeStep(pass, choices[0]?.options ?? {}, [{ match: '*', keep: true }, ...rules]);
}
