/** Activation functions on the device: fused ones, recurrent ones, and the operators of the same name. */
import type { FusedActivation, RecurrentActivation } from '../../ops/signatures';
import type { Kernel, KernelContext, Tail, Tensor } from './kernel';
import { onFewDimensions } from './few-dimensions';
import {
  abs, add, clipByValue, div, elu as eluOf, erf, exp, expm1, greater, leakyRelu, maximum, minimum, mul, prelu as preluOf, relu, relu6,
  selu, sigmoid, softmax, softplus, tanh, tidy, where, zerosLike,
} from '@tensorflow/tfjs-core';

type Unary = (x: Tensor) => Tensor;

/** Applies a fused activation after the fact, freeing the value before it. */
export function activate(x: Tensor, activation: FusedActivation): Tensor {
  if (activation === 'none') return x;
  const y = fused[activation](x);
  x.dispose();
  return y;
}

export function recurrentActivation(name: RecurrentActivation): Unary {
  return recurrent[name];
}

/** How a convolution or dense product ends: what its kernel fuses, and what is left to do after it. */
export interface Ending {
  readonly activation: Tail['activation'];
  readonly alpha: number;
  /** Applied to the result when the device cannot fuse it. */
  readonly after: FusedActivation;
  /** On cpu, for the activations that only limit: these, in place of the fused kernel. */
  readonly limits: Limits | null;
}

export interface Limits {
  readonly low: number;
  readonly high: number;
}

export function endingOf(activation: FusedActivation, context: Pick<KernelContext, 'backend' | 'tail'>): Ending {
  const ending = context.tail ? { ...context.tail, after: 'none' as const } : ownEnding(activation);
  return { ...ending, limits: context.backend === 'cpu' ? limitsOf(ending.activation) : null };
}

function ownEnding(activation: FusedActivation): Omit<Ending, 'limits'> {
  switch (activation) {
    case 'none':
      return { activation: 'linear', alpha: 0, after: 'none' };
    case 'relu':
    case 'relu6':
    case 'elu':
    case 'sigmoid':
      return { activation, alpha: 0, after: 'none' };
    case 'relu-n1-to-1':
    case 'tanh':
      return { activation: 'linear', alpha: 0, after: activation };
    default: {
      const never: never = activation;
      return never;
    }
  }
}

function limitsOf(activation: Tail['activation']): Limits | null {
  switch (activation) {
    case 'linear':
      return { low: -Infinity, high: Infinity };
    case 'relu':
      return { low: 0, high: Infinity };
    case 'relu6':
      return { low: 0, high: 6 };
    case 'elu':
    case 'sigmoid':
    case 'leakyrelu':
    case 'prelu':
      return null;
    default: {
      const never: never = activation;
      return never;
    }
  }
}

const reluN1To1: Unary = (x) => clipByValue(x, -1, 1);
const hardSigmoid: Unary = (x) => tidy(() => mul(relu6(add(x, 3)), 1 / 6));
const hardSigmoidKeras2: Unary = (x) => tidy(() => clipByValue(add(mul(x, 0.2), 0.5), 0, 1));
const hardSwish: Unary = (x) => tidy(() => mul(mul(x, relu6(add(x, 3))), 1 / 6));
const silu: Unary = (x) => tidy(() => mul(x, sigmoid(x)));
const mish: Unary = (x) => tidy(() => mul(x, tanh(softplus(x))));
const softsign: Unary = (x) => tidy(() => div(x, add(abs(x), 1)));
const geluExact: Unary = (x) => tidy(() => mul(mul(x, 0.5), add(erf(mul(x, Math.SQRT1_2)), 1)));
const geluTanh: Unary = (x) =>
  tidy(() => {
    const inner = mul(add(x, mul(mul(mul(x, x), x), 0.044715)), Math.sqrt(2 / Math.PI));
    return mul(mul(x, 0.5), add(tanh(inner), 1));
  });

/** x above zero, alpha · (e^x − 1) below, without e^x running away above. */
function scaledElu(x: Tensor, alpha: number): Tensor {
  return tidy(() => add(maximum(x, 0), mul(expm1(minimum(x, 0)), alpha)));
}

const fused: { readonly [A in Exclude<FusedActivation, 'none'>]: Unary } = {
  relu,
  relu6,
  'relu-n1-to-1': reluN1To1,
  elu: eluOf,
  sigmoid,
  tanh,
};

const recurrent: { readonly [A in RecurrentActivation]: Unary } = {
  linear: (x) => x,
  relu,
  relu6,
  sigmoid,
  'hard-sigmoid': hardSigmoid,
  'hard-sigmoid-keras2': hardSigmoidKeras2,
  tanh,
  softplus,
  softsign,
  elu: eluOf,
  selu,
  exp,
  silu,
  gelu: geluExact,
  softmax: (x) => softmax(x),
};

/** True where slopes repeat over leading dimensions only, as the wasm kernel assumes: the last ones are x's own, all before are 1. */
function repeatsBehind(slopes: readonly number[], x: readonly number[]): boolean {
  const first = slopes.findIndex((size) => size !== 1);
  return first === -1 || slopes.slice(first).every((size, i) => size === x[x.length - slopes.length + first + i]);
}

export const activationKernels = {
  relu: () => (x: Tensor) => relu(x),
  relu6: () => (x: Tensor) => relu6(x),
  'relu-n1-to-1': () => reluN1To1,
  'leaky-relu': (node) => (x: Tensor) => leakyRelu(x, node.attributes.alpha),
  prelu: (_node, { backend }) => (x: Tensor, alpha: Tensor) => {
    if (backend === 'wasm' && !repeatsBehind(alpha.shape, x.shape)) return tidy(() => where(greater(x, 0), x, mul(x, alpha)));
    return onFewDimensions([x, alpha], (values, slopes) => preluOf(values!, slopes!));
  },
  elu: (node) => {
    const { alpha } = node.attributes;
    return alpha === 1 ? (x: Tensor) => eluOf(x) : (x: Tensor) => scaledElu(x, alpha);
  },
  selu: () => (x: Tensor) => selu(x),
  'thresholded-relu': (node) => {
    const { theta } = node.attributes;
    return (x: Tensor) => tidy(() => where(greater(x, theta), x, zerosLike(x)));
  },
  sigmoid: () => (x: Tensor) => sigmoid(x),
  'hard-sigmoid': () => hardSigmoid,
  'hard-sigmoid-keras2': () => hardSigmoidKeras2,
  tanh: () => (x: Tensor) => tanh(x),
  softplus: () => (x: Tensor) => softplus(x),
  softsign: () => softsign,
  gelu: (node) => (node.attributes.approximate ? geluTanh : geluExact),
  silu: () => silu,
  'hard-swish': () => hardSwish,
  mish: () => mish,
} satisfies { [O in ActivationOp]: Kernel<O> };

type ActivationOp =
  | 'relu' | 'relu6' | 'relu-n1-to-1' | 'leaky-relu' | 'prelu' | 'elu' | 'selu' | 'thresholded-relu' | 'sigmoid' | 'hard-sigmoid'
  | 'hard-sigmoid-keras2' | 'tanh' | 'softplus' | 'softsign' | 'gelu' | 'silu' | 'hard-swish' | 'mish';
