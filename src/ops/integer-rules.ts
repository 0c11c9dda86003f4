/**
 * What TensorFlow Lite's integer kernels ask of every operator, as data: whether there is a kernel for 8-bit and 16-bit
 * activations and for 4-bit weights, and how the grids of its values hang together. From the quantization specification
 * (https://ai.google.dev/edge/litert/models/quantization_spec) and the kernels of TensorFlow 2.21.
 *
 * - linear: kernel symmetric with zero point 0, bias on the grid of the products; grids of input and output are free.
 * - free: every value has a grid of its own.
 * - same: all float values, constants included, stand on one grid.
 * - fixed: the output's grid is given by the operator.
 * - reader: reads integers, gives no real numbers (argmax, comparisons, shapes).
 * - none: no integer kernel; the operator stays float.
 */
import type { Graph, Node, ValueId } from '../ir/graph';
import type { Quantization } from '../ir/quantization';
import type { Shape } from '../ir/tensor';
import type { OpName } from './signatures';

export type ActivationBits = 8 | 16;

export interface KernelLayout {
  /** Which inputs are the kernel and the bias. */
  readonly kernel: 1;
  readonly bias: 2;
  /** The kernel's axis with one scale each, counted from the end. */
  readonly channelAxis: -1 | -2;
  /** There is a kernel for 4-bit weights beside 8-bit activations. */
  readonly int4: boolean;
}

export type IntegerRule =
  | { readonly kind: 'linear'; readonly int16: boolean; readonly layout: KernelLayout }
  | { readonly kind: 'free' | 'same' | 'reader'; readonly int16: boolean }
  | { readonly kind: 'fixed'; readonly int16: boolean; readonly grid: FixedGrid }
  | { readonly kind: 'none'; readonly int16: false };

/** real = scale · (q − zeroPoint) with a signed 8-bit q; 16 bits always stand on 1/32768 with zero point 0. */
export interface FixedGrid {
  readonly scale: number;
  readonly zeroPoint: number;
}

const none: IntegerRule = { kind: 'none', int16: false };
const free8: IntegerRule = { kind: 'free', int16: false };
const free: IntegerRule = { kind: 'free', int16: true };
const same8: IntegerRule = { kind: 'same', int16: false };
const same: IntegerRule = { kind: 'same', int16: true };
const reader8: IntegerRule = { kind: 'reader', int16: false };
const reader: IntegerRule = { kind: 'reader', int16: true };
const linear = (channelAxis: -1 | -2, int4: boolean): IntegerRule => ({
  kind: 'linear',
  int16: true,
  layout: { kernel: 1, bias: 2, channelAxis, int4 },
});
const fixed = (scale: number, zeroPoint: number, int16: boolean): IntegerRule => ({ kind: 'fixed', int16, grid: { scale, zeroPoint } });

/** Convolution with 4-bit weights is unpacked by the kernel; the depthwise kernel of TensorFlow 2.21 takes them too, but no delegate does. */
const rules = {
  conv1d: linear(-1, true),
  conv2d: linear(-1, true),
  conv3d: none,
  'depthwise-conv2d': linear(-2, false),
  'transpose-conv2d': linear(-2, false),
  'transpose-conv3d': none,
  dense: linear(-1, true),
  'batch-matmul': free,
  einsum: none,

  'batch-norm': none,
  'layer-norm': none,
  'group-norm': none,
  'l2-normalize': fixed(1 / 128, 0, false),
  'local-response-norm': none,

  'max-pool': same,
  'average-pool': same,

  add: free,
  sub: free,
  mul: free,
  // The int8 kernel is wrong next to zero: −1 step over 1.64 gives −5.4.
  div: none,
  'div-no-nan': none,
  'floor-div': none,
  'floor-mod': none,
  'truncate-mod': none,
  maximum: same,
  minimum: same,
  pow: none,
  'squared-difference': free8,
  atan2: none,
  equal: reader8,
  'not-equal': reader8,
  less: reader8,
  'less-equal': reader8,
  greater: reader8,
  'greater-equal': reader8,
  'logical-and': none,
  'logical-or': none,
  'logical-xor': none,
  select: same,
  'add-n': none,

  relu: free,
  relu6: free,
  'relu-n1-to-1': free8,
  'leaky-relu': free,
  prelu: free8,
  elu: free8,
  selu: none,
  'thresholded-relu': none,
  sigmoid: fixed(1 / 256, -128, true),
  'hard-sigmoid': none,
  'hard-sigmoid-keras2': none,
  tanh: fixed(1 / 128, 0, true),
  softplus: none,
  softsign: none,
  gelu: free8,
  silu: none,
  'hard-swish': free8,
  mish: none,
  exp: free8,
  expm1: none,
  log: free8,
  log1p: none,
  sqrt: free8,
  rsqrt: free8,
  square: none,
  reciprocal: none,
  abs: free,
  neg: none,
  sign: none,
  floor: none,
  ceil: none,
  round: none,
  sin: none,
  cos: none,
  tan: none,
  asin: none,
  acos: none,
  atan: none,
  sinh: none,
  cosh: none,
  asinh: none,
  acosh: none,
  atanh: none,
  erf: none,
  'is-nan': none,
  'logical-not': none,
  'zeros-like': none,
  'ones-like': none,
  clip: none,
  cast: none,
  identity: same,
  softmax: fixed(1 / 256, -128, true),
  'log-softmax': fixed(16 / 256, 127, false),

  mean: free,
  sum: free8,
  prod: none,
  max: same,
  min: same,
  any: none,
  all: none,
  argmax: reader8,
  argmin: reader8,
  cumsum: none,
  cumprod: none,

  quantize: free,

  reshape: same,
  flatten: same,
  squeeze: same,
  'expand-dims': same,
  transpose: same,
  concat: same,
  stack: same,
  unstack: same,
  split: same,
  slice: same,
  'strided-slice': same,
  pad: same,
  'mirror-pad': same,
  gather: same,
  'gather-nd': same,
  'scatter-nd': none,
  'sparse-to-dense': none,
  tile: same8,
  'broadcast-to': same,
  fill: none,
  range: none,
  shape: reader,
  size: reader,
  rank: reader,
  reverse: none,
  'one-hot': none,
  'depth-to-space': same8,
  'space-to-depth': same8,
  'space-to-batch': same,
  'batch-to-space': same,
  'resize-bilinear': same,
  'resize-nearest': same,
  'top-k': none,
  where: none,
  'non-max-suppression': none,

  lstm: none,
  gru: none,
  'simple-rnn': none,
  'conv-lstm2d': none,

  'real-fft': none,

  'category-encode': none,
  bucketize: none,
} as const satisfies Record<OpName, IntegerRule>;

