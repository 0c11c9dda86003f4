/** Elementwise operators: with two inputs that broadcast, and with one. */
import type { FusedActivation } from '../../ops/signatures';
import type { Kernel, Tensor } from './kernel';
import { activate } from './activations';
import * as tf from '@tensorflow/tfjs-core';

type Binary = (a: Tensor, b: Tensor) => Tensor;

/** An operator with a fused activation. */
function withActivation(operate: Binary) {
  return (node: { readonly attributes: { readonly activation: FusedActivation } }): Binary => {
    const { activation } = node.attributes;
    return activation === 'none' ? operate : (a, b) => activate(operate(a, b), activation);
  };
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
  'div-no-nan': () => (a: Tensor, b: Tensor) => tf.divNoNan(a, b),
  // TensorFlow.js makes integers of it, TensorFlow keeps the type.
  'floor-div': () => (a: Tensor, b: Tensor) => tf.tidy(() => tf.cast(tf.floorDiv(a, b), a.dtype)),
  'floor-mod': () => (a: Tensor, b: Tensor) => tf.mod(a, b),
  'truncate-mod': () => truncateMod,
  maximum: () => (a: Tensor, b: Tensor) => tf.maximum(a, b),
  minimum: () => (a: Tensor, b: Tensor) => tf.minimum(a, b),
  pow: () => (a: Tensor, b: Tensor) => tf.pow(a, b),
  'squared-difference': () => (a: Tensor, b: Tensor) => tf.squaredDifference(a, b),
  atan2: () => (a: Tensor, b: Tensor) => tf.atan2(a, b),
  equal: () => (a: Tensor, b: Tensor) => tf.equal(a, b),
  'not-equal': () => (a: Tensor, b: Tensor) => tf.notEqual(a, b),
  less: () => (a: Tensor, b: Tensor) => tf.less(a, b),
  'less-equal': () => (a: Tensor, b: Tensor) => tf.lessEqual(a, b),
  greater: () => (a: Tensor, b: Tensor) => tf.greater(a, b),
  'greater-equal': () => (a: Tensor, b: Tensor) => tf.greaterEqual(a, b),
  'logical-and': () => (a: Tensor, b: Tensor) => tf.logicalAnd(a, b),
  'logical-or': () => (a: Tensor, b: Tensor) => tf.logicalOr(a, b),
  'logical-xor': () => (a: Tensor, b: Tensor) => tf.logicalXor(a, b),
  select: () => (condition: Tensor, a: Tensor, b: Tensor) => tf.where(condition, a, b),
  'add-n': () => (...terms: Tensor[]) => tf.addN(terms),
} satisfies { [O in BinaryOp]: Kernel<O> };

export const unaryKernels = {
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
  sin: () => (x: Tensor) => tf.sin(x),
  cos: () => (x: Tensor) => tf.cos(x),
  tan: () => (x: Tensor) => tf.tan(x),
  asin: () => (x: Tensor) => tf.asin(x),
  acos: () => (x: Tensor) => tf.acos(x),
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
  cast: (node) => {
    const { dtype } = node.attributes;
    // The wasm kernel keeps a float's bits for a flag.
    if (dtype === 'bool') return (x: Tensor) => tf.tidy(() => tf.notEqual(x, tf.scalar(0, x.dtype as 'int32')));
    return (x: Tensor) => tf.cast(x, dtype);
  },
  // The executor gives `identity` no step of its own; this serves a node that only renames a graph input.
  identity: () => (x: Tensor) => tf.clone(x),
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
  | 'logical-not' | 'zeros-like' | 'ones-like' | 'clip' | 'cast' | 'identity' | 'softmax' | 'log-softmax';
