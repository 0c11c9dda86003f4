/**
 * Normalizations:
 * - batch-norm = x · s + (beta − mean · s), s = gamma / √(variance + epsilon), computed here for constant parameters
 * - layer-norm = (x − mean) · 1/√(mean((x − mean)²) + epsilon) · gamma + beta over its axes; rms: without the mean
 * - group-norm: that of x as [batch, place, group, channel], over place and channel
 * - l2-normalize = x / √max(Σ x², epsilon), where the builtin has another axis or epsilon
 * - local-response-norm: the builtin takes pictures; others are a picture of one row
 * - softmax and log-softmax along another axis: that axis goes last and back; more dimensions than four: as rows
 */
import type { NodeOf, ValueId } from '../../../../ir/graph';
import type { OpName } from '../../../../ops/signatures';
import { algebra } from '../algebra';
import { L2_EPSILON } from '../../equivalents';
import type { Build, Rule, Rules } from '../rule';
import { floatsOnly } from '../types';
import { fromFront, swapped } from '../axes';

export const normalizationRules: Rules = {
  'batch-norm': [(node, build) => [batchNorm(node, build)]],
  'layer-norm': [
    (node, build) => {
      const [x, gamma, beta] = node.inputs;
      const shape = build.shape(x!);
      const axes = node.attributes.axes.map((axis) => fromFront(axis, shape.length));
      const y = normalized(x!, axes, node.attributes.epsilon, node.attributes.rms, build);
      return [scaledAndShifted(y, gamma, beta, shape.map((size, axis) => (axes.includes(axis) ? size : 1)), build)];
    },
  ],
  'group-norm': [
    (node, build) => {
      const { reshape } = algebra(build);
      const [x, gamma, beta] = node.inputs;
      const shape = build.shape(x!);
      const { groups, epsilon } = node.attributes;
      const channels = shape.at(-1)!;
      const places = shape.slice(1, -1).reduce((product, size) => product * size, 1);
      const grouped = reshape(x!, [shape[0]!, places, groups, channels / groups]);
      const y = reshape(normalized(grouped, [1, 3], epsilon, false, build), shape);
      return [scaledAndShifted(y, gamma, beta, [channels], build)];
    },
  ],
  'l2-normalize': [
    floatsOnly,
    (node, build) => {
      const x = node.inputs[0]!;
      const rank = build.shape(x).length;
      const axes = node.attributes.axes.map((axis) => fromFront(axis, rank));
      const isLast = axes.length === 1 && axes[0] === rank - 1;
      if (isLast && (node.attributes.epsilon === L2_EPSILON || build.grid())) {
        // On a grid no square is as small as any epsilon in use.
        return node.attributes.epsilon === L2_EPSILON ? null : [build.op('l2-normalize', [x], { axes, epsilon: L2_EPSILON }, build.grid())];
      }
      const { mul, rsqrt, maximum, sum, square } = algebra(build);
      return [mul(x, rsqrt(maximum(sum(square(x), axes), node.attributes.epsilon)))];
    },
  ],
  'local-response-norm': [
    (node, build) => {
      const x = node.inputs[0]!;
      const shape = build.shape(x);
      if (shape.length === 4) return null;
      const { reshape } = algebra(build);
      return [reshape(build.op('local-response-norm', [reshape(x, [1, 1, -1, shape.at(-1)!])], node.attributes), shape)];
    },
  ],
  softmax: alongLast(),
  'log-softmax': alongLast(),
};

function alongLast(): readonly Rule<'softmax' | 'log-softmax'>[] {
  return [
    floatsOnly as Rule<OpName>,
    (node, build) => {
      const { transpose, reshape } = algebra(build);
      const x = node.inputs[0]!;
      const shape = build.shape(x);
      const axis = fromFront(node.attributes.axis, shape.length);
      const grid = build.grid();
      if (axis === shape.length - 1) {
        if (shape.length <= 4) return null;
        return [reshape(build.op(node.op, [reshape(x, [-1, shape.at(-1)!])], { axis: -1 }, grid), shape)];
      }
      const swap = swapped(shape.length, axis, shape.length - 1);
      return [transpose(build.op(node.op, [transpose(x, swap)], { axis: -1 }, grid), swap)];
    },
  ];
}

function batchNorm(node: NodeOf<'batch-norm'>, build: Build): ValueId {
  const { add, sub, mul, rsqrt, reshape, folded } = algebra(build);
  const [x, mean, variance, gamma, beta] = node.inputs as [ValueId, ValueId, ValueId, ValueId?, ValueId?];
  const { epsilon, axis, activation } = node.attributes;
  const xShape = build.shape(x);
  const channel = fromFront(axis, xShape.length);
  const along = channel === xShape.length - 1 ? [xShape[channel]!] : xShape.slice(channel).map((size, i) => (i === 0 ? size : 1));
  const scaleOf = (spread: number, factor = 1): number => factor / Math.sqrt(spread + epsilon);
  const scale = folded('scale', along, [variance, gamma], (spread, factor) => scaleOf(spread!, factor));
  const offset = folded('offset', along, [mean, variance, gamma, beta], (centre, spread, factor, shift = 0) => shift - centre! * scaleOf(spread!, factor));
  if (scale && offset) return add(mul(x, scale), offset, activation);
  const inverse = rsqrt(add(variance, epsilon));
  const factor = reshape(gamma ? mul(inverse, gamma) : inverse, along);
  const centred = mul(sub(x, reshape(mean, along)), factor, beta ? 'none' : activation);
  return beta ? add(centred, reshape(beta, along), activation) : centred;
}

function normalized(x: ValueId, axes: readonly number[], epsilon: number, rms: boolean, build: Build): ValueId {
  const { add, sub, mul, mean, square, rsqrt } = algebra(build);
  const centred = rms ? x : sub(x, mean(x, axes));
  return mul(centred, rsqrt(add(mean(square(centred), axes), epsilon)));
}

function scaledAndShifted(x: ValueId, gamma: ValueId | null | undefined, beta: ValueId | null | undefined, shape: readonly number[], build: Build): ValueId {
  const { add, mul, reshape } = algebra(build);
  const scaled = gamma ? mul(x, reshape(gamma, shape)) : x;
  return beta ? add(scaled, reshape(beta, shape)) : scaled;
}
