/** The way back through broadcasting: gradients summed to the shape that was repeated. */
import type { Tensor } from '@tensorflow/tfjs-core';
import { channelSums } from './channels';
import { reshape, sum } from '@tensorflow/tfjs-core';

export function sumToShape(gradient: Tensor, shape: readonly number[]): Tensor {
  if (gradient.shape.length === shape.length && gradient.shape.every((size, i) => size === shape[i])) return gradient;
  const extra = gradient.rank - shape.length;
  const repeated = gradient.shape.flatMap((size, axis) => (axis < extra || (shape[axis - extra] === 1 && size !== 1) ? [axis] : []));
  const channels = gradient.shape.at(-1)!;
  // All but the last axis: what every backend does fast.
  if (repeated.length === gradient.rank - 1 && !repeated.includes(gradient.rank - 1) && channels > 0) return reshape(channelSums(gradient), [...shape]);
  return reshape(sum(gradient, repeated), [...shape]);
}
