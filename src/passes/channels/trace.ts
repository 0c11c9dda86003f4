/**
 * Follows every channel from the weights that make it to the weights that read it (the dependency graph of Fang et al. 2023,
 * "DepGraph", arXiv 2301.12900, index by index): one rule an operator says which indices of its inputs, weights and outputs are the
 * same channel. What no rule follows, and what the model's outputs show, keeps all its channels.
 */
import type { Graph, Node, ValueId } from '../../ir/graph';
import { consumersOf } from '../../ir/walk';
import { layerNameOf } from '../weight-sites';
import {
  joinBroadcast,
  traceBatchMatmul,
  traceConvolution,
  traceDense,
  traceDepthwise,
  traceEinsum,
  traceRecurrent,
  traceTransposed,
} from './linear-rules';
import {
  frontAxis,
  traceBroadcastTo,
  traceConcat,
  traceDepthAndSpace,
  traceExpandDims,
  traceGather,
  tracePad,
  traceReshape,
  traceReverse,
  traceSlice,
  traceSplit,
  traceSqueeze,
  traceTile,
  traceTranspose,
  traceUnstack,
} from './movement-rules';
import { withOwnBiases } from './own-biases';
import { sliceOf } from './slice-ranges';
import { createTracer, type Tracer } from './tracer';

/** Numbers that another axis than the last moves along, and that the last passes by. */
const WINDOWED = new Set(['max-pool', 'average-pool', 'resize-bilinear', 'resize-nearest', 'space-to-batch', 'batch-to-space']);
const ELEMENTWISE = new Set([
  'relu', 'relu6', 'relu-n1-to-1', 'leaky-relu', 'elu', 'selu', 'thresholded-relu', 'sigmoid', 'hard-sigmoid', 'hard-sigmoid-keras2', 'tanh',
  'softplus', 'softsign', 'gelu', 'silu', 'hard-swish', 'mish', 'exp', 'expm1', 'log', 'log1p', 'sqrt', 'rsqrt', 'square', 'reciprocal', 'abs', 'neg',
  'sign', 'floor', 'ceil', 'round', 'sin', 'cos', 'tan', 'asin', 'acos', 'atan', 'sinh', 'cosh', 'asinh', 'acosh', 'atanh', 'erf', 'is-nan', 'logical-not',
  'zeros-like', 'ones-like', 'clip', 'cast', 'identity', 'quantize',
]);
const BROADCAST = new Set([
  'add', 'sub', 'mul', 'div', 'div-no-nan', 'floor-div', 'floor-mod', 'truncate-mod', 'maximum', 'minimum', 'pow', 'squared-difference', 'atan2', 'equal',
  'not-equal', 'less', 'less-equal', 'greater', 'greater-equal', 'logical-and', 'logical-or', 'logical-xor', 'select', 'add-n', 'prelu',
]);

/** The tracer's graph is the given one, with a bias for each layer. */
export function traceChannels(shared: Graph): Tracer {
  const graph = withOwnBiases(shared);
  const tracer = createTracer(graph);
  const consumers = consumersOf(graph);
  for (const node of graph.nodes) traceNode(tracer, node, consumers);
  for (const [i, id] of graph.outputs.entries()) tracer.freezeValue(id, `it is the model's output "${graph.outputNames[i]!}"`);
  return tracer;
}

function traceNode(tracer: Tracer, node: Node, consumers: ReadonlyMap<ValueId, readonly Node[]>): void {
  switch (node.op) {
    case 'conv1d':
    case 'conv2d':
    case 'conv3d':
      return traceConvolution(tracer, node);
    case 'depthwise-conv2d':
      return traceDepthwise(tracer, node);
    case 'transpose-conv2d':
    case 'transpose-conv3d':
      return traceTransposed(tracer, node);
    case 'dense':
      return traceDense(tracer, node);
    case 'lstm':
    case 'gru':
    case 'simple-rnn':
    case 'conv-lstm2d':
      return traceRecurrent(tracer, node);
    case 'einsum':
      return traceEinsum(tracer, node);
    case 'batch-matmul':
      return traceBatchMatmul(tracer, node);
    case 'batch-norm':
    case 'layer-norm':
    case 'group-norm':
      return traceNormalization(tracer, node);
    case 'l2-normalize':
      // A sum of squares: a channel that is zero and one that is gone are the same.
      return pass(tracer, node);
    case 'softmax':
    case 'log-softmax':
    case 'cumsum':
    case 'cumprod':
      return passBut(tracer, node, [node.attributes.axis]);
    case 'local-response-norm':
      return passBut(tracer, node, [-1]);
    case 'mean':
    case 'sum':
    case 'prod':
    case 'max':
    case 'min':
    case 'any':
    case 'all':
      return traceReduction(tracer, node, node.attributes.axes, node.attributes.keepDims);
    case 'argmax':
    case 'argmin':
      return traceReduction(tracer, node, [node.attributes.axis], false);
    case 'reshape':
    case 'flatten':
      return traceReshape(tracer, node);
    case 'squeeze':
      return traceSqueeze(tracer, node);
    case 'expand-dims':
    case 'stack':
      return traceExpandDims(tracer, node);
    case 'unstack':
      return traceUnstack(tracer, node);
    case 'transpose':
      return traceTranspose(tracer, node);
    case 'concat':
      return traceConcat(tracer, node);
    case 'split':
      return traceSplit(tracer, node);
    case 'slice':
    case 'strided-slice':
      return traceSlice(tracer, node);
    case 'pad':
    case 'mirror-pad':
      return tracePad(tracer, node);
    case 'gather':
      return traceGather(tracer, node);
    case 'tile':
      return traceTile(tracer, node);
    case 'broadcast-to':
      return traceBroadcastTo(tracer, node);
    case 'reverse':
      return traceReverse(tracer, node);
    case 'depth-to-space':
    case 'space-to-depth':
      return traceDepthAndSpace(tracer, node);
    case 'shape':
      return traceShape(tracer, node, consumers.get(node.outputs[0]!) ?? []);
    case 'size':
      return tracer.freezeValue(node.inputs[0], `"${layerNameOf(node)}" reads its size`);
    case 'rank':
      return;
    default:
      if (ELEMENTWISE.has(node.op)) return pass(tracer, node);
      if (BROADCAST.has(node.op)) return traceBroadcast(tracer, node);
      if (WINDOWED.has(node.op)) return passBut(tracer, node, (tracer.shapeOf(node.inputs[0]!) ?? []).slice(0, -1).map((_, axis) => axis));
      for (const id of node.inputs) tracer.freezeValue(id, `channels cannot be followed through "${layerNameOf(node)}" (${node.op})`);
  }
}

