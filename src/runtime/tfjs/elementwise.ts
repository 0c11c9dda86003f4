/** Elementwise operators: with two inputs that broadcast, and with one. */
import type { FusedActivation } from '../../ops/signatures';
import type { Kernel, Tensor } from './kernel';
import { activate } from './activations';
import { onFewDimensions } from './few-dimensions';
import { castTo } from './cast';
import { trigonometryKernels } from './trigonometry';
import * as tf from '@tensorflow/tfjs-core';

type Binary = (a: Tensor, b: Tensor) => Tensor;

/** An operator with a fused activation. */
function withActivation(operate: Binary) {
  return (node: { readonly attributes: { readonly activation: FusedActivation } }): Binary => {
    const { activation } = node.attributes;
    return activation === 'none' ? broadcast(operate) : (a, b) => activate(onFewDimensions([a, b], operate), activation);
  };
}

function broadcast(operate: Binary): Binary {
  return (a, b) => onFewDimensions([a, b], operate);
}

/** TensorFlow.js makes integers of the quotient (webgl even of the operands); TensorFlow keeps the type. */
function floorDiv(a: Tensor, b: Tensor): Tensor {
  return a.dtype === 'int32' && b.dtype === 'int32' ? tf.floorDiv(a, b) : tf.tidy(() => tf.floor(tf.div(a, b)));
}

/** C's remainder: |a| mod |b| with the sign of a. */
function truncateMod(a: Tensor, b: Tensor): Tensor {
  return tf.tidy(() => {
    const remainder = tf.mod(tf.abs(a), tf.abs(b));
    return tf.where(tf.less(a, tf.scalar(0, a.dtype as 'int32')), tf.neg(remainder), remainder);
  });
}

export const binaryKernels = {
  add: withActivation((a, b) => tf.add(a, b)),
  sub: withActivation((a, b) => tf.sub(a, b)),
  mul: withActivation((a, b) => tf.mul(a, b)),
  div: withActivation((a, b) => tf.div(a, b)),
  'div-no-nan': () => broadcast((a, b) => tf.divNoNan(a, b)),
  'floor-div': () => broadcast(floorDiv),
  'floor-mod': () => broadcast((a, b) => tf.mod(a, b)),
  'truncate-mod': () => broadcast(truncateMod),
  maximum: () => broadcast((a, b) => tf.maximum(a, b)),
  minimum: () => broadcast((a, b) => tf.minimum(a, b)),
  pow: () => broadcast((a, b) => tf.pow(a, b)),
  'squared-difference': () => broadcast((a, b) => tf.squaredDifference(a, b)),
  atan2: () => broadcast((a, b) => tf.atan2(a, b)),
  equal: () => broadcast((a, b) => tf.equal(a, b)),
  'not-equal': () => broadcast((a, b) => tf.notEqual(a, b)),
  less: () => broadcast((a, b) => tf.less(a, b)),
  'less-equal': () => broadcast((a, b) => tf.lessEqual(a, b)),
  greater: () => broadcast((a, b) => tf.greater(a, b)),
  'greater-equal': () => broadcast((a, b) => tf.greaterEqual(a, b)),
  'logical-and': () => broadcast((a, b) => tf.logicalAnd(a, b)),
  'logical-or': () => broadcast((a, b) => tf.logicalOr(a, b)),
  'logical-xor': () => broadcast((a, b) => tf.logicalXor(a, b)),
  select: () => (condition: Tensor, a: Tensor, b: Tensor) => onFewDimensions([condition, a, b], (flags, x, y) => tf.where(flags!, x!, y!)),
  'add-n': () => (...terms: Tensor[]) => tf.addN(terms),
} satisfies { [O in BinaryOp]: Kernel<O> };

