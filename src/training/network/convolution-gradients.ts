/**
 * Gradients of two-dimensional convolutions. The backends' own kernels take no dilation: it is made of convolutions
 * (`wasm/convolution.ts`), and so is the gradient by the input on wasm. The project's own kernels on wasm take any window.
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import * as composed from '../wasm/convolution';
import { turnKernel } from '../wasm/kernels';
import {
  Conv2DBackpropFilter, Conv2DBackpropInput, DepthwiseConv2dNativeBackpropFilter, DepthwiseConv2dNativeBackpropInput, engine, getBackend,
} from '@tensorflow/tfjs-core';

export type Window = composed.Window;

export function conv2dInputGradient(dy: Tensor, filter: Tensor, inputShape: readonly number[], window: Window): Tensor {
  if (getBackend() === 'wasm') return composed.conv2dInputGradient(dy, filter, inputShape, window, turnKernel);
  if (isDilated(window)) return composed.conv2dInputGradient(dy, filter, inputShape, window);
  return engine().runKernel<Tensor>(Conv2DBackpropInput, { dy, filter }, { ...plain(window), inputShape: [...inputShape] } as never);
}

export function conv2dFilterGradient(x: Tensor, dy: Tensor, filterShape: readonly number[], window: Window): Tensor {
  if (needsComposing(window)) return composed.conv2dFilterGradient(x, dy, filterShape, window);
  return engine().runKernel<Tensor>(Conv2DBackpropFilter, { x, dy }, { ...plain(window), filterShape: [...filterShape] } as never);
}

export function depthwiseInputGradient(dy: Tensor, filter: Tensor, inputShape: readonly number[], window: Window): Tensor {
  if (needsComposing(window)) return composed.depthwiseInputGradient(dy, filter, inputShape, window);
  return engine().runKernel<Tensor>(DepthwiseConv2dNativeBackpropInput, { dy, filter }, { ...plain(window), inputShape: [...inputShape] } as never);
}

export function depthwiseFilterGradient(x: Tensor, dy: Tensor, filterShape: readonly number[], window: Window): Tensor {
  if (needsComposing(window)) return composed.depthwiseFilterGradient(x, dy, filterShape, window);
  return engine().runKernel<Tensor>(DepthwiseConv2dNativeBackpropFilter, { x, dy }, { ...plain(window), filterShape: [...filterShape] } as never);
}

function isDilated({ dilations }: Window): boolean {
  return dilations.some((dilation) => dilation > 1);
}

function needsComposing(window: Window): boolean {
  return getBackend() !== 'wasm' && isDilated(window);
}

function plain({ strides, dilations, pad }: Window) {
  return { strides, dilations, pad, dataFormat: 'NHWC', dimRoundingMode: undefined };
}
