/**
 * Sums and means over everything but the last axis, and scaling along it. On wasm by the project's own kernels: the backend's
 * reductions transpose first, and its broadcasts go row by row.
 *
 * WebGPU's kernels for matrices and for vectors that are broadcast go through shared memory, which adapters in software pay for with 5 to 15
 * times the time: there rows are a tensor of rank 3, and vectors of channels have the rank of what they scale.
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import type { FusedActivation } from '../../ops/signatures';
import { activate } from '../../runtime/tfjs/activations';
import * as wasm from '../wasm/kernels';
import { add, getBackend, mean, mul, reshape, squaredDifference, sum, zerosLike } from '@tensorflow/tfjs-core';

/** [C] of [… , C]. */
export function channelSums(x: Tensor): Tensor {
  return getBackend() === 'wasm' ? wasm.channelSums(x) : sum(...rowsOf(x));
}

/** [C] of [… , C]. */
export function channelMeans(x: Tensor): Tensor {
  return getBackend() === 'wasm' ? mul(wasm.channelSums(x), shareOf(x)) : mean(...rowsOf(x));
}

/** [C]: the mean of (x − mean)². */
export function channelVariances(x: Tensor, means: Tensor): Tensor {
  return getBackend() === 'wasm' ? mul(wasm.channelSquares(x, means), shareOf(x)) : channelMeans(squaredDifference(x, likeChannelsOf(x, means)));
}

/** x · scale + shift along the last axis, then the activation. */
export function scaleAndShift(x: Tensor, scale: Tensor, shift: Tensor | null, activation: FusedActivation = 'none'): Tensor {
  if (getBackend() !== 'wasm') return activate(shift ? add(scaleChannels(x, scale), likeChannelsOf(x, shift)) : scaleChannels(x, scale), activation);
  const limits = limitsOf(activation);
  const y = wasm.scaleAndShift(x, scale, shift ?? zerosLike(scale), ...(limits ?? NO_LIMITS));
  return limits ? y : activate(y, activation);
}

/** Of the activations that only limit; null for the others. */
export function limitsOf(activation: FusedActivation): readonly [low: number, high: number] | null {
  switch (activation) {
    case 'none':
      return NO_LIMITS;
    case 'relu':
      return [0, Infinity];
    case 'relu6':
      return [0, 6];
    case 'relu-n1-to-1':
      return [-1, 1];
    case 'elu':
    case 'sigmoid':
    case 'tanh':
      return null;
    default: {
      const never: never = activation;
      return never;
    }
  }
}

const NO_LIMITS = [-Infinity, Infinity] as const;

/** What to reduce, and over which axes. */
function rowsOf(x: Tensor): [x: Tensor, axes: number[]] {
  const channels = x.shape.at(-1)!;
  return getBackend() === 'webgpu' && x.rank > 2 ? [reshape(x, [x.shape[0]!, -1, channels]), [0, 1]] : [reshape(x, [-1, channels]), [0]];
}

/** [1, … , C] of [C]. */
export function likeChannelsOf(x: Tensor, vector: Tensor): Tensor {
  return reshape(vector, [...new Array<number>(x.rank - 1).fill(1), vector.size]);
}

function scaleChannels(x: Tensor, scale: Tensor): Tensor {
  return mul(x, likeChannelsOf(x, scale));
}

function shareOf(x: Tensor): number {
  return x.shape.at(-1)! / x.size;
}
