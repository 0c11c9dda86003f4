/**
 * An instant guess of an export's size while a slider moves: no pass runs. What each step does to a weight's bits and entropy is
 * followed step by step (`estimate-weight.ts`); the graph's text is a small constant a node. The page marks it ≈ until the
 * exact bytes are measured.
 */
import type { FormatId } from '../formats/format';
import type { Graph } from '../ir/graph';
import type { Recipe, RecipeStep } from '../passes/pass';
import { remainingParts } from '../passes/prune-channels/remaining';
import { effectiveSteps } from '../passes/recipe';
import { resolveRules } from '../passes/rules';
import { layerNameOf, weightSites } from '../passes/weight-sites';
import { applyStep, gzipBitsOf, storedBitsOf, weightOf, type WeightState } from './estimate-weight';

/** Bytes of a node's description, raw and compressed, as measured on the bundled models. HDF5 spends kilobytes on a layer's groups. */
const JSON_NODE_BYTES = { raw: 320, gzip: 45 };
const HDF5_NODE_BYTES = { raw: 3300, gzip: 225 };
const FLATBUFFER_NODE_BYTES = { raw: 130, gzip: 45 };
/** A scale is a float32 whose mantissa is noise; zero points are zeros of eight bytes that channels of one number share. */
const SCALE_BYTES = { raw: 6.5, gzip: 3.9 };

export function estimateSize(graph: Graph, recipe: Recipe, format: FormatId): { raw: number; gzip: number } {
  const states = new Map<string, WeightState>();
  const sites = new Map(weightSites(graph).map((site) => [site.valueId, site]));
  let nodeCount = graph.nodes.length;
  for (const value of Object.values(graph.values)) {
    if (value.tensor) states.set(value.id, weightOf(value.tensor, sites.get(value.id)));
  }
  for (const step of effectiveSteps(recipe)) {
    if (step.pass === 'fold-batch-norm') nodeCount -= foldBatchNorms(graph, states);
    if (step.pass === 'prune-channels') pruneChannels(graph, step, states);
    for (const [id, site] of sites) {
      const node = site.nodes[0]!;
      const options = resolveRules(step.options, step.rules, layerNameOf(node), node.op);
      const weight = states.get(id);
      if (options && weight) applyStep(step.pass, options, weight, site.kind);
    }
    if (step.pass === 'quantize-weights' && step.options.scope === 'all') {
      for (const [id, weight] of states) if (!sites.has(id) && weight.count > 1) applyStep(step.pass, step.options, weight, 'kernel');
    }
  }
  const node = nodeBytesOf(format);
  let raw = nodeCount * node.raw;
  let gzip = nodeCount * node.gzip;
  for (const weight of states.values()) {
    const storedBits = storedBitsOf(weight, format);
    raw += (weight.count * storedBits) / 8;
    gzip += (weight.count * Math.min(storedBits, gzipBitsOf(weight, storedBits, format))) / 8;
    if (format !== 'tflite' || storedBits === 32) continue;
    raw += weight.scales * SCALE_BYTES.raw;
    gzip += weight.scales * SCALE_BYTES.gzip;
  }
  return { raw: Math.round(raw), gzip: Math.round(gzip) };
}

function nodeBytesOf(format: FormatId): { readonly raw: number; readonly gzip: number } {
  switch (format) {
    case 'keras':
    case 'keras-h5':
      return HDF5_NODE_BYTES;
    case 'tfjs-graph':
    case 'tfjs-layers':
      return JSON_NODE_BYTES;
    case 'tflite':
      return FLATBUFFER_NODE_BYTES;
    default: {
      const never: never = format;
      return never;
    }
  }
}

function pruneChannels(graph: Graph, { options, rules }: RecipeStep, states: ReadonlyMap<string, WeightState>): void {
  type Asked = Parameters<typeof remainingParts>[1];
  const parts = remainingParts(graph, ((name, op) => resolveRules(options, rules, name, op)) as Asked);
  for (const [id, part] of parts) {
    const weight = states.get(id);
    if (weight) weight.count = Math.round(weight.count * part);
  }
}

/** Scale, mean and variance go; the offset's place is taken by the bias. Gives how many nodes went. */
function foldBatchNorms(graph: Graph, states: Map<string, WeightState>): number {
  const folded = graph.nodes.filter((node) => node.op === 'batch-norm');
  for (const node of folded) {
    for (const index of [1, 3, 4]) {
      const id = node.inputs[index];
      if (id) states.delete(id);
    }
  }
  return folded.length;
}