export const unaryKernels = {
  ...trigonometryKernels,
  exp: () => (x: Tensor) => tf.exp(x),
  expm1: () => (x: Tensor) => tf.expm1(x),
  log: () => (x: Tensor) => tf.log(x),
  log1p: () => (x: Tensor) => tf.log1p(x),
  sqrt: () => (x: Tensor) => tf.sqrt(x),
  rsqrt: () => (x: Tensor) => tf.rsqrt(x),
  square: () => (x: Tensor) => tf.square(x),
  reciprocal: () => (x: Tensor) => tf.reciprocal(x),
  abs: () => (x: Tensor) => tf.abs(x),
  neg: () => (x: Tensor) => tf.neg(x),
  sign: () => (x: Tensor) => tf.sign(x),
  floor: () => (x: Tensor) => tf.floor(x),
  ceil: () => (x: Tensor) => tf.ceil(x),
  round: () => (x: Tensor) => tf.round(x),
  asin: () => (x: Tensor) => tf.asin(x),
  atan: () => (x: Tensor) => tf.atan(x),
  sinh: () => (x: Tensor) => tf.sinh(x),
  cosh: () => (x: Tensor) => tf.cosh(x),
  asinh: () => (x: Tensor) => tf.asinh(x),
  acosh: () => (x: Tensor) => tf.acosh(x),
  atanh: () => (x: Tensor) => tf.atanh(x),
  erf: () => (x: Tensor) => tf.erf(x),
  'is-nan': () => (x: Tensor) => tf.isNaN(x),
  'logical-not': () => (x: Tensor) => tf.logicalNot(x),
  'zeros-like': () => (x: Tensor) => tf.zerosLike(x),
  'ones-like': () => (x: Tensor) => tf.onesLike(x),
  clip: (node) => {
    const { minimum, maximum } = node.attributes;
    return (x: Tensor) => tf.clipByValue(x, minimum, maximum);
  },
  cast: (node, context) => (x: Tensor) => castTo(x, node.attributes.dtype, context),
  // The executor gives `identity` no step of its own; this serves a node that only renames a graph input.
  identity: () => (x: Tensor) => tf.clone(x),
  // The executor rounds every result to its value's grid, this one too.
  quantize: () => (x: Tensor) => x,
  softmax: (node) => {
    const { axis } = node.attributes;
    return (x: Tensor) => onLastAxis(x, axis, (last) => tf.softmax(last));
  },
  'log-softmax': (node) => {
    const { axis } = node.attributes;
    return (x: Tensor) => onLastAxis(x, axis, (last) => tf.logSoftmax(last));
  },
} satisfies { [O in UnaryOp]: Kernel<O> };

/** TensorFlow.js normalises over the last axis only. */
function onLastAxis(x: Tensor, axis: number, operate: (x: Tensor) => Tensor): Tensor {
  const last = x.rank - 1;
  const target = axis < 0 ? axis + x.rank : axis;
  if (target === last) return operate(x);
  const swap = x.shape.map((_, i) => (i === target ? last : i === last ? target : i));
  return tf.tidy(() => tf.transpose(operate(tf.transpose(x, swap)), swap));
}

type BinaryOp =
  | 'add' | 'sub' | 'mul' | 'div' | 'div-no-nan' | 'floor-div' | 'floor-mod' | 'truncate-mod' | 'maximum' | 'minimum' | 'pow'
  | 'squared-difference' | 'atan2' | 'equal' | 'not-equal' | 'less' | 'less-equal' | 'greater' | 'greater-equal' | 'logical-and'
  | 'logical-or' | 'logical-xor' | 'select' | 'add-n';
type UnaryOp =
  | 'exp' | 'expm1' | 'log' | 'log1p' | 'sqrt' | 'rsqrt' | 'square' | 'reciprocal' | 'abs' | 'neg' | 'sign' | 'floor' | 'ceil'
  | 'round' | 'sin' | 'cos' | 'tan' | 'asin' | 'acos' | 'atan' | 'sinh' | 'cosh' | 'asinh' | 'acosh' | 'atanh' | 'erf' | 'is-nan'
  | 'logical-not' | 'zeros-like' | 'ones-like' | 'clip' | 'cast' | 'identity' | 'quantize' | 'softmax' | 'log-softmax';
