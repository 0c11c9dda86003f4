/** Normalizations. Composed ones take moments in the order mean, then variance of the centred values. */
import type { Kernel, Tensor } from './kernel';
import { activate } from './activations';
import { axisOf } from './kernel';
import { add, avgPool, batchNorm as normalizeBatch, div, maximum, mean, mul, pad, pow, reshape, rsqrt, square, sub, sum, tidy } from '@tensorflow/tfjs-core';

export const batchNorm: Kernel<'batch-norm'> = (node) => {
  const { epsilon, axis, activation } = node.attributes;
  return (x: Tensor, average: Tensor, variance: Tensor, gamma: Tensor | null, beta: Tensor | null) => {
    const channel = axisOf(axis, x.rank);
    if (channel === x.rank - 1 && x.rank === 4) {
      return activate(normalizeBatch(x as never, average as never, variance as never, (beta ?? undefined) as never, (gamma ?? undefined) as never, epsilon), activation);
    }
    return tidy(() => {
      if (channel === x.rank - 1) {
        // Kernels take four dimensions; only the last one matters.
        const flat = reshape(x, [1, 1, -1, x.shape[channel]!]);
        const y: Tensor = normalizeBatch(flat as never, average as never, variance as never, (beta ?? undefined) as never, (gamma ?? undefined) as never, epsilon);
        return activate(reshape(y, x.shape), activation);
      }
      const along = (values: Tensor) => reshape(values, x.shape.map((size, i) => (i === channel ? size : 1)));
      const scale = rsqrt(add(variance, epsilon));
      const y = mul(sub(x, along(average)), along(gamma ? mul(scale, gamma) : scale));
      return activate(beta ? add(y, along(beta)) : y, activation);
    });
  };
};

export const layerNorm: Kernel<'layer-norm'> = (node) => {
  const { axes, epsilon, rms } = node.attributes;
  return (x: Tensor, gamma: Tensor | null, beta: Tensor | null) =>
    tidy(() => {
      const along = axes.map((axis) => axisOf(axis, x.rank));
      const shape = x.shape.map((size, i) => (along.includes(i) ? size : 1));
      const centred = rms ? x : sub(x, mean(x, along, true));
      const y = mul(centred, rsqrt(add(mean(square(centred), along, true), epsilon)));
      return scaleAndShift(y, gamma, beta, shape);
    });
};

export const groupNorm: Kernel<'group-norm'> = (node) => {
  const { groups, epsilon } = node.attributes;
  return (x: Tensor, gamma: Tensor | null, beta: Tensor | null) =>
    tidy(() => {
      const channels = x.shape.at(-1)!;
      const grouped = reshape(x, [x.shape[0]!, -1, groups, channels / groups]);
      const centred = sub(grouped, mean(grouped, [1, 3], true));
      const y = mul(centred, rsqrt(add(mean(square(centred), [1, 3], true), epsilon)));
      return scaleAndShift(reshape(y, x.shape), gamma, beta, [channels]);
    });
};

export const l2Normalize: Kernel<'l2-normalize'> = (node) => {
  const { axes, epsilon } = node.attributes;
  return (x: Tensor) => tidy(() => mul(x, rsqrt(maximum(sum(square(x), [...axes], true), epsilon))));
};

/** The sum over neighbouring channels is an average over a window, times its size: a kernel that every backend has. */
export const localResponseNorm: Kernel<'local-response-norm'> = (node) => {
  const { radius, bias, alpha, beta } = node.attributes;
  const window = 2 * radius + 1;
  return (x: Tensor) =>
    tidy(() => {
      const channels = x.shape.at(-1)!;
      const rows = reshape(square(x), [1, -1, channels, 1]);
      const padded = pad(rows, [[0, 0], [0, 0], [radius, radius], [0, 0]]);
      const sums = reshape(mul(avgPool(padded as never, [1, window], 1, 'valid') as Tensor, window), x.shape);
      return div(x, pow(add(mul(sums, alpha), bias), beta));
    });
};

function scaleAndShift(x: Tensor, gamma: Tensor | null, beta: Tensor | null, shape: number[]): Tensor {
  const scaled = gamma ? mul(x, reshape(gamma, shape)) : x;
  return beta ? add(scaled, reshape(beta, shape)) : scaled;
}
