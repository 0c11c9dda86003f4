/** Custom operators of wide use. Their options are bytes that only their own program describes. */
import { filterOrders } from '../equivalents';
import type { FlatLowerings } from '../lower-builder';
import { turnedKernel } from './convolution';
import { landmarkLowerings } from './landmarks';

/** C's TfLitePadding. */
const PADDINGS = ['unknown', 'same', 'valid'] as const;

export const customLowerings: FlatLowerings = {
  ...landmarkLowerings,
  // MediaPipe's transposed convolution with a bias; its options are C's TfLiteTransposeConvParams.
  // Source: mediapipe/util/tflite/operations/transpose_conv_bias.cc
  Convolution2DTransposeBias: (node, builder) => {
    const options = node.operator.customOptions ?? new Uint8Array(0);
    if (options.length < 12) return node.refuse(`its options have ${options.length} bytes and need 12`);
    const view = new DataView(options.buffer, options.byteOffset, options.byteLength);
    const padding = PADDINGS[view.getInt32(0, true)];
    const strides = [view.getInt32(8, true), view.getInt32(4, true)];
    if (padding !== 'same' && padding !== 'valid') return node.refuse(`its padding has the number ${view.getInt32(0, true)}; 1 (SAME) and 2 (VALID) are allowed`);
    if (strides.some((stride) => stride < 1)) return node.refuse(`its strides are ${strides.join(' and ')}`);
    return builder.emit(node, 'transpose-conv2d', [node.value(0), turnedKernel(node, builder, 1, filterOrders.TRANSPOSE_CONV), node.has(2) ? node.value(2) : null], {
      strides,
      padding,
      dilations: [1, 1],
      outputPadding: null,
      activation: 'none',
    });
  },
};
