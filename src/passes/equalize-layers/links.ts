/**
 * Finds pairs of linear layers between which a positive factor a channel passes unchanged: f(s·x) = s·f(x) for s > 0. Such are
 * ReLU, leaky ReLU, PReLU, absolute value, pools, means, padding with zeros, resizing, and whatever moves numbers with the channel
 * innermost: after a flatten, input j of a dense layer belongs to channel j mod C.
 */
import type { Graph, Node, ValueId } from '../../ir/graph';
import { isConstant, onlyConsumer, type consumersOf } from '../../ir/walk';
import { isLinear, outputCount, type LinearNode } from '../fold-batch-norm/linear';
import { layerNameOf } from '../weight-sites';

/** A pair. The output channel c of `before` is what inputs j ≡ c (mod channels) of `after` read. */
export interface Link {
  readonly before: LinearNode;
  readonly after: LinearNode;
  readonly channels: number;
  readonly between: readonly Node[];
  /** The ReLU6 between them, and the value that it makes. */
  readonly clip: Clip | null;
}

export interface Clip {
  readonly node: Node;
  readonly valueId: ValueId;
}

/** The link that starts at a layer, or why there is none. */
export function linkFrom(graph: Graph, consumers: ReturnType<typeof consumersOf>, before: LinearNode): Link | string {
  const unfit = whyUnfit(graph, consumers, before);
  if (unfit) return unfit;
  const channels = outputCount(before, graph.values[before.inputs[1]!]!.tensor!.shape);
  const between: Node[] = [];
  let clip: Clip | null = null;
  let valueId = before.outputs[0]!;
  let passage = passageOfFused(before);
  for (let node: Node = before; ; ) {
    if (typeof passage !== 'boolean') return `Not equalized with what follows: ${passage}.`;
    if (passage) {
      if (clip) return 'Not equalized with what follows: two ReLU6 stand between.';
      clip = { node, valueId };
    }
    const value = graph.values[valueId]!;
    if (value.quantization) return 'Not equalized with what follows: its output stands on an integer grid already; equalize before quantizing.';
    const width = value.shape?.at(-1) ?? -1;
    if (width < 1 || width % channels !== 0) return 'Not equalized with what follows: its channels are not innermost there.';
    const next = onlyConsumer(graph, consumers, valueId);
    if (!next) return graph.outputs.includes(valueId) ? 'Not equalized: its output is the model’s.' : 'Not equalized with what follows: its output is used in several places.';
    if (next.inputs[0] !== valueId) return `Not equalized with what follows: ${layerNameOf(next)} mixes it with something else.`;
    if (isLinear(next)) {
      const reason = whyUnfit(graph, consumers, next);
      return reason ? `Not equalized with ${layerNameOf(next)}. ${reason}` : { before, after: next, channels, between, clip };
    }
    between.push(next);
    node = next;
    passage = passageOf(graph, next);
    valueId = next.outputs[0]!;
  }
}

/** Why a layer's kernel cannot be scaled; undefined: it can. */
export function whyUnfit(graph: Graph, consumers: ReturnType<typeof consumersOf>, node: LinearNode): string | undefined {
  const [, kernel, bias] = node.inputs;
  const tensor = kernel ? graph.values[kernel]!.tensor : undefined;
  if (!tensor) return 'Not equalized: its kernel is computed at run time.';
  if (tensor.encoding.kind !== 'dense' || tensor.encoding.storage !== 'float32') return 'Not equalized: its kernel is quantized already; equalize before.';
  if (consumers.get(kernel!)!.length > 1 || graph.outputs.includes(kernel!)) return 'Not equalized: another layer shares its kernel.';
  if (bias && !isConstant(graph, bias)) return 'Not equalized: its bias is computed at run time.';
  if (bias && graph.values[bias]!.tensor!.encoding.kind !== 'dense') return 'Not equalized: its bias is quantized already; equalize before.';
  return undefined;
}

/** False: a factor passes. True: it passes but for the clip at 6. Words: it does not, because. */
type Passage = boolean | string;

function passageOfFused(node: Node): Passage {
  const { activation } = node.attributes as { activation?: string };
  switch (activation) {
    case undefined:
    case 'none':
    case 'relu':
      return false;
    case 'relu6':
      return true;
    default:
      return `its ${activation} does not pass a scale on`;
  }
}

function passageOf(graph: Graph, node: Node): Passage {
  const restIsConstant = node.inputs.slice(1).every((id) => id === null || isConstant(graph, id));
  if (!restIsConstant) return `${layerNameOf(node)} mixes it with something else`;
  switch (node.op) {
    case 'relu':
    case 'leaky-relu':
    case 'prelu':
    case 'abs':
    case 'identity':
    case 'flatten':
    case 'reshape':
    case 'squeeze':
    case 'expand-dims':
    case 'resize-bilinear':
    case 'resize-nearest':
      return false;
    case 'relu6':
      return true;
    case 'clip':
      return node.attributes.minimum === 0 && node.attributes.maximum === 6 ? true : `${layerNameOf(node)} clips`;
    case 'max-pool':
    case 'average-pool':
      return passageOfFused(node);
    case 'mirror-pad':
    case 'pad': {
      const rank = graph.values[node.inputs[0]!]!.shape?.length ?? 0;
      const channelPadding = node.attributes.paddings?.[rank - 1];
      if (node.op === 'pad' && node.attributes.value !== 0) return `${layerNameOf(node)} pads with numbers other than zero`;
      return channelPadding?.every((count) => count === 0) ? false : `${layerNameOf(node)} pads the channels`;
    }
    case 'mean':
    case 'sum':
    case 'max':
    case 'min': {
      const rank = graph.values[node.inputs[0]!]!.shape?.length ?? 0;
      return node.attributes.axes.some((axis) => axis === -1 || axis === rank - 1) ? `${layerNameOf(node)} reduces the channels` : false;
    }
    case 'batch-norm':
      return 'a batch norm stands between; fold it first';
    default:
      return `${layerNameOf(node)} (${node.op}) does not pass a scale on`;
  }
}
