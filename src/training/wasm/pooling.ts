/**
 * The gradient of maxima over windows, made of kernels that every backend has. Each window's gradient goes to the first cell
 * (row by row) that holds its maximum, as the cpu backend and TensorFlow do: what one cell took is gone for the next.
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Pad } from './convolution';
import { add, backend_util, concat, equal, pad as padTensor, reshape, slice, stridedSlice, sub, where, zerosLike } from '@tensorflow/tfjs-core';

export interface PoolWindow {
  readonly filterSize: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly pad: Pad;
}

/** Below every number of a picture, so that padding is no maximum. */
const LOWEST = -3.4028234663852886e38;

type Picture = [batch: number, height: number, width: number, channels: number];

export function maxPoolGradient(dy: Tensor, x: Tensor, y: Tensor, window: PoolWindow): Tensor {
  const { filterSize, strides } = window;
  const [, outHeight, outWidth] = y.shape as Picture;
  const [, height, width] = x.shape as Picture;
  const tiles = filterSize[0] === strides[0] && filterSize[1] === strides[1] && height === outHeight * strides[0] && width === outWidth * strides[1];
  return tiles ? gradientOfTiles(dy, x, y, filterSize) : gradientOfWindows(dy, x, y, window);
}

/** Windows that cover the picture without overlap: cells are cut out and put back as runs of memory. */
function gradientOfTiles(dy: Tensor, x: Tensor, y: Tensor, [rows, columns]: readonly [number, number]): Tensor {
  const [batch, outHeight, outWidth, channels] = y.shape as Picture;
  const line = outWidth * columns * channels;
  const lines = reshape(x, [batch * outHeight, rows * line]);
  const flat = [batch * outHeight * outWidth, channels];
  const best = reshape(y, flat);
  let rest = reshape(dy, flat);
  const made = Array.from({ length: rows }, (_, row) => {
    const strip = reshape(slice(lines, [0, row * line], [batch * outHeight, line]), [flat[0]!, columns * channels]);
    const cells = Array.from({ length: columns }, (_unused, column) => {
      const taken = where(equal(slice(strip, [0, column * channels], [flat[0]!, channels]), best), rest, zerosLike(rest));
      rest = sub(rest, taken);
      return taken;
    });
    return reshape(concat(cells, 1), [batch * outHeight, line]);
  });
  return reshape(concat(made, 1), x.shape);
}

function gradientOfWindows(dy: Tensor, x: Tensor, y: Tensor, { filterSize, strides, pad }: PoolWindow): Tensor {
  const [batch, height, width, channels] = x.shape as Picture;
  const [, outHeight, outWidth] = y.shape as Picture;
  const { padInfo } = backend_util.computePool2DInfo(x.shape as Picture, [...filterSize], [...strides], 1, pad as 'same');
  const { top, left } = padInfo;
  const fullHeight = Math.max((outHeight - 1) * strides[0] + filterSize[0], height + top);
  const fullWidth = Math.max((outWidth - 1) * strides[1] + filterSize[1], width + left);
  const padded = padTensor(x, [[0, 0], [top, fullHeight - height - top], [left, fullWidth - width - left], [0, 0]], LOWEST);
  let rest = dy;
  let sum: Tensor | null = null;
  for (let row = 0; row < filterSize[0]; row++) {
    for (let column = 0; column < filterSize[1]; column++) {
      const last = [batch, row + (outHeight - 1) * strides[0] + 1, column + (outWidth - 1) * strides[1] + 1, channels];
      const seen = stridedSlice(padded, [0, row, column, 0], last, [1, strides[0], strides[1], 1]);
      const taken = where(equal(seen, y), rest, zerosLike(rest));
      rest = sub(rest, taken);
      const placed = placedAt(taken, [row, column], [fullHeight, fullWidth], strides);
      sum = sum ? add(sum, placed) : placed;
    }
  }
  return slice(sum!, [0, top, left, 0], [batch, height, width, channels]);
}

/** Cells apart by the strides, from a corner on, in a picture of zeros. */
function placedAt(cells: Tensor, [row, column]: readonly [number, number], [height, width]: readonly [number, number], [down, across]: readonly [number, number]): Tensor {
  const [batch, outHeight, outWidth, channels] = cells.shape as Picture;
  const wide = across === 1 ? cells : padTensor(reshape(cells, [batch * outHeight * outWidth, channels]), [[0, 0], [0, (across - 1) * channels]]);
  const line = outWidth * across * channels;
  const tall = reshape(down === 1 ? wide : padTensor(reshape(wide, [batch * outHeight, line]), [[0, 0], [0, (down - 1) * line]]), [batch, outHeight * down, outWidth * across, channels]);
  // The zeros after the last cells may reach over the edge.
  const kept = slice(tall, [0, 0, 0, 0], [batch, Math.min(outHeight * down, height - row), Math.min(outWidth * across, width - column), channels]);
  return padTensor(kept, [[0, 0], [row, height - row - kept.shape[1]!], [column, width - column - kept.shape[2]!], [0, 0]]);
}
