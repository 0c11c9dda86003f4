/**
 * Gradients of two-dimensional pooling. Those for averages divide by the whole window on every backend, where the averages
 * themselves leave padding out.
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Pad } from '../wasm/convolution';
import { AvgPoolGrad, backend_util, broadcastTo, engine, MaxPoolGrad, mul, tensor } from '@tensorflow/tfjs-core';

export interface PoolWindow {
  readonly filterSize: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly pad: Pad;
}

export function maxPoolGradient(dy: Tensor, x: Tensor, y: Tensor, window: PoolWindow): Tensor {
  return engine().runKernel<Tensor>(MaxPoolGrad, { dy, input: x, output: y }, { ...window, dimRoundingMode: undefined } as never);
}

/** Of `x` only the shape is read. */
export function averagePoolGradient(dy: Tensor, x: Tensor, window: PoolWindow): Tensor {
  const [, height, width] = x.shape as [number, number, number, number];
  const isGlobal = dy.shape[1] === 1 && dy.shape[2] === 1 && height <= window.filterSize[0] && width <= window.filterSize[1];
  if (isGlobal) return mul(broadcastTo(dy, x.shape), 1 / (height * width));
  return engine().runKernel<Tensor>(AvgPoolGrad, { dy: undivided(dy, x.shape, window), input: x }, { ...window, dimRoundingMode: undefined } as never);
}

/** dy times window size over counted cells, where windows reach over the edge. */
function undivided(dy: Tensor, shape: readonly number[], { filterSize, strides, pad }: PoolWindow): Tensor {
  const { padInfo, outHeight, outWidth } = backend_util.computePool2DInfo(shape as [number, number, number, number], [...filterSize], [...strides], 1, pad as 'same');
  const rows = countedCells(shape[1]!, filterSize[0], strides[0], padInfo.top, outHeight);
  const columns = countedCells(shape[2]!, filterSize[1], strides[1], padInfo.left, outWidth);
  const size = filterSize[0] * filterSize[1];
  const factors = rows.flatMap((down) => columns.map((across) => size / (down * across)));
  return factors.every((factor) => factor === 1) ? dy : mul(dy, tensor(factors, [1, outHeight, outWidth, 1]));
}

function countedCells(length: number, window: number, stride: number, before: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => {
    const start = i * stride - before;
    return Math.min(start + window, length) - Math.max(start, 0);
  });
}
