/**
 * Sums and means over everything but the last axis, and scaling along it. The wasm backend reduces over leading axes by
 * transposing first, and broadcasts row by row; its pooling and depthwise kernels do both in one pass.
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import type { FusedActivation } from '../../ops/signatures';
import { activate } from '../../runtime/tfjs/activations';
import { add, AvgPool, engine, FusedDepthwiseConv2D, getBackend, mean, mul, reshape, sum } from '@tensorflow/tfjs-core';

/** [C] of [… , C]. */
export function channelMeans(x: Tensor): Tensor {
  const channels = x.shape.at(-1)!;
  const rows = x.size / channels;
  if (getBackend() !== 'wasm' || rows === 1) return mean(reshape(x, [rows, channels]), 0);
  const [outer, inner] = x.rank === 4 ? [x.shape[0]!, x.shape[1]! * x.shape[2]!] : [1, rows];
  const means = averageRows(x, outer, inner);
  return outer === 1 ? reshape(means, [channels]) : reshape(averageRows(means, 1, outer), [channels]);
}

/** [C] of [… , C]. */
export function channelSums(x: Tensor): Tensor {
  const channels = x.shape.at(-1)!;
  if (getBackend() !== 'wasm') return sum(reshape(x, [-1, channels]), 0);
  return mul(channelMeans(x), x.size / channels);
}

/** [N, C] of [N, H, W, C]. */
export function channelMeansOfPictures(x: Tensor): Tensor {
  if (getBackend() !== 'wasm') return mean(x, [1, 2]);
  return averageRows(x, x.shape[0]!, x.shape[1]! * x.shape[2]!);
}

/** x · scale + shift along the last axis, then the activation. */
export function scaleAndShift(x: Tensor, scale: Tensor, shift: Tensor | null, activation: FusedActivation = 'none'): Tensor {
  if (getBackend() !== 'wasm') return activate(shift ? add(mul(x, scale), shift) : mul(x, scale), activation);
  const channels = x.shape.at(-1)!;
  const fused = activation === 'relu' || activation === 'relu6' ? activation : 'linear';
  const y = engine().runKernel<Tensor>(
    FusedDepthwiseConv2D,
    { x: reshape(x, [1, 1, x.size / channels, channels]), filter: reshape(scale, [1, 1, channels, 1]), ...(shift ? { bias: shift } : {}) },
    { strides: [1, 1], pad: 'valid', dilations: [1, 1], dataFormat: 'NHWC', activation: fused, leakyreluAlpha: 0 } as never,
  );
  const shaped = reshape(y, x.shape);
  return fused === 'linear' ? activate(shaped, activation) : shaped;
}

/** [outer, C] of [outer · inner, C]. */
function averageRows(x: Tensor, outer: number, inner: number): Tensor {
  if (inner === 1) return reshape(x, [outer, x.shape.at(-1)!]);
  const rows = reshape(x, [outer, inner, 1, x.shape.at(-1)!]);
  return engine().runKernel<Tensor>(AvgPool, { x: rows }, { filterSize: [inner, 1], strides: [1, 1], pad: 'valid' } as never);
}
