/**
 * Sums and means over everything but the last axis, and scaling along it. On wasm by the project's own kernels: the backend's
 * reductions transpose first, and its broadcasts go row by row.
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import type { FusedActivation } from '../../ops/signatures';
import { activate } from '../../runtime/tfjs/activations';
import * as wasm from '../wasm/kernels';
import { add, getBackend, mean, mul, reshape, squaredDifference, sum, zerosLike } from '@tensorflow/tfjs-core';

/** [C] of [… , C]. */
export function channelSums(x: Tensor): Tensor {
  return getBackend() === 'wasm' ? wasm.channelSums(x) : sum(rowsOf(x), 0);
}

/** [C] of [… , C]. */
export function channelMeans(x: Tensor): Tensor {
  return getBackend() === 'wasm' ? mul(wasm.channelSums(x), shareOf(x)) : mean(rowsOf(x), 0);
}

/** [C]: the mean of (x − mean)². */
export function channelVariances(x: Tensor, means: Tensor): Tensor {
  return getBackend() === 'wasm' ? mul(wasm.channelSquares(x, means), shareOf(x)) : mean(squaredDifference(rowsOf(x), means), 0);
}

/** x · scale + shift along the last axis, then the activation. */
export function scaleAndShift(x: Tensor, scale: Tensor, shift: Tensor | null, activation: FusedActivation = 'none'): Tensor {
  if (getBackend() !== 'wasm') return activate(shift ? add(mul(x, scale), shift) : mul(x, scale), activation);
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

function rowsOf(x: Tensor): Tensor {
  return reshape(x, [-1, x.shape.at(-1)!]);
}

function shareOf(x: Tensor): number {
  return x.shape.at(-1)! / x.size;
}
