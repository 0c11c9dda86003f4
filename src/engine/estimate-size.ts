/**
 * An instant guess of an export's size while a slider moves: no pass runs. From the weights' own statistics it takes what
 * each step does to the bits and to the entropy of a weight; the graph's text is a small constant a node. The page marks it ≈ until
 * the exact bytes are measured.
 */
import type { FormatId } from '../formats/format';
import type { Graph } from '../ir/graph';
import { bitsOf, sizeOf } from '../ir/tensor';
import type { OptionValue } from '../options/options';
import type { Recipe } from '../passes/pass';
import { effectiveSteps } from '../passes/recipe';
import { resolveRules } from '../passes/rules';
import { layerNameOf, weightSites } from '../passes/weight-sites';

/** Bytes of a node's description in model.json or config.json, raw and compressed, as measured on the bundled models. */
const NODE_BYTES = { raw: 320, gzip: 45 };
/** gzip leaves this share of a trained float32 or float16 weight, whose mantissa is noise. */
const FLOAT_SHARE = 0.925;
/** Entropy of trained weights in a symmetric grid of 2^b steps stays this many bits under b: they crowd around zero. */
const CROWDING_BITS = 1.2;
/** Huffman codes and match headers on top of the entropy. */
const GZIP_OVERHEAD = 1.08;

interface WeightState {
  readonly count: number;
  bits: number;
  /** Share of zeros. */
  zeros: number;
  /** Different values, when few. */
  values: number | null;
  isFloat: boolean;
}

export function estimateSize(graph: Graph, recipe: Recipe, format: FormatId): { raw: number; gzip: number } {
  const states = new Map<string, WeightState>();
  const sites = new Map(weightSites(graph).map((site) => [site.valueId, site]));
  let nodeCount = graph.nodes.length;
  for (const value of Object.values(graph.values)) {
    if (!value.tensor) continue;
    const isFloat = value.tensor.encoding.kind === 'dense';
    states.set(value.id, { count: sizeOf(value.tensor.shape), bits: bitsOf(value.tensor), zeros: 0, values: null, isFloat });
  }
  for (const step of effectiveSteps(recipe)) {
    if (step.pass === 'fold-batch-norm') {
      for (const node of graph.nodes) {
        if (node.op !== 'batch-norm') continue;
        nodeCount--;
        // Four vectors become one bias.
        for (const id of node.inputs.slice(2)) if (id) states.delete(id);
        if (node.inputs[1]) states.delete(node.inputs[1]);
      }
    }
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
  let raw = nodeCount * NODE_BYTES.raw;
  let gzip = nodeCount * NODE_BYTES.gzip;
  for (const weight of states.values()) {
    const storedBits = storedBitsOf(weight, format);
    raw += (weight.count * storedBits) / 8;
    gzip += (weight.count * Math.min(storedBits, entropyBits(weight, storedBits))) / 8;
  }
  return { raw: Math.round(raw), gzip: Math.round(gzip) };
}

function applyStep(pass: string, options: Readonly<Record<string, OptionValue>>, weight: WeightState, kind: string): void {
  const isSpared = kind === 'depthwise' && options.depthwise === false;
  if (pass === 'prune-magnitude' && !isSpared && kind !== 'table') {
    const share = options.pattern === 'n-m' ? 1 - Number(options.keepPerGroup) / Number(options.groupSize) : Number(options.sparsity);
    weight.zeros = Math.max(weight.zeros, share);
  }
  if (pass === 'cluster-weights' && !isSpared && Number(options.centroids) < weight.count / 4) weight.values = Number(options.centroids);
  if (pass === 'quantize-weights') {
    const bits = { float16: 16, uint16: 16, int8: 8, uint8: 8, int4: 4 }[String(options.format)];
    if (bits !== undefined && bits < weight.bits) {
      weight.bits = bits;
      weight.isFloat = options.format === 'float16';
    }
  }
}

/** Keras files hold float32 only; TF.js files hold 32, 16 or 8 bits. */
function storedBitsOf(weight: WeightState, format: FormatId): number {
  if (format === 'keras' || format === 'keras-h5') return 32;
  return weight.bits <= 8 ? 8 : weight.bits;
}

/** Entropy of a weight: whether it is zero, and if not, which value. */
function entropyBits(weight: WeightState, storedBits: number): number {
  const { zeros } = weight;
  const flag = zeros > 0 && zeros < 1 ? -(zeros * Math.log2(zeros) + (1 - zeros) * Math.log2(1 - zeros)) : 0;
  const value =
    weight.values !== null
      ? Math.log2(weight.values)
      : weight.isFloat
        ? storedBits * FLOAT_SHARE
        : Math.max(1, weight.bits - CROWDING_BITS);
  const bits = flag + (1 - zeros) * value;
  return weight.values !== null || zeros > 0 || !weight.isFloat ? bits * GZIP_OVERHEAD : bits;
}
