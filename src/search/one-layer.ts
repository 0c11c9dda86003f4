/** A recipe that does something to one layer and keeps all others, by the same rules that a person writes. */
import type { Graph } from '../ir/graph';
import { channelGroups } from '../passes/channels/groups';
import { traceChannels } from '../passes/channels/trace';
import type { PassId, RecipeStep } from '../passes/pass';
import { makeStep } from '../passes/recipe';
import { layerNameOf, weightSites } from '../passes/weight-sites';
import type { Variant } from './types';

/** Names of the layers with weights, in the order of the graph, each once. */
export function layersOf(graph: Graph): string[] {
  return [...new Set(weightSites(graph).flatMap(({ nodes }) => nodes.map(layerNameOf)))];
}

/** Names of the layers that give a group of channels its own rule: the first that makes them, each once. */
export function channelLayersOf(graph: Graph): string[] {
  const open = channelGroups(traceChannels(graph)).filter(({ refused }) => refused === null);
  return [...new Set(open.flatMap(({ layers }) => layers.find(({ role }) => role === 'makes')?.name ?? []))];
}

/** The step of a pass in which each layer has options of its own and layers that are not named stay as they are. */
export function layerStep(pass: PassId, choices: readonly (Variant & { readonly layer: string })[]): RecipeStep {
  const rules = choices.map(({ layer, options }) => ({ match: layer, options }));
  // A layer that is kept keeps the channels that it reads: those that no rule names lose a share of nothing instead.
  if (pass === 'prune-channels') return makeStep(pass, { ...choices[0]?.options, share: 0 }, choices.map(({ layer, options }) => ({ match: layer, options: { share: options.share! } })));
  return makeStep(pass, choices[0]?.options ?? {}, [{ match: '*', keep: true }, ...rules]);
}
