/**
 * Gradients of convolutions made of convolutions, for what backends have no kernel for: dilations anywhere, and gradients by
 * the input on wasm, where convolutions run in XNNPACK. Dilations and strides are carried together.
 *
 * 1. By the input: the output's gradient, spread out by the strides, convolved with the kernel turned about.
 * 2. By the kernel: the input convolved with the output's gradient, examples and channels having changed places: strides
 *    become dilations, and dilations strides.
 */
import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import { add, backend_util, concat, Conv2D, DepthwiseConv2dNative, engine, matMul, mul, pad as padTensor, reshape, reverse, slice, stack, stridedSlice, sum, transpose } from '@tensorflow/tfjs-core';

export type Pad = 'same' | 'valid' | readonly (readonly [number, number])[];

export interface Window {
  readonly strides: readonly [number, number];
  readonly dilations: readonly [number, number];
  /** TensorFlow's: for explicit padding a pair for each of the four dimensions. */
  readonly pad: Pad;
}

interface Geometry {
  readonly top: number;
  readonly left: number;
  readonly outHeight: number;
  readonly outWidth: number;
}

/** [N, H, W, I] of dy [N, H', W', O] and filter [kh, kw, I, O]. `turn` swaps the last two dimensions and reverses the first two. */
export function conv2dInputGradient(dy: Tensor, filter: Tensor, inputShape: readonly number[], window: Window, turn = turnByKernels): Tensor {
  const [height, width] = filter.shape as [number, number];
  if (height === 1 && width === 1 && isPointwise(window, inputShape, dy.shape)) return convolve(dy, turn(filter), 'valid', [1, 1], [1, 1]);
  const [spread, around] = spreadOut(dy, filter.shape, inputShape, window);
  return convolve(spread, turn(filter), around, [1, 1], window.dilations);
}

function turnByKernels(filter: Tensor): Tensor {
  return transpose(reverse(filter as Tensor4D, [0, 1]), [0, 1, 3, 2]);
}

/** [kh, kw, I, O]. */
export function conv2dFilterGradient(x: Tensor, dy: Tensor, filterShape: readonly number[], window: Window): Tensor {
  const [height, width, inChannels, outChannels] = filterShape as [number, number, number, number];
  if (height === 1 && width === 1 && isPointwise(window, x.shape, dy.shape)) {
    const columns = transpose(reshape(x, [-1, inChannels]), [1, 0]);
    return reshape(matMul(columns, reshape(dy, [-1, outChannels])), [1, 1, inChannels, outChannels]);
  }
  const { top, left, outHeight, outWidth } = geometryOf(x.shape, filterShape, window);
  const { strides, dilations } = window;
  // Exactly as many cells as the kernel's last column and row reach.
  const bottom = reach(height, dilations[0], outHeight, strides[0]) - x.shape[1]! - top;
  const right = reach(width, dilations[1], outWidth, strides[1]) - x.shape[2]! - left;
  const pictures = transpose(cropped(x, bottom, right), [3, 1, 2, 0]);
  const asFilter = transpose(dy, [1, 2, 0, 3]);
  const around = [[0, 0], [top, Math.max(bottom, 0)], [left, Math.max(right, 0)], [0, 0]] as const;
  return transpose(convolve(pictures, asFilter, around, dilations, strides), [1, 2, 0, 3]);
}

/** [N, H, W, C] of dy [N, H', W', C·M] and filter [kh, kw, C, M]. */
export function depthwiseInputGradient(dy: Tensor, filter: Tensor, inputShape: readonly number[], window: Window): Tensor {
  const [height, width, channels, multiplier] = filter.shape as [number, number, number, number];
  const turned = reverse(filter as Tensor4D, [0, 1]);
  const [spread, around] = spreadOut(dy, filter.shape, inputShape, window);
  const parts = Array.from({ length: multiplier }, (_, m) => {
    const kernel = multiplier === 1 ? turned : slice(turned, [0, 0, 0, m], [height, width, channels, 1]);
    return convolveDepthwise(everyMth(spread, channels, multiplier, m), kernel, around, [1, 1], window.dilations);
  });
  return parts.reduce((total, part) => add(total, part));
}

/** [kh, kw, C, M]. */
export function depthwiseFilterGradient(x: Tensor, dy: Tensor, filterShape: readonly number[], window: Window): Tensor {
  const [height, width, channels, multiplier] = filterShape as [number, number, number, number];
  const { top, left, outHeight, outWidth } = geometryOf(x.shape, filterShape, window);
  const { strides, dilations } = window;
  const bottom = reach(height, dilations[0], outHeight, strides[0]) - x.shape[1]! - top;
  const right = reach(width, dilations[1], outWidth, strides[1]) - x.shape[2]! - left;
  const padded = padTensor(cropped(x, bottom, right), [[0, 0], [top, Math.max(bottom, 0)], [left, Math.max(right, 0)], [0, 0]]);
  const gradients = Array.from({ length: multiplier }, (_, m) => everyMth(dy, channels, multiplier, m));
  const cells: Tensor[] = [];
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const seen = cellsAt(padded, [row * dilations[0], column * dilations[1]], [outHeight, outWidth], strides);
      const sums = gradients.map((gradient) => sum(mul(seen, gradient), [0, 1, 2]));
      cells.push(multiplier === 1 ? sums[0]! : reshape(stack(sums, 1), [-1]));
    }
  }
  return reshape(concat(cells, 0), [height, width, channels, multiplier]);
}

