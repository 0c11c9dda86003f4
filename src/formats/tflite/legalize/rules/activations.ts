/**
 * Activation functions without a builtin, and ones that a kernel cannot fuse. The forms are those that neither overflow nor cancel:
 * - silu(x) = x · σ(x)
 * - softplus(x) = relu(x) + log(1 + e^−|x|)
 * - mish(x) = x · tanh(softplus(x)) = x · w / (w + 2) with w = n (n + 2), n = eˣ; n is held at e²⁰, where the fraction is 1 in float32
 * - elu(x, α) = relu(x) + α · ELU(min(x, 0)); selu is that with α = 1.673…, times 1.050…
 * - hard-sigmoid(x) = relu6(x + 3) / 6; of Keras 2: relu(0.2 x + 0.5), at most 1
 * - softsign(x) = x / (1 + |x|); thresholded-relu: x where x > θ, else 0
 * - clip: the relu of the same limits, or min and max
 */
import type { NodeOf } from '../../../../ir/graph';
import type { Quantization } from '../../../../ir/quantization';
import { integerRange } from '../../../../ir/quantization';
import type { Tensor } from '../../../../ir/tensor';
import type { FusedActivation } from '../../../../ops/signatures';
import { fixedGridOf } from '../../../../ops/integer-rules';
import { algebra } from '../algebra';
import { isFusable } from '../legal';
import type { Build, Rules } from '../rule';
import { floatsOnly } from '../types';

/** Of the paper (https://arxiv.org/abs/1706.02515). */
const SELU_ALPHA = 1.6732632423543772;
const SELU_SCALE = 1.0507009873554805;
/** e^20 squared is finite in float32, and (e^40 / (e^40 + 2)) is 1. */
const MISH_LIMIT = 20;

export const activationRules: Rules = {
  silu: [
    floatsOnly,
    (node, build) => {
      const x = node.inputs[0]!;
      const grid = build.grid();
      const gate = build.op('sigmoid', [x], {} as never, grid && fixedGridOf('sigmoid', grid.dtype));
      return [algebra(build).mul(x, gate, 'none', grid)];
    },
  ],
  softplus: [
    floatsOnly,
    (node, build) => {
      const { add, relu, log, exp, neg, abs } = algebra(build);
      const x = node.inputs[0]!;
      return [add(relu(x), log(add(exp(neg(abs(x))), 1)))];
    },
  ],
  mish: [
    floatsOnly,
    (node, build) => {
      const { add, mul, div, exp, minimum } = algebra(build);
      const x = node.inputs[0]!;
      const n = exp(minimum(x, MISH_LIMIT));
      const w = mul(n, add(n, 2));
      return [mul(x, div(w, add(w, 2)))];
    },
  ],
  elu: [floatsOnly, (node, build) => (node.attributes.alpha === 1 ? null : [scaledElu(node, build, node.attributes.alpha)])],
  selu: [floatsOnly, (node, build) => [algebra(build).mul(scaledElu(node, build, SELU_ALPHA), SELU_SCALE)]],
  softsign: [
    floatsOnly,
    (node, build) => {
      const { add, div, abs } = algebra(build);
      const x = node.inputs[0]!;
      return [div(x, add(abs(x), 1))];
    },
  ],
  'hard-sigmoid': [
    floatsOnly,
    (node, build) => {
      const { add, mul } = algebra(build);
      return [mul(add(node.inputs[0]!, 3, 'relu6'), 1 / 6)];
    },
  ],
  'hard-sigmoid-keras2': [
    floatsOnly,
    (node, build) => {
      const { add, mul, minimum } = algebra(build);
      return [minimum(add(mul(node.inputs[0]!, 0.2), 0.5, 'relu'), 1)];
    },
  ],
  'thresholded-relu': [
    floatsOnly,
    (node, build) => {
      const { greater, select } = algebra(build);
      const x = node.inputs[0]!;
      return [select(greater(x, node.attributes.theta), x, 0)];
    },
  ],
  clip: [
    (node, build) => {
      const { minimum, maximum } = node.attributes;
      const x = node.inputs[0]!;
      const activation = build.value(x).dtype === 'float32' ? limitsOf(minimum, maximum) : null;
      if (activation === 'none') return [x];
      if (activation) return [build.op(activation, [x], {} as never, build.grid())];
      const limited = minimum > -Infinity ? build.op('maximum', [x, limit(build, x, minimum)], {} as never, build.grid()) : x;
      return [maximum < Infinity ? build.op('minimum', [limited, limit(build, x, maximum)], {} as never, build.grid()) : limited];
    },
  ],
};

/** Takes an activation that the kernel cannot fuse out of a node. */
export function unfuse<O extends 'conv2d' | 'conv3d' | 'depthwise-conv2d' | 'transpose-conv2d' | 'dense' | 'add' | 'max-pool' | 'concat'>(
  node: NodeOf<O>,
  build: Build,
  nothingFuses = false,
) {
  const { activation } = node.attributes as { activation: FusedActivation };
  if (activation === 'none' || (isFusable(activation) && !nothingFuses)) return null;
  const grid = build.grid();
  // A relu only cuts off what the grid of its output cannot hold anyway; the others need the numbers before them.
  if (grid && !isFusable(activation)) build.refuse(`${activation} is fused into it, and the grid of the numbers before it is not known`);
  const bare = build.op(node.op, node.inputs, { ...node.attributes, activation: 'none' }, grid);
  return [activation === 'elu' ? build.op('elu', [bare], { alpha: 1 }) : build.op(activation, [bare], {} as never)];
}

function scaledElu(node: NodeOf<'elu'> | NodeOf<'selu'>, build: Build, alpha: number): string {
  const { add, mul, relu, elu, minimum } = algebra(build);
  const x = node.inputs[0]!;
  return add(relu(x), mul(elu(minimum(x, 0)), alpha));
}

function limitsOf(minimum: number, maximum: number): Exclude<FusedActivation, 'elu' | 'sigmoid' | 'tanh'> | null {
  if (minimum === -Infinity && maximum === Infinity) return 'none';
  if (minimum === 0 && maximum === Infinity) return 'relu';
  if (minimum === 0 && maximum === 6) return 'relu6';
  return minimum === -1 && maximum === 1 ? 'relu-n1-to-1' : null;
}

function limit(build: Build, x: string, value: number): string {
  const { dtype, quantization } = build.value(x);
  if (quantization) return build.constant(null, `limit ${value}`, () => onGrid(value, quantization));
  return build.scalar(dtype === 'int32' ? Math.trunc(value) : value, dtype === 'int32' ? 'int32' : 'float32');
}

/** One number on the grid of an activation. */
export function onGrid(value: number, { dtype, scale, zeroPoint }: Quantization): Tensor {
  const [lowest, highest] = integerRange(dtype);
  const integer = Math.min(Math.max(Math.round(value / scale) + zeroPoint, lowest), highest);
  const values = dtype === 'int16' ? Int16Array.of(integer) : dtype === 'int8' ? Int8Array.of(integer) : Uint8Array.of(integer);
  return {
    dtype: 'float32',
    shape: [],
    encoding: {
      kind: 'affine', bits: dtype === 'int16' ? 16 : 8, signed: dtype !== 'uint8', values, scale: Float32Array.of(scale),
      zeroPoint: Float64Array.of(zeroPoint), axis: null, blockSize: null,
    },
  };
}
