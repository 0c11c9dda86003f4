/**
 * Pooling over one, two or three spatial dimensions. Averages leave padding out of the count. One dimension runs as two
 * of height 1; explicit padding of three dimensions is put around the input first, which no backend does in its kernel.
 */
import type { OpAttributes } from '../../ops/signatures';
import type { Kernel, Tensor } from './kernel';
import { activate } from './activations';
import { padTensor } from './few-dimensions';
import { padArgument } from './convolution';
import { avgPool, avgPool3d, div, maxPool as poolMax, maxPool3d, onesLike, reshape, tidy } from '@tensorflow/tfjs-core';

type Attributes = OpAttributes['max-pool'];
type Pair = [number, number];
type Triple = [number, number, number];

export const maxPool: Kernel<'max-pool'> = (node) => pool(node.attributes, true);
export const averagePool: Kernel<'average-pool'> = (node) => pool(node.attributes, false);

function pool(attributes: Attributes, isMax: boolean) {
  const { kernel, activation } = attributes;
  const run = kernel.length === 3 ? pool3d(attributes, isMax) : kernel.length === 2 ? pool2d(attributes, isMax) : pool1d(attributes, isMax);
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

function pool3d({ kernel, strides, padding }: Attributes, isMax: boolean) {
  const window = kernel as Triple;
  const steps = strides as Triple;
  if (typeof padding === 'string') {
    const operate = isMax ? maxPool3d : avgPool3d;
    return (x: Tensor): Tensor => operate(x as never, window, steps, padding);
  }
  const paddings = [[0, 0], ...padding, [0, 0]] as const;
  const LOWEST = -3.4028234663852886e38; // the least float32: a padded cell never wins
  return (x: Tensor): Tensor =>
    tidy(() => {
      if (isMax) return maxPool3d(padTensor(x, paddings, LOWEST) as never, window, steps, 'valid');
      // mean over all cells ÷ share of real cells = mean over the real ones
      const average: Tensor = avgPool3d(padTensor(x, paddings) as never, window, steps, 'valid');
      const share: Tensor = avgPool3d(padTensor(onesLike(x), paddings) as never, window, steps, 'valid');
      return div(average, share);
    });
}
