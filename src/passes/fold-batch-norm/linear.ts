/** The linear layers that arithmetic folds into, and what scaling does to their weights. */
import type { Node, NodeOf } from '../../ir/graph';
import type { ChannelAffine } from './channel-affine';

const LINEAR_OPS = ['conv1d', 'conv2d', 'conv3d', 'depthwise-conv2d', 'transpose-conv2d', 'transpose-conv3d', 'dense'] as const;

export type LinearNode = { [O in (typeof LINEAR_OPS)[number]]: NodeOf<O> }[(typeof LINEAR_OPS)[number]];

export interface LinearWeights {
  readonly kernel: Float32Array;
  readonly bias: Float32Array;
}

interface ShapedWeights extends LinearWeights {
  readonly shape: readonly number[];
}

export function isLinear(node: Node): node is LinearNode {
  return (LINEAR_OPS as readonly string[]).includes(node.op);
}

/** W and b of scale · (Wx + b) + offset, per output channel. */
export function scaleOutputs(weights: ShapedWeights, linear: LinearNode, affine: ChannelAffine): LinearWeights {
  const outputs = outputCount(linear, weights.shape);
  const outputOf = outputIndexer(linear, weights.shape);
  const at = (values: Float64Array, c: number): number => values[values.length === 1 ? 0 : c]!;
  return {
    kernel: weights.kernel.map((value, i) => value * at(affine.scale, outputOf(i))),
    bias: Float32Array.from({ length: outputs }, (_, o) => at(affine.scale, o) * (weights.bias[o] ?? 0) + at(affine.offset, o)),
  };
}

/** W and b of W(scale · x + offset) + b, per input channel. */
export function scaleInputs(weights: ShapedWeights, linear: LinearNode, affine: ChannelAffine): LinearWeights {
  const { shape } = weights;
  const outputs = outputCount(linear, shape);
  const outputOf = outputIndexer(linear, shape);
  const inputs = shape.at(-2)!;
  const last = shape.at(-1)!;
  const bias = Float64Array.from({ length: outputs }, (_, o) => weights.bias[o] ?? 0);
  const kernel = weights.kernel.map((value, i) => {
    const input = Math.floor(i / last) % inputs;
    bias[outputOf(i)]! += value * affine.offset[affine.offset.length === 1 ? 0 : input]!;
    return value * affine.scale[affine.scale.length === 1 ? 0 : input]!;
  });
  return { kernel, bias: Float32Array.from(bias) };
}

/** How many channels come out. */
export function outputCount(linear: LinearNode, shape: readonly number[]): number {
  if (linear.op === 'depthwise-conv2d') return shape[2]! * shape[3]!;
  return linear.op.startsWith('transpose') ? shape.at(-2)! : shape.at(-1)!;
}

/** The output channel of a kernel's element. A depthwise kernel [kh, kw, C, M] has channel c·M + m. */
export function outputIndexer(linear: LinearNode, shape: readonly number[]): (index: number) => number {
  const last = shape.at(-1)!;
  if (linear.op === 'depthwise-conv2d') return (index) => index % (shape[2]! * last);
  if (linear.op.startsWith('transpose')) return (index) => Math.floor(index / last) % shape.at(-2)!;
  return (index) => index % last;
}
