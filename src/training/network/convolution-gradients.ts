/**
 * Gradients of two-dimensional convolutions. The backends' own kernels take no dilation, and the wasm backend has none
 * that is fast: there, and for dilations anywhere, they are made of convolutions (`wasm/convolution.ts`).
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import * as composed from '../wasm/convolution';
import {
  Conv2DBackpropFilter, Conv2DBackpropInput, DepthwiseConv2dNativeBackpropFilter, DepthwiseConv2dNativeBackpropInput, engine, getBackend,
} from '@tensorflow/tfjs-core';

export type Window = composed.Window;

export function conv2dInputGradient(dy: Tensor, filter: Tensor, inputShape: readonly number[], window: Window): Tensor {
  if (isComposed(window)) return composed.conv2dInputGradient(dy, filter, inputShape, window);
  return engine().runKernel<Tensor>(Conv2DBackpropInput, { dy, filter }, { ...plain(window), inputShape: [...inputShape] } as never);
}

export function conv2dFilterGradient(x: Tensor, dy: Tensor, filterShape: readonly number[], window: Window): Tensor {
  if (isComposed(window)) return composed.conv2dFilterGradient(x, dy, filterShape, window);
  return engine().runKernel<Tensor>(Conv2DBackpropFilter, { x, dy }, { ...plain(window), filterShape: [...filterShape] } as never);
}

export function depthwiseInputGradient(dy: Tensor, filter: Tensor, inputShape: readonly number[], window: Window): Tensor {
  if (isComposed(window)) return composed.depthwiseInputGradient(dy, filter, inputShape, window);
  return engine().runKernel<Tensor>(DepthwiseConv2dNativeBackpropInput, { dy, filter }, { ...plain(window), inputShape: [...inputShape] } as never);
}

export function depthwiseFilterGradient(x: Tensor, dy: Tensor, filterShape: readonly number[], window: Window): Tensor {
  if (isComposed(window)) return composed.depthwiseFilterGradient(x, dy, filterShape, window);
  return engine().runKernel<Tensor>(DepthwiseConv2dNativeBackpropFilter, { x, dy }, { ...plain(window), filterShape: [...filterShape] } as never);
}

function isComposed({ dilations }: Window): boolean {
  return getBackend() === 'wasm' || dilations.some((dilation) => dilation > 1);
}

function plain({ strides, dilations, pad }: Window) {
  return { strides, dilations, pad, dataFormat: 'NHWC', dimRoundingMode: undefined };
}
