/**
 * Pooling over one, two or three spatial dimensions. Averages leave padding out of the count. One dimension runs as two
 * of height 1.
 */
import type { OpAttributes } from '../../ops/signatures';
import type { Kernel, Tensor } from './kernel';
import { activate } from './activations';
import { padTensor } from './few-dimensions';
import { padArgument } from './convolution';
import { avgPool, avgPool3d, div, maxPool as poolMax, onesLike, reshape, tidy } from '@tensorflow/tfjs-core';

type Attributes = OpAttributes['max-pool'];
type Pair = [number, number];
type Triple = [number, number, number];

export const maxPool: Kernel<'max-pool'> = (node) => pool(node.attributes, true);
export const averagePool: Kernel<'average-pool'> = (node) => pool(node.attributes, false);

function pool(attributes: Attributes, isMax: boolean) {
  const { kernel, activation } = attributes;
  const run = kernel.length === 3 ? (isMax ? maxPool3d(attributes) : averagePool3d(attributes)) : kernel.length === 2 ? pool2d(attributes, isMax) : pool1d(attributes, isMax);
  return (x: Tensor) => activate(run(x), activation);
}

function pool2d({ kernel, strides, padding }: Pick<Attributes, 'kernel' | 'strides' | 'padding'>, isMax: boolean) {
  const window = kernel as Pair;
  const steps = strides as Pair;
  const around = padArgument(padding) as 'same' | 'valid';
  const operate = isMax ? poolMax : avgPool;
  return (x: Tensor): Tensor => operate(x as never, window, steps, around);
}

function pool1d({ kernel, strides, padding }: Attributes, isMax: boolean) {
  const run = pool2d(
    {
      kernel: [1, kernel[0]!],
      strides: [1, strides[0]!],
      padding: typeof padding === 'string' ? padding : [[0, 0], padding[0]!],
    },
    isMax,
  );
  return (x: Tensor) =>
    tidy(() => {
      const [batch, steps, channels] = x.shape as Triple;
      const y = run(reshape(x, [batch, 1, steps, channels]));
      return reshape(y, [batch, y.shape[2]!, channels]);
    });
}

/**
 * A maximum over a box is one over the pictures, then one over the depth. (The wasm kernel for volumes starts from a
 * number just above zero, and so loses negative maxima.)
 */
function maxPool3d({ kernel, strides, padding }: Attributes) {
  const sides = typeof padding === 'string' ? null : padding;
  const pictures = pool2d({ kernel: kernel.slice(1), strides: strides.slice(1), padding: sides?.slice(1) ?? padding }, true);
  const depth = pool2d({ kernel: [kernel[0]!, 1], strides: [strides[0]!, 1], padding: sides ? [sides[0]!, [0, 0]] : padding }, true);
  return (x: Tensor) =>
    tidy(() => {
      const [batch, length, height, width, channels] = x.shape as [number, number, number, number, number];
      const pooled = pictures(reshape(x, [batch * length, height, width, channels]));
      const [, rows, columns] = pooled.shape as [number, number, number];
      const y = depth(reshape(pooled, [batch, length, rows * columns, channels]));
      return reshape(y, [batch, y.shape[1]!, rows, columns, channels]);
    });
}

function averagePool3d({ kernel, strides, padding }: Attributes) {
  const window = kernel as Triple;
  const steps = strides as Triple;
  if (typeof padding === 'string') return (x: Tensor): Tensor => avgPool3d(x as never, window, steps, padding);
  const paddings = [[0, 0], ...padding, [0, 0]] as const;
  // The mean over all cells, divided by the share of real ones.
  return (x: Tensor): Tensor =>
    tidy(() => {
      const average: Tensor = avgPool3d(padTensor(x, paddings) as never, window, steps, 'valid');
      const share: Tensor = avgPool3d(padTensor(onesLike(x), paddings) as never, window, steps, 'valid');
      return div(average, share);
    });
}
