/** Fake quantization of `affine.ts` on tensors. */
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Affine } from './affine';
import type { DeviceStage } from './device-stage';
import {
  abs, add, cast, clipByValue, div, equal, gather, keep, max, maximum, min, minimum, mul, pad, reshape, round, sub, sum, tensor1d, where, zerosLike,
} from '@tensorflow/tfjs-core';

interface Grid {
  /** Both fit the tensor's shape by broadcasting. */
  readonly scale: Tensor;
  readonly zeroPoint: Tensor;
}

export function deviceAffine(stage: Affine): DeviceStage {
  const { constraint, lowest, highest, groups } = stage;
  const index = constraint.blockSize !== null && groups.of ? keep(tensor1d(Int32Array.from(groups.of), 'int32')) : null;
  const fixed = constraint.range === 'fixed' ? keep(tensor1d(stage.scale)) : null;
  const zeroPoints = keep(tensor1d(stage.zeroPoint));
  const spread = (perGroup: Tensor): Tensor => spreadOver(stage, perGroup, index);
  const gridOf = (from: Tensor, learned: Tensor | null): Grid => {
    if (constraint.range === 'last-value') return following(stage, from, spread);
    return { scale: spread(learned ?? fixed!), zeroPoint: spread(zeroPoints) };
  };
  const rounded = (from: Tensor, { scale, zeroPoint }: Grid): Tensor => add(round(div(from, scale)), zeroPoint);
  return {
    forward(from, learned) {
      const grid = gridOf(from, learned);
      return mul(sub(clipByValue(rounded(from, grid), lowest, highest), grid.zeroPoint), grid.scale);
    },
    backward(from, gradient, learned) {
      const grid = gridOf(from, learned);
      const level = rounded(from, grid);
      const clamped = clipByValue(level, lowest, highest);
      const inside = equal(level, clamped);
      const through = mul(gradient, cast(inside, 'float32'));
      if (!learned) return { from: through, learned: null };
      const byScale = sub(sub(clamped, grid.zeroPoint), mul(div(from, grid.scale), cast(inside, 'float32')));
      return { from: through, learned: mul(reduceGroups(stage, mul(gradient, byScale), sum), learned) };
    },
    sync() {},
    dispose() {
      index?.dispose();
      fixed?.dispose();
      zeroPoints.dispose();
    },
  };
}

/** Scales (and zero points) after the numbers, as `Affine` takes them. */
function following(stage: Affine, from: Tensor, spread: (perGroup: Tensor) => Tensor): Grid {
  const { constraint, highest } = stage;
  const high = maximum(reduceGroups(stage, constraint.symmetric ? abs(from) : from, max), 0);
  const low = constraint.symmetric ? null : minimum(reduceGroups(stage, from, min), 0);
  const width = div(low ? sub(high, low) : high, highest);
  const isNone = equal(width, 0);
  const scale = where(isNone, add(zerosLike(width), 1), width);
  const zeroPoint = low ? clipByValue(round(div(mul(low, -1), scale)), 0, highest) : zerosLike(width);
  return { scale: spread(scale), zeroPoint: spread(zeroPoint) };
}

/** One number a group, in the order of scales; groups of blocks are filled up with zeros, which no reduction here minds. */
function reduceGroups({ shape, constraint, groups }: Affine, x: Tensor, reduce: (x: Tensor, axis?: number | number[]) => Tensor): Tensor {
  const { axis, blockSize } = constraint;
  if (axis === null || groups.count === 1) return reshape(reduce(x), [1]);
  const others = shape.flatMap((_, i) => (i === axis ? [] : [i]));
  if (blockSize === null) return reduce(x, others);
  const inner = shape.slice(axis + 1).reduce((a, b) => a * b, 1);
  const length = shape[axis]!;
  const blocks = Math.ceil(length / blockSize);
  const filled = pad(reshape(x, [-1, length, inner]), [[0, 0], [0, blocks * blockSize - length], [0, 0]]);
  return reshape(reduce(reshape(filled, [-1, blocks, blockSize, inner]), 2), [groups.count]);
}

function spreadOver({ shape, constraint, groups }: Affine, perGroup: Tensor, index: Tensor | null): Tensor {
  if (groups.count === 1) return reshape(perGroup, []);
  if (index) return reshape(gather(perGroup, index as never), [...shape]);
  return reshape(perGroup, shape.map((length, i) => (i === constraint.axis ? length : 1)));
}
