/**
 * Convolutions, channels last. Grouped ones are one depthwise convolution where every group has one input channel, and
 * otherwise one convolution a group. One-dimensional ones run as two-dimensional ones of height 1.
 */
import type { Padding } from '../../ops/signatures';
import type { Value } from '../../ir/graph';
import type { Product } from './fused-products';
import type { Kernel, KernelContext, Tensor } from './kernel';
import type { Ending } from './activations';
import { activate, endingOf } from './activations';
import { onFewDimensions, padTensor } from './few-dimensions';
import { fusedConv2d, fusedDepthwiseConv2d } from './fused-products';
import { refuse } from './kernel';
import { add, concat, conv3d as convolve3d, reshape, split, tidy } from '@tensorflow/tfjs-core';

interface Window {
  readonly strides: readonly number[];
  readonly padding: Padding;
  readonly dilations: readonly number[];
}

export const conv2d: Kernel<'conv2d'> = (node, context) => {
  refuseStridedDilation(node, context);
  const { groups, activation } = node.attributes;
  return grouped(node.attributes, groups, endingOf(activation, context), context, (kernel) => kernel);
};

export const conv1d: Kernel<'conv1d'> = (node, context) => {
  refuseStridedDilation(node, context);
  const { strides, padding, dilations, groups, activation } = node.attributes;
  const window = {
    strides: [1, strides[0]!],
    padding: typeof padding === 'string' ? padding : ([[0, 0], padding[0]!] as const),
    dilations: [1, dilations[0]!],
  };
  const convolve = grouped(window, groups, endingOf(activation, context), context, (kernel) => reshape(kernel, [1, ...kernel.shape]));
  return (x: Tensor, kernel: Tensor, bias: Tensor | null, slopes: Tensor | null) =>
    tidy(() => {
      const y = convolve(reshape(x, [x.shape[0]!, 1, x.shape[1]!, x.shape[2]!]), kernel, bias, slopes);
      return reshape(y, [y.shape[0]!, y.shape[2]!, y.shape[3]!]);
    });
};

export const depthwiseConv2d: Kernel<'depthwise-conv2d'> = (node, context) => {
  refuseStridedDilation(node, context);
  const convolve = fusedDepthwiseConv2d(windowOf(node.attributes), endingOf(node.attributes.activation, context));
  return (x: Tensor, kernel: Tensor, bias: Tensor | null, slopes: Tensor | null) => convolve(x, kernel, bias, slopes);
};

export const conv3d: Kernel<'conv3d'> = (node, context) => {
  refuseStridedDilation(node, context);
  const { strides, padding, dilations, groups, activation } = node.attributes;
  const steps = strides as [number, number, number];
  const rates = dilations as [number, number, number];
  const mode = padding === 'same' ? 'same' : 'valid';
  const pieces = groups === 1 ? null : context.derive(1, (kernel) => split(kernel, groups, -1));
  return (x: Tensor, kernel: Tensor | null, bias: Tensor | null) =>
    tidy(() => {
      const padded = typeof padding === 'string' ? x : padTensor(x, [[0, 0], ...padding, [0, 0]]);
      const kernels = pieces ?? (groups === 1 ? [kernel!] : split(kernel!, groups, -1));
      const inputs = groups === 1 ? [padded] : split(padded, groups, -1);
      const outputs = inputs.map((input, i): Tensor => convolve3d(input as never, kernels[i] as never, steps, mode, 'NDHWC', rates));
      const y = outputs.length === 1 ? outputs[0]! : concat(outputs, -1);
      return activate(bias ? onFewDimensions([y, bias], (value, shift) => add(value!, shift!)) : y, activation);
    });
};

/** TensorFlow's padding argument for two spatial dimensions. */
export function padArgument(padding: Padding): 'same' | 'valid' | [number, number][] {
  if (typeof padding === 'string') return padding;
  return [[0, 0], ...padding.map((sides): [number, number] => [...sides]), [0, 0]];
}

function windowOf({ strides, padding, dilations }: Window) {
  return { strides, dilations, pad: padArgument(padding) };
}

/** `shapeKernel` gives the kernel its two spatial dimensions. */
function grouped(window: Window, groups: number, ending: Ending, context: KernelContext, shapeKernel: (kernel: Tensor) => Tensor): Product {
  const convolve = fusedConv2d(windowOf(window), ending);
  if (groups === 1) return withKernels(context, (kernel) => [shapeKernel(kernel)], (x, [kernel], bias, slopes) => convolve(x, kernel!, bias, slopes));
  if (channelsOfGroup(context.inputs[1]) === 1) {
    // [kh, kw, 1, G·M] and [kh, kw, G, M] lie in memory alike, and output channel g·M + m is the same.
    const depthwise = fusedDepthwiseConv2d(windowOf(window), ending);
    const asDepthwise = (kernel: Tensor) => {
      const [height, width, , channels] = shapeKernel(kernel).shape as [number, number, number, number];
      return [reshape(kernel, [height, width, groups, channels / groups])];
    };
    return withKernels(context, asDepthwise, (x, [kernel], bias, slopes) => depthwise(x, kernel!, bias, slopes));
  }
  return withKernels(
    context,
    (kernel) => split(shapeKernel(kernel), groups, -1),
    (x, kernels, bias, slopes) => {
      const biases = bias ? split(bias, groups, -1) : null;
      const alphas = slopes ? split(slopes, groups, -1) : null;
      const inputs = split(x, groups, -1);
      return concat(inputs.map((input, i) => convolve(input, kernels[i]!, biases?.[i] ?? null, alphas?.[i] ?? null)), -1);
    },
  );
}

/** Rearranges the kernel once where it is a constant, and at every run where it is not. */
function withKernels(
  context: KernelContext,
  arrange: (kernel: Tensor) => Tensor[],
  convolve: (x: Tensor, kernels: readonly Tensor[], bias: Tensor | null, slopes: Tensor | null) => Tensor,
): Product {
  const fixed = context.derive(1, arrange);
  if (fixed?.length === 1) return (x, _kernel, bias, slopes) => convolve(x, fixed, bias, slopes);
  return (x, kernel, bias, slopes) => tidy(() => convolve(x, fixed ?? arrange(kernel), bias, slopes));
}

function channelsOfGroup(kernel: Value | null | undefined): number | undefined {
  return kernel?.shape?.at(-2);
}

/** TensorFlow defines no convolution that is both strided and dilated. */
function refuseStridedDilation(node: { readonly name: string; readonly op: string; readonly attributes: Window }, context: KernelContext): void {
  const { strides, dilations } = node.attributes;
  if (strides.some((stride) => stride > 1) && dilations.some((dilation) => dilation > 1)) {
    refuse(node, context.backend, `strides ${strides.join('×')} together with dilations ${dilations.join('×')}; no TensorFlow.js backend has that.`);
  }
}
