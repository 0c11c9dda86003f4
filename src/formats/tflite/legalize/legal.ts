/**
 * Which nodes TensorFlow Lite's builtins can say as they stand: the form that the writer is given. For each operator the reason
 * against a node, or null. An operator that is missing here has no builtin.
 */
import type { Node, NodeOf, Value, ValueId } from '../../../ir/graph';
import type { DType, FusedActivation, OpName, Padding } from '../../../ops/signatures';
import { L2_EPSILON } from '../equivalents';

type Look = (id: ValueId) => Value;
type Reason = string | null;
type Condition<O extends OpName> = (node: NodeOf<O>, look: Look) => Reason;

/** null: the writer can write it. */
export function reasonAgainst(node: Node, look: Look): Reason {
  const conditions = legal[node.op] as readonly Condition<OpName>[] | undefined;
  if (!conditions) return `TensorFlow Lite has no operator "${node.op}"`;
  for (const condition of conditions) {
    const reason = condition(node as NodeOf<OpName>, look);
    if (reason) return reason;
  }
  return null;
}

/** Activations that the kernels of convolutions, dense layers, pools and sums apply; they leave others out silently. */
export function isFusable(activation: FusedActivation): boolean {
  return activation === 'none' || activation === 'relu' || activation === 'relu6' || activation === 'relu-n1-to-1';
}

/** Kernels broadcast over at most this many dimensions. */
export const BROADCAST_RANK = 4;
/** Kernels that move numbers take at most this many dimensions. */
export const MOVEMENT_RANK = 5;

const NUMBERS: readonly DType[] = ['float32', 'int32'];
const FLOATS: readonly DType[] = ['float32'];
const MOVABLE: readonly DType[] = ['float32', 'int32', 'bool'];

