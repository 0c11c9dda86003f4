/** A layer that can be factorized, with its sizes for one example, and what a factorization of it is. */
import type { Graph, Node, NodeOf } from '../../ir/graph';
import { decodeFloats } from '../../ir/tensor';
import { consumersOf, isConstant, onlyConsumer, producersOf } from '../../ir/walk';
import { productOf } from '../../ops/dimensions';
import type { Padding } from '../../ops/signatures';
import { layerNameOf } from '../weight-sites';

export type FactorNode = NodeOf<'dense'> | NodeOf<'conv1d'> | NodeOf<'conv2d'> | NodeOf<'conv3d'>;

export interface Layer {
  readonly node: FactorNode;
  readonly name: string;
  /** [cells of the window, inputs, outputs]; as the node has it. */
  readonly kernel: Float32Array;
  /** Empty for dense. */
  readonly window: readonly number[];
  readonly cells: number;
  readonly inputs: number;
  readonly outputs: number;
  /** Sizes in space before and after, for one example. A dense layer's leading dimensions stand in both. */
  readonly sizesBefore: readonly number[];
  readonly sizesAfter: readonly number[];
  readonly macs: number;
  readonly parameters: number;
}

/** What the first of the layers that take a layer's place add to its name; the last keeps it. */
export const FACTOR_SUFFIXES = ['reduce', 'core', 'rows', 'columns'] as const;

/** One of the layers that take a layer's place. The bias and the activation are the last one's. */
export interface Factor {
  /** Goes behind the layer's name; the last factor keeps the name. */
  readonly suffix: (typeof FACTOR_SUFFIXES)[number] | '';
  readonly kernel: Float32Array;
  readonly shape: readonly number[];
  /** Left out for dense. */
  readonly window?: { readonly strides: readonly number[]; readonly padding: Padding; readonly dilations: readonly number[] };
  /** Sizes in space of what it gives. */
  readonly sizes: readonly number[];
}

export interface Factorization {
  readonly factors: readonly Factor[];
  /** What they compute together, as the layer's kernel. */
  readonly product: Float64Array;
}

/** One way to factorize, with its price. */
export interface Candidate {
  readonly method: 'channels' | 'spatial' | 'tucker';
  readonly ranks: readonly number[];
  /** Of the full rank, 0…1. */
  readonly rankShare: number;
  readonly macs: number;
  readonly parameters: number;
  /** Predicted share of the output's variance that is lost (of the weights' energy without data). */
  readonly lostShare: number;
  build(): Factorization;
}

const FACTOR_OPS: readonly string[] = ['dense', 'conv1d', 'conv2d', 'conv3d'];
/** The eigenvalues of this many numbers take some fifteen seconds; more would not pay for the wait. */
export const LARGEST_SIDE = 2048;

export function isFactorNode(node: Node): node is FactorNode {
  return FACTOR_OPS.includes(node.op);
}

/** Why a layer cannot be factorized; undefined: it can. */
export function whyNot(graph: Graph, node: Node): string | undefined {
  if (node.op === 'depthwise-conv2d') return 'Left alone: a depthwise layer has one input for each output, so there is no rank to lower.';
  if (node.op === 'transpose-conv2d' || node.op === 'transpose-conv3d') return 'Left alone: transposed convolutions are not factorized.';
  if (node.op === 'lstm' || node.op === 'gru' || node.op === 'simple-rnn' || node.op === 'conv-lstm2d') return 'Left alone: a recurrent layer is one operator; there is nothing to put its factors in.';
  if (!isFactorNode(node)) return undefined;
  const [, kernelId, biasId] = node.inputs;
  if (!isConstant(graph, kernelId)) return 'Left alone: its kernel is computed at run time.';
  if (biasId && !isConstant(graph, biasId)) return 'Left alone: its bias is computed at run time.';
  const { encoding } = graph.values[kernelId!]!.tensor!;
  if (encoding.kind === 'affine') return `Left alone: it is stored in ${encoding.bits} bits already. Factorize before quantizing.`;
  if (encoding.kind === 'palette') return 'Left alone: it is stored by a palette already. Factorize before clustering.';
  if (graph.values[node.outputs[0]!]!.quantization) return 'Left alone: its output stands on an integer grid. Factorize before quantizing.';
  if (consumersOf(graph).get(kernelId!)!.length > 1) return 'Left alone: another layer shares its kernel.';
  if (node.op !== 'dense' && node.attributes.groups > 1) return 'Left alone: a grouped convolution is factorized already, by groups.';
  if (isHalfOfPair(graph, node)) return 'Left alone: it is one of two linear layers in a row, which are a factorization already.';
  return undefined;
}

/** `concrete`: the graph with its sizes for one example. Undefined where a size is not known. */
export function describeLayer(graph: Graph, concrete: Graph, node: FactorNode): Layer | undefined {
  const tensor = graph.values[node.inputs[1]!]!.tensor!;
  const before = concrete.values[node.inputs[0]!]!.shape?.slice(1, -1);
  const after = concrete.values[node.outputs[0]!]!.shape?.slice(1, -1);
  if (!before || !after || [...before, ...after].some((size) => size < 0)) return undefined;
  const window = tensor.shape.slice(0, -2);
  const [inputs, outputs] = [tensor.shape.at(-2)!, tensor.shape.at(-1)!];
  const parameters = productOf(tensor.shape);
  return {
    node,
    name: layerNameOf(node),
    kernel: decodeFloats(tensor),
    window,
    cells: productOf(window),
    inputs,
    outputs,
    sizesBefore: before,
    sizesAfter: after,
    macs: productOf(after) * parameters,
    parameters,
  };
}

/** Two linear layers with nothing but the first one's missing bias and activation between them. */
function isHalfOfPair(graph: Graph, node: FactorNode): boolean {
  const consumers = consumersOf(graph);
  const leads = (first: Node, second: Node | undefined): boolean =>
    isFactorNode(first) && !first.inputs[2] && first.attributes.activation === 'none' && !!second && isFactorNode(second) && second.inputs[0] === first.outputs[0];
  const before = producersOf(graph).get(node.inputs[0]!);
  return leads(node, onlyConsumer(graph, consumers, node.outputs[0]!)) || (!!before && !!onlyConsumer(graph, consumers, before.outputs[0]!) && leads(before, node));
}