export const integerRules: Readonly<Record<OpName, IntegerRule>> = rules;

/** Why a node has no integer kernel for activations of so many bits; undefined: it has one. */
export function whyNoIntegerKernel(graph: Graph, node: Node, bits: ActivationBits): string | undefined {
  const rule = integerRules[node.op];
  if (rule.kind === 'none') return 'no integer kernel';
  if (bits === 16 && !rule.int16) return 'no kernel for 16-bit activations';
  return attributeProblem(graph, node);
}

/** The kernel and bias of a linear node; undefined for other nodes. */
export function kernelLayoutOf(node: Node): KernelLayout | undefined {
  const rule = integerRules[node.op];
  return rule.kind === 'linear' ? rule.layout : undefined;
}

/** Which index of a kernel's own axes has one scale each. */
export function channelAxisOf(layout: KernelLayout, shape: Shape): number {
  return shape.length + layout.channelAxis;
}

/** How many outputs share one scale of the kernel's channel axis: M of a depthwise kernel [kh, kw, C, M], else 1. */
export function outputsPerChannel(node: Node, kernelShape: Shape): number {
  return node.op === 'depthwise-conv2d' ? kernelShape[3]! : 1;
}

/** The grid that an operator gives its output, or undefined where it is free. */
export function fixedGridOf(op: OpName, dtype: Quantization['dtype']): Quantization | undefined {
  const rule = integerRules[op];
  if (rule.kind !== 'fixed') return undefined;
  if (dtype === 'int16') return { dtype, scale: 1 / 32768, zeroPoint: 0 };
  return { dtype, scale: rule.grid.scale, zeroPoint: rule.grid.zeroPoint + (dtype === 'uint8' ? 128 : 0) };
}

/** The float values that flow into and out of a node: constants and whole numbers are left out. */
export function floatActivations(graph: Graph, node: Node): { inputs: ValueId[]; outputs: ValueId[] } {
  const isActivation = (id: ValueId | null): id is ValueId =>
    id !== null && graph.values[id]!.dtype === 'float32' && graph.values[id]!.tensor === undefined;
  return { inputs: node.inputs.filter(isActivation), outputs: node.outputs.filter(isActivation) };
}

/** The float constants that a node reads, with the index of the input. */
export function floatConstants(graph: Graph, node: Node): { index: number; id: ValueId }[] {
  return node.inputs.flatMap((id, index) => {
    const value = id === null ? undefined : graph.values[id];
    return value?.tensor && value.dtype === 'float32' ? [{ index, id: value.id }] : [];
  });
}

function attributeProblem(graph: Graph, node: Node): string | undefined {
  const activation = 'activation' in node.attributes ? node.attributes.activation : 'none';
  if (activation === 'elu' || activation === 'sigmoid' || activation === 'tanh') return `no integer kernel with ${activation} fused into it`;
  switch (node.op) {
    case 'conv1d':
    case 'conv2d':
    case 'depthwise-conv2d':
    case 'dense':
    case 'transpose-conv2d': {
      const [, kernel, bias] = node.inputs;
      if (!graph.values[kernel!]!.tensor) return 'its kernel is computed, not a constant';
      if (bias && !graph.values[bias]!.tensor) return 'its bias is computed, not a constant';
      if (node.op === 'transpose-conv2d' && node.attributes.dilations.some((dilation) => dilation !== 1)) return 'no integer kernel with dilations';
      return undefined;
    }
    case 'max-pool':
    case 'average-pool':
      return node.attributes.kernel.length > 2 ? 'no integer kernel over three dimensions' : undefined;
    case 'elu':
      return node.attributes.alpha === 1 ? undefined : 'no integer kernel with an alpha other than 1';
    case 'prelu':
      return graph.values[node.inputs[1]!]!.tensor ? undefined : 'its alpha is computed, not a constant';
    case 'l2-normalize': {
      const rank = graph.values[node.inputs[0]!]!.shape?.length;
      const isLast = node.attributes.axes.length === 1 && (node.attributes.axes[0] === -1 || node.attributes.axes[0] === (rank ?? 0) - 1);
      return isLast ? undefined : 'no integer kernel over other axes than the last';
    }
    default:
      return undefined;
  }
}