const legal: { readonly [O in OpName]?: readonly Condition<O>[] } = {
  conv2d: [fused, plainPadding, integerKernel],
  conv3d: [fused, plainPadding, (node) => (node.attributes.groups === 1 ? null : 'three-dimensional convolutions have no groups')],
  'depthwise-conv2d': [fused, plainPadding, integerKernel],
  'transpose-conv2d': [fused, undilated, integerKernel],
  'transpose-conv3d': [fused, undilated],
  dense: [fused, constantKernel],
  'batch-matmul': [rank(2, 5)],

  'real-fft': [({ attributes: { length } }) => (Number.isInteger(Math.log2(length)) ? null : `it transforms powers of two there, not ${length} numbers`)],

  'l2-normalize': [alongLast, (node) => (node.attributes.epsilon === L2_EPSILON ? null : `its epsilon is ${L2_EPSILON} there`)],
  'local-response-norm': [rank(4, 4)],
  'max-pool': [fused, plainPadding, pictures],
  'average-pool': [fused, plainPadding, pictures],
  'resize-bilinear': [],
  'resize-nearest': [],

  add: [types(NUMBERS), fused, broadcasts],
  sub: [types(NUMBERS), fused, broadcasts],
  mul: [types(NUMBERS), fused, broadcasts],
  div: [types(FLOATS), fused, broadcasts],
  'floor-div': [types(NUMBERS), broadcasts],
  'floor-mod': [types(NUMBERS), broadcasts],
  maximum: [types(NUMBERS), broadcasts],
  minimum: [types(NUMBERS), broadcasts],
  pow: [types(NUMBERS), broadcasts],
  'squared-difference': [types(NUMBERS), broadcasts],
  atan2: [types(FLOATS), sameShapes],
  equal: [types(MOVABLE), broadcasts],
  'not-equal': [types(MOVABLE), broadcasts],
  less: [types(NUMBERS), broadcasts],
  'less-equal': [types(NUMBERS), broadcasts],
  greater: [types(NUMBERS), broadcasts],
  'greater-equal': [types(NUMBERS), broadcasts],
  'logical-and': [types(['bool']), broadcasts],
  'logical-or': [types(['bool']), broadcasts],
  select: [broadcasts],
  'add-n': [types(NUMBERS)],

  relu: [types(FLOATS)],
  relu6: [types(FLOATS)],
  'relu-n1-to-1': [types(FLOATS)],
  'leaky-relu': [types(FLOATS)],
  prelu: [types(FLOATS), broadcasts],
  elu: [types(FLOATS), (node) => (node.attributes.alpha === 1 ? null : 'its alpha is 1 there')],
  sigmoid: [types(FLOATS)],
  tanh: [types(FLOATS)],
  gelu: [types(FLOATS)],
  'hard-swish': [types(FLOATS)],
  exp: [types(FLOATS)],
  log: [types(FLOATS)],
  sqrt: [types(FLOATS)],
  rsqrt: [types(FLOATS)],
  square: [types(FLOATS)],
  abs: [types(NUMBERS)],
  neg: [types(NUMBERS)],
  sign: [types(NUMBERS)],
  floor: [types(FLOATS)],
  ceil: [types(FLOATS)],
  round: [types(FLOATS)],
  sin: [types(FLOATS)],
  cos: [types(FLOATS)],
  'logical-not': [types(['bool'])],
  'zeros-like': [types(NUMBERS)],
  cast: [types(MOVABLE), (node) => (node.attributes.dtype === 'string' ? 'numbers cannot become text' : null)],
  softmax: [types(FLOATS), lastAxis, rank(1, 4)],
  'log-softmax': [types(FLOATS), lastAxis],

  mean: [types(FLOATS)],
  sum: [types(NUMBERS)],
  prod: [types(NUMBERS)],
  max: [types(NUMBERS)],
  min: [types(NUMBERS)],
  any: [types(['bool'])],
  all: [types(['bool'])],
  argmax: [types(NUMBERS)],
  argmin: [types(NUMBERS)],
  cumsum: [types(NUMBERS)],

  quantize: [],

  reshape: [],
  squeeze: [],
  'expand-dims': [],
  transpose: [types(MOVABLE), rank(0, MOVEMENT_RANK)],
  concat: [types(MOVABLE), fusedNothing],
  stack: [types(NUMBERS)],
  unstack: [types(MOVABLE)],
  split: [types(NUMBERS)],
  slice: [types(MOVABLE), rank(1, MOVEMENT_RANK)],
  'strided-slice': [types(MOVABLE), rank(1, MOVEMENT_RANK), plainMasks],
  pad: [types(NUMBERS), rank(1, MOVEMENT_RANK)],
  'mirror-pad': [types(NUMBERS), rank(1, MOVEMENT_RANK)],
  gather: [types(MOVABLE)],
  'gather-nd': [types(MOVABLE)],
  'scatter-nd': [],
  'sparse-to-dense': [],
  tile: [types(MOVABLE)],
  'broadcast-to': [types(MOVABLE), rank(0, 8)],
  fill: [],
  range: [],
  shape: [],
  rank: [],
  reverse: [types(MOVABLE), (node) => (node.attributes.axes.length === 1 ? null : 'it reverses one axis at a time')],
  'one-hot': [],
  'depth-to-space': [types(NUMBERS), rank(4, 4)],
  'space-to-depth': [types(NUMBERS), rank(4, 4)],
  'space-to-batch': [types(NUMBERS), rank(3, 4)],
  'batch-to-space': [types(NUMBERS), rank(3, 4)],
  'top-k': [types(NUMBERS)],
  where: [types(['bool'])],
  'non-max-suppression': [],

  lstm: [fusedLstm],
};

function fused(node: { readonly attributes: { readonly activation: FusedActivation } }): Reason {
  return isFusable(node.attributes.activation) ? null : `the activation ${node.attributes.activation} cannot be fused`;
}

function fusedNothing(node: { readonly attributes: { readonly activation: FusedActivation } }): Reason {
  return node.attributes.activation === 'none' ? null : 'no activation can be fused';
}

function plainPadding(node: { readonly attributes: { readonly padding: Padding } }): Reason {
  return typeof node.attributes.padding === 'string' ? null : 'its padding is SAME or VALID';
}