function cellsAt(padded: Tensor, [row, column]: readonly [number, number], [height, width]: readonly [number, number], strides: readonly [number, number]): Tensor {
  const [batch, , , channels] = padded.shape as [number, number, number, number];
  if (strides[0] === 1 && strides[1] === 1) return slice(padded, [0, row, column, 0], [batch, height, width, channels]);
  const end = [batch, row + (height - 1) * strides[0] + 1, column + (width - 1) * strides[1] + 1, channels];
  return stridedSlice(padded, [0, row, column, 0], end, [1, strides[0], strides[1], 1]);
}

/** dy with zeros between its cells, and the padding under which the turned kernel gives the input's size. */
function spreadOut(dy: Tensor, filterShape: readonly number[], inputShape: readonly number[], window: Window): [Tensor, Pad] {
  const { top, left, outHeight, outWidth } = geometryOf(inputShape, filterShape, window);
  const { strides, dilations } = window;
  const above = dilations[0] * (filterShape[0]! - 1) - top;
  const before = dilations[1] * (filterShape[1]! - 1) - left;
  // Stride − 1 zeros after each cell; the last ones count as padding.
  const below = inputShape[1]! - outHeight * strides[0] - above + dilations[0] * (filterShape[0]! - 1);
  const after = inputShape[2]! - outWidth * strides[1] - before + dilations[1] * (filterShape[1]! - 1);
  let spread = zerosAfterEachCell(dy, strides);
  if (above < 0 || before < 0 || below < 0 || after < 0) {
    const [batch, height, width, channels] = spread.shape as [number, number, number, number];
    const [skipTop, skipLeft] = [Math.max(-above, 0), Math.max(-before, 0)];
    spread = slice(spread, [0, skipTop, skipLeft, 0], [batch, height - skipTop - Math.max(-below, 0), width - skipLeft - Math.max(-after, 0), channels]);
  }
  const sides = (first: number, last: number) => [Math.max(first, 0), Math.max(last, 0)] as const;
  return [spread, [[0, 0], sides(above, below), sides(before, after), [0, 0]]];
}

function zerosAfterEachCell(dy: Tensor, [down, across]: readonly [number, number]): Tensor {
  if (down === 1 && across === 1) return dy;
  const [batch, height, width, channels] = dy.shape as [number, number, number, number];
  const wide = across === 1 ? dy : padTensor(reshape(dy, [batch * height * width, channels]), [[0, 0], [0, (across - 1) * channels]]);
  const rowLength = width * across * channels;
  const tall = down === 1 ? wide : padTensor(reshape(wide, [batch * height, rowLength]), [[0, 0], [0, (down - 1) * rowLength]]);
  return reshape(tall, [batch, height * down, width * across, channels]);
}

/** Channels m, M + m, 2M + m …: those of output channel c·M + m. */
export function everyMth(x: Tensor, channels: number, multiplier: number, m: number): Tensor {
  if (multiplier === 1) return x;
  const rows = x.size / (channels * multiplier);
  return reshape(slice(reshape(x, [rows, channels, multiplier]), [0, 0, m], [rows, channels, 1]), [...x.shape.slice(0, -1), channels]);
}

function cropped(x: Tensor, bottom: number, right: number): Tensor {
  if (bottom >= 0 && right >= 0) return x;
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  return slice(x, [0, 0, 0, 0], [batch, height + Math.min(bottom, 0), width + Math.min(right, 0), channels]);
}

function geometryOf(inputShape: readonly number[], filterShape: readonly number[], { strides, dilations, pad }: Window): Geometry {
  const depthwise = inputShape[3] === filterShape[2] ? filterShape : [...filterShape.slice(0, 2), inputShape[3]!, filterShape[3]!];
  const { padInfo, outHeight, outWidth } = backend_util.computeConv2DInfo(
    inputShape as [number, number, number, number], depthwise as [number, number, number, number], [...strides], [...dilations], pad as 'same',
  );
  return { top: padInfo.top, left: padInfo.left, outHeight, outWidth };
}

function reach(kernel: number, dilation: number, cells: number, stride: number): number {
  return (kernel - 1) * dilation + (cells - 1) * stride + 1;
}

/** Every cell is seen once and alone. */
function isPointwise({ strides }: Window, from: readonly number[], to: readonly number[]): boolean {
  return strides[0] === 1 && strides[1] === 1 && from[1] === to[1] && from[2] === to[2];
}

function convolve(x: Tensor, filter: Tensor, pad: Pad, strides: readonly [number, number], dilations: readonly [number, number]): Tensor {
  return engine().runKernel<Tensor>(Conv2D, { x, filter }, { strides, pad, dilations, dataFormat: 'NHWC' } as never);
}

function convolveDepthwise(x: Tensor, filter: Tensor, pad: Pad, strides: readonly [number, number], dilations: readonly [number, number]): Tensor {
  return engine().runKernel<Tensor>(DepthwiseConv2dNative, { x, filter }, { strides, pad, dilations, dataFormat: 'NHWC' } as never);
}