function pass(tracer: Tracer, node: Node): void {
  tracer.set(node.outputs[0]!, tracer.labelsOf(node.inputs[0]!));
}

/** Passes on, and holds what the operator computes across. */
function passBut(tracer: Tracer, node: Node, axes: readonly number[]): void {
  const labels = tracer.labelsOf(node.inputs[0]!);
  for (const axis of axes) tracer.freeze(labels.at(axis), `"${layerNameOf(node)}" (${node.op}) computes across it`);
  tracer.set(node.outputs[0]!, labels);
}

function traceBroadcast(tracer: Tracer, node: Node): void {
  const operands = (node.inputs as ValueId[]).map((id) => ({ labels: tracer.labelsOf(id), sizes: tracer.shapeOf(id) ?? [] }));
  tracer.set(node.outputs[0]!, joinBroadcast(tracer, node, operands));
}

function traceNormalization(tracer: Tracer, node: Extract<Node, { op: 'batch-norm' | 'layer-norm' | 'group-norm' }>): void {
  const [x, ...parameters] = node.inputs as [ValueId, ...(ValueId | null)[]];
  const labels = [...tracer.labelsOf(x)];
  const axes = node.op === 'layer-norm' ? node.attributes.axes : [node.op === 'batch-norm' ? node.attributes.axis : -1];
  for (const id of parameters) {
    if (!id) continue;
    const own = tracer.labelsOf(id);
    axes.forEach((axis, i) => {
      // A parameter with one number for all takes no part.
      if ((tracer.shapeOf(id)?.[i] ?? 1) > 1) labels[frontAxis(axis, labels.length)] = tracer.join(labels.at(axis) ?? null, own[i] ?? null, node);
    });
  }
  if (node.op !== 'batch-norm') {
    for (const axis of axes) tracer.freeze(labels.at(axis), `"${layerNameOf(node)}" (${node.op}) takes its mean and variance across it`);
  }
  tracer.set(node.outputs[0]!, labels);
}

/** A sum loses nothing when zeros go; a mean and an extreme would. */
function traceReduction(tracer: Tracer, node: Node, axes: readonly number[], keepDims: boolean): void {
  const labels = tracer.labelsOf(node.inputs[0]!);
  const reduced = axes.length === 0 ? labels.map((_, axis) => axis) : axes.map((axis) => frontAxis(axis, labels.length));
  if (node.op !== 'sum') for (const axis of reduced) tracer.freeze(labels[axis], `"${layerNameOf(node)}" takes the ${node.op} over it`);
  tracer.set(node.outputs[0]!, labels.flatMap((axis, i) => (!reduced.includes(i) ? [axis] : keepDims ? [null] : [])));
}

/** The size of an axis may be read only where it does not change. */
function traceShape(tracer: Tracer, node: Node, readers: readonly Node[]): void {
  const [x] = node.inputs as [ValueId];
  const labels = tracer.labelsOf(x);
  const areFixed = !tracer.graph.outputs.includes(node.outputs[0]!) && readers.every((reader) => {
    if (reader.op !== 'slice' && reader.op !== 'strided-slice') return false;
    const [range] = sliceOf(tracer, reader) ?? [];
    return range !== undefined && labels.slice(range.begin, range.begin + range.size).every((axis) => axis === null);
  });
  if (!areFixed) tracer.freezeValue(x, `"${layerNameOf(node)}" reads its size`);
}