function undilated(node: { readonly attributes: { readonly dilations: readonly number[] } }): Reason {
  return node.attributes.dilations.every((dilation) => dilation === 1) ? null : 'transposed convolutions are not dilated';
}

/** A kernel that the graph computes is put in TensorFlow Lite's layout by the graph; as integers it would need constant scales. */
function integerKernel(node: Pick<Node, 'inputs'>, look: Look): Reason {
  return look(node.inputs[0]!).quantization ? constantKernel(node, look) : null;
}

function constantKernel(node: Pick<Node, 'inputs'>, look: Look): Reason {
  return look(node.inputs[1]!).tensor ? null : 'its kernel is computed by the graph; only constant kernels can be written';
}

function pictures(node: { readonly attributes: { readonly kernel: readonly number[] } }): Reason {
  return node.attributes.kernel.length === 2 ? null : 'pools have two spatial dimensions';
}

/** Of all inputs that flow or stand beside each other; the condition of `select` and indices are looked at by their own rules. */
function types(allowed: readonly DType[]): Condition<OpName> {
  return (node, look) => {
    const { dtype } = look(node.inputs[0]!);
    return allowed.includes(dtype) ? null : `there is no kernel for ${dtype}`;
  };
}

function rank(least: number, most: number): Condition<OpName> {
  return (node, look) => {
    const { shape } = look(node.inputs[0]!);
    if (!shape) return 'its rank is not known before it runs';
    return shape.length >= least && shape.length <= most ? null : `the kernel takes ${least} to ${most} dimensions, not ${shape.length}`;
  };
}

function broadcasts(node: Pick<Node, 'inputs'>, look: Look): Reason {
  const shapes = node.inputs.flatMap((id) => (id === null ? [] : [look(id).shape ?? []]));
  if (shapes.every((shape) => shape.join() === shapes[0]!.join())) return null;
  const most = Math.max(...shapes.map((shape) => shape.length));
  return most <= BROADCAST_RANK ? null : `it broadcasts over ${most} dimensions; the kernel does so over ${BROADCAST_RANK}`;
}

function sameShapes(node: Pick<Node, 'inputs'>, look: Look): Reason {
  const [a, b] = node.inputs.map((id) => look(id!).shape ?? []);
  return a!.join() === b!.join() ? null : 'the kernel does not broadcast';
}

function alongLast(node: NodeOf<'l2-normalize'>, look: Look): Reason {
  const last = (look(node.inputs[0]!).shape?.length ?? 0) - 1;
  const { axes } = node.attributes;
  return axes.length === 1 && (axes[0] === -1 || axes[0] === last) ? null : 'it normalises along the last axis only';
}

function lastAxis(node: { readonly inputs: readonly (ValueId | null)[]; readonly attributes: { readonly axis: number } }, look: Look): Reason {
  const last = (look(node.inputs[0]!).shape?.length ?? 0) - 1;
  return node.attributes.axis === -1 || node.attributes.axis === last ? null : 'it runs along the last axis only';
}

function plainMasks(node: NodeOf<'strided-slice'>): Reason {
  const { ellipsisMask, newAxisMask } = node.attributes;
  return ellipsisMask === 0 && newAxisMask === 0 ? null : 'ellipsis and new axes are not known to every runtime';
}

/** UNIDIRECTIONAL_SEQUENCE_LSTM as the writer writes it: all outputs, forwards, tanh and sigmoid, from zero states. */
function fusedLstm({ attributes, inputs, outputs }: NodeOf<'lstm'>): Reason {
  if (attributes.activation !== 'tanh' || attributes.recurrentActivation !== 'sigmoid') return 'its activations are tanh and sigmoid';
  if (!attributes.returnSequences || attributes.goBackwards) return 'it runs forwards and gives every step';
  if (inputs.slice(4).some((id) => id !== null && id !== undefined)) return 'it takes no mask and no initial states';
  return outputs.length === 1 ? null : 'it gives no states';
}
