/** Elementwise operators with broadcasting, activations, and softmax. Operators that are rare in nets take the generic rule. */
import type { Tensor } from '@tensorflow/tfjs-core';
import type { NodeOf } from '../../../ir/graph';
import type { FusedActivation } from '../../../ops/signatures';
import type { Rule, RuleMaker } from '../rule';
import { activate } from '../../../runtime/tfjs/activations';
import { onFewDimensions } from '../../../runtime/tfjs/few-dimensions';
import { throughActivation } from '../activation-gradients';
import { sumToShape } from '../broadcast';
import { gateByRange } from '../elementwise-kernels';
import { forwardOf, generic } from './generic';
import * as tf from '@tensorflow/tfjs-core';

type Binary = (a: Tensor, b: Tensor) => Tensor;
type Slope = (dy: Tensor, a: Tensor, b: Tensor) => Tensor;
type BinaryOp = 'add' | 'sub' | 'mul' | 'div' | 'maximum' | 'minimum' | 'squared-difference' | 'div-no-nan';

/** Gradients are summed where an operand was repeated. */
function binary<O extends BinaryOp>(operate: Binary, reads: readonly number[], byFirst: Slope, bySecond: Slope) {
  return ({ attributes }: NodeOf<O>): Rule => {
    const activation = (attributes as { readonly activation?: FusedActivation }).activation ?? 'none';
    return {
    reads: { inputs: reads, outputs: activation !== 'none' },
    forward: ([a, b]) => activate(onFewDimensions([a!, b!], operate), activation),
    backward([dy], { inputs: [a, b], inputShapes, outputs: [y], wanted }) {
      const gated = throughActivation(dy!, y!, activation);
      const by = (slope: Slope): Tensor => (reads.length === 0 ? slope(gated, a!, b!) : onFewDimensions([gated, a!, b!], slope as never));
      return [byFirst, bySecond].map((slope, i) => (wanted[i] ? sumToShape(by(slope), inputShapes[i]!) : null));
    },
    };
  };
}

function where(condition: Tensor, dy: Tensor): Tensor {
  return tf.where(condition, dy, tf.zerosLike(dy));
}

/** With the activation that stands in the node, from the result. */
function activating(name: Exclude<FusedActivation, 'none'>) {
  return (): Rule => ({
    reads: { inputs: [], outputs: true },
    // The input is not ours to free.
    forward: ([x]) => activate(tf.clone(x!), name),
    backward: ([dy], { outputs: [y] }) => [throughActivation(dy!, y!, name)],
  });
}

const same: Slope = (dy) => dy;

export const elementwiseRules = {
  add: binary((a, b) => tf.add(a, b), [], same, same),
  sub: binary((a, b) => tf.sub(a, b), [], same, (dy) => tf.neg(dy)),
  mul: binary((a, b) => tf.mul(a, b), [0, 1], (dy, _a, b) => tf.mul(dy, b), (dy, a) => tf.mul(dy, a)),
  div: binary((a, b) => tf.div(a, b), [0, 1], (dy, _a, b) => tf.div(dy, b), (dy, a, b) => tf.neg(tf.div(tf.mul(dy, a), tf.square(b)))),
  maximum: binary((a, b) => tf.maximum(a, b), [0, 1], (dy, a, b) => where(tf.greaterEqual(a, b), dy), (dy, a, b) => where(tf.less(a, b), dy)),
  minimum: binary((a, b) => tf.minimum(a, b), [0, 1], (dy, a, b) => where(tf.lessEqual(a, b), dy), (dy, a, b) => where(tf.greater(a, b), dy)),
  'squared-difference': binary(
    (a, b) => tf.squaredDifference(a, b), [0, 1], (dy, a, b) => tf.mul(tf.mul(dy, 2), tf.sub(a, b)), (dy, a, b) => tf.mul(tf.mul(dy, -2), tf.sub(a, b)),
  ),
  // Where the divisor is zero the result is zero whatever the operands, and so are the gradients.
  'div-no-nan': binary(
    (a, b) => tf.divNoNan(a, b), [0, 1], (dy, _a, b) => tf.divNoNan(dy, b), (dy, a, b) => tf.neg(tf.divNoNan(tf.mul(dy, a), tf.square(b))),
  ),
  'thresholded-relu': (node, context): Rule => ({
    reads: { inputs: [0], outputs: false },
    forward: forwardOf(node, context),
    backward: ([dy], { inputs: [x] }) => [gateByRange(dy!, x!, node.attributes.theta, Infinity)],
  }),
  // The runtime's kernels of these compare numbers on graphics backends, through which there is no gradient.
  sin: (node, context): Rule => ({
    reads: { inputs: [0], outputs: false },
    forward: forwardOf(node, context),
    backward: ([dy], { inputs: [x] }) => [tf.mul(dy!, tf.cos(x!))],
  }),
  cos: (node, context): Rule => ({
    reads: { inputs: [0], outputs: false },
    forward: forwardOf(node, context),
    backward: ([dy], { inputs: [x] }) => [tf.neg(tf.mul(dy!, tf.sin(x!)))],
  }),
  tan: (node, context): Rule => ({
    reads: { inputs: [], outputs: true },
    forward: forwardOf(node, context),
    backward: ([dy], { outputs: [y] }) => [tf.mul(dy!, tf.add(tf.square(y!), 1))],
  }),
  'add-n': (): Rule => ({
    reads: { inputs: [], outputs: false },
    forward: (terms) => tf.addN([...terms]),
    backward: ([dy], { wanted }) => wanted.map((isWanted) => (isWanted ? dy! : null)),
  }),
  relu: activating('relu'),
  relu6: activating('relu6'),
  'relu-n1-to-1': activating('relu-n1-to-1'),
  sigmoid: activating('sigmoid'),
  tanh: activating('tanh'),
  elu: ((node, context) => (node.attributes.alpha === 1 ? activating('elu')() : generic(node, context))) satisfies RuleMaker<'elu'>,
  'leaky-relu': (node): Rule => ({
    reads: { inputs: [0], outputs: false },
    forward: ([x]) => tf.leakyRelu(x!, node.attributes.alpha),
    backward: ([dy], { inputs: [x] }) => [tf.mul(dy!, tf.step(x!, node.attributes.alpha))],
  }),
  softmax: ((node, context) => {
    const { axis } = node.attributes;
    const rule: Rule = {
      reads: { inputs: [], outputs: true },
      forward: ([x]) => tf.softmax(x!),
      backward([dy], { outputs: [y] }) {
        const weighted = tf.mul(dy!, y!);
        return [tf.sub(weighted, tf.mul(tf.sum(weighted, -1, true), y!))];
      },
    };
    return axis === -1 || axis === (context.inputs[0]?.shape?.length ?? NaN) - 1 ? rule : generic(node, context);
  }) satisfies RuleMaker<'softmax'>,
} satisfies { [O in ElementwiseOp]: RuleMaker<O> };

type ElementwiseOp =
  | BinaryOp | 'thresholded-relu' | 'sin' | 'cos' | 'tan' | 'add-n' | 'relu' | 'relu6' | 'relu-n1-to-1' | 'sigmoid' | 'tanh' | 'elu' | 'leaky-relu' | 'softmax';
