/**
 * Transposed convolutions. Without dilation in two dimensions TensorFlow.js's own kernel; otherwise by the definition:
 * put strides − 1 zeros between the inputs, pad, and convolve with the kernel mirrored and its channels exchanged.
 * Padding is that of the forward convolution from the output's shape, as TensorFlow's `conv2d_transpose` has it.
 */
import type { OpAttributes } from '../../ops/signatures';
import type { Kernel, KernelContext, Tensor } from './kernel';
import { activate } from './activations';
import { alongAxis, onFewDimensions, padTensor } from './few-dimensions';
import { readNumbers } from './kernel';
import { add, conv2d, conv2dTranspose, conv3d, pad, reshape, reverse, slice, tidy, transpose } from '@tensorflow/tfjs-core';

type Attributes = OpAttributes['transpose-conv2d'];

export const transposeConv2d: Kernel<'transpose-conv2d'> = (node, context) => transposed(node.attributes, context);
export const transposeConv3d: Kernel<'transpose-conv3d'> = (node, context) => transposed(node.attributes, context);

function transposed(attributes: Attributes, context: KernelContext) {
  const known = context.numbers(3);
  const hasShape = Boolean(context.inputs[3]);
  const native = attributes.strides.length === 2 && attributes.dilations.every((dilation) => dilation === 1);
  const compute = (x: Tensor, kernel: Tensor, bias: Tensor | null, outputShape: readonly number[]) =>
    tidy(() => {
      const y = native
        ? (conv2dTranspose(x as never, kernel as never, outputShape as never, attributes.strides as [number, number], attributes.padding) as Tensor)
        : byDefinition(x, kernel, outputShape, attributes);
      return activate(bias ? onFewDimensions([y, bias], (value, shift) => add(value!, shift!)) : y, attributes.activation);
    });
  if (hasShape && !known) {
    return async (x: Tensor, kernel: Tensor, bias: Tensor | null, shape: Tensor) => [compute(x, kernel, bias, await readNumbers(shape))];
  }
  return (x: Tensor, kernel: Tensor, bias: Tensor | null) => {
    const spatial = known ? known.slice(1, -1) : outputSizes(x.shape.slice(1, -1), kernel.shape, attributes);
    return compute(x, kernel, bias, [x.shape[0]!, ...spatial, kernel.shape.at(-2)!]);
  };
}

/** Keras's `compute_conv_transpose_output_length`, a spatial dimension each. */
function outputSizes(sizes: readonly number[], kernelShape: readonly number[], attributes: Attributes): number[] {
  const { strides, padding, dilations, outputPadding } = attributes;
  return sizes.map((size, i) => {
    const stride = strides[i]!;
    const reach = (kernelShape[i]! - 1) * dilations[i]! + 1;
    if (outputPadding === null) return padding === 'same' ? size * stride : size * stride + Math.max(reach - stride, 0);
    const cut = padding === 'same' ? 2 * Math.floor(reach / 2) : 0;
    return (size - 1) * stride + reach - cut + outputPadding[i]!;
  });
}

function byDefinition(x: Tensor, kernel: Tensor, outputShape: readonly number[], attributes: Attributes): Tensor {
  const { strides, padding, dilations } = attributes;
  const spread = strides.reduce((value, stride, i) => spreadOut(value, i + 1, stride), x);
  const paddings: [number, number][] = strides.map((stride, i) => {
    const reach = (kernel.shape[i]! - 1) * dilations[i]! + 1;
    const size = outputShape[i + 1]!;
    const spreadSize = spread.shape[i + 1]!;
    const forwardPad = padding === 'same' ? Math.max((Math.ceil(size / stride) - 1) * stride + reach - size, 0) : 0;
    const before = reach - 1 - Math.floor(forwardPad / 2);
    return [before, size + reach - 1 - spreadSize - before];
  });
  const padded = padTensor(spread, [[0, 0], ...paddings, [0, 0]]);
  const mirrored = strides.reduce((value, _, axis) => alongAxis(value, axis, (rows) => reverse(rows, 1)), kernel);
  const [outputs, inputs] = kernel.shape.slice(-2) as [number, number];
  const swapped = reshape(transpose(reshape(mirrored, [-1, outputs, inputs]), [0, 2, 1]), [...kernel.shape.slice(0, -2), inputs, outputs]);
  const ones = strides.map(() => 1);
  return strides.length === 2
    ? conv2d(padded as never, swapped as never, ones as [number, number], 'valid', 'NHWC', dilations as [number, number])
    : conv3d(padded as never, swapped as never, ones as [number, number, number], 'valid', 'NDHWC', dilations as [number, number, number]);
}

/** Puts stride − 1 zeros between neighbours along an axis. */
function spreadOut(x: Tensor, axis: number, stride: number): Tensor {
  if (stride === 1) return x;
  return alongAxis(x, axis, (rows) => {
    const [outer, size, inner] = rows.shape as [number, number, number];
    const spread = reshape(pad(reshape(rows, [outer * size, 1, inner]), [[0, 0], [0, stride - 1], [0, 0]]), [outer, size * stride, inner]);
    return slice(spread, [0, 0, 0], [outer, (size - 1) * stride + 1, inner]);
  });
}
