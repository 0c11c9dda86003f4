/**
 * Convolutions: plain, depthwise, separable and transposed, in 1 to 3 dimensions. channels_first layers are wrapped in
 * transposes; one-dimensional depthwise and transposed ones run as pictures of height 1.
 */
import type { Padding } from '../../ops/signatures';
import { activationOf } from './activation-functions';
import { choiceOf, type ConfigOwner, countsOf, flagOf, integerOf, integersOf, malformed } from './config';
import type { Flow, GraphBuilder } from './graph-builder';
import { type FamilyTable, inputOf, type LayerCall, type LayerFamily, rankOf, weightOf } from './lowering';

export const convolutionLayers: FamilyTable = {
  Conv1D: family(['kernel'], (call, builder, x) => convolution(call, builder, x, 1)),
  Conv2D: family(['kernel'], (call, builder, x) => convolution(call, builder, x, 2)),
  Conv3D: family(['kernel'], (call, builder, x) => convolution(call, builder, x, 3)),
  DepthwiseConv1D: family(['depthwise_kernel'], (call, builder, x) => flat(builder, x, (picture) => depthwise(call, builder, picture, 1))),
  DepthwiseConv2D: family(['depthwise_kernel'], (call, builder, x) => depthwise(call, builder, x, 2)),
  SeparableConv1D: family(['depthwise_kernel', 'pointwise_kernel'], (call, builder, x) => separable(call, builder, x, 1)),
  SeparableConv2D: family(['depthwise_kernel', 'pointwise_kernel'], (call, builder, x) => separable(call, builder, x, 2)),
  Conv1DTranspose: family(['kernel'], (call, builder, x) => flat(builder, x, (picture) => transposed(call, builder, picture, 1))),
  Conv2DTranspose: family(['kernel'], (call, builder, x) => transposed(call, builder, x, 2)),
  Conv3DTranspose: family(['kernel'], (call, builder, x) => transposed(call, builder, x, 3)),
};

/** Runs `lower` on the input with its channels last, whatever the layer's data format. */
export function channelsLast(call: LayerCall, builder: GraphBuilder, x: Flow, lower: (x: Flow) => Flow): Flow {
  if (choiceOf(call, 'data_format', ['channels_last', 'channels_first'], 'channels_last') === 'channels_last') return lower(x);
  const rank = rankOf(call, x);
  const spatial = Array.from({ length: rank - 2 }, (_, i) => i);
  const last = builder.node('transpose', [x], { permutation: [0, ...spatial.map((i) => i + 2), 1] });
  const y = lower(last);
  // A layer that reduces all spatial dimensions away has nothing left to turn back.
  if (y.shape?.length !== rank) return y;
  return builder.node('transpose', [y], { permutation: [0, rank - 1, ...spatial.map((i) => i + 1)] });
}

function family(kernels: readonly string[], lower: (call: LayerCall, builder: GraphBuilder, x: Flow) => Flow): LayerFamily {
  return {
    weights: (owner) => (owner.config.use_bias === false ? kernels : [...kernels, 'bias']),
    lower: (call, builder) => [channelsLast(call, builder, inputOf(call), (x) => lower(call, builder, x))],
  };
}

function biasOf(call: LayerCall, builder: GraphBuilder, index: number): Flow | null {
  return flagOf(call, 'use_bias', true) ? weightOf(call, builder, index, 'bias') : null;
}

/** `causal` pads the past only. */
function paddingOf(owner: ConfigOwner, dimensions: number): Padding {
  const padding = choiceOf(owner, 'padding', dimensions === 1 ? ['valid', 'same', 'causal'] : ['valid', 'same'], 'valid');
  if (padding !== 'causal') return padding;
  const [kernel] = countsOf(owner, 'kernel_size', 1);
  const [dilation] = countsOf(owner, 'dilation_rate', 1, 1);
  return [[(kernel! - 1) * dilation!, 0]];
}

function convolution(call: LayerCall, builder: GraphBuilder, x: Flow, dimensions: 1 | 2 | 3): Flow {
  const activation = activationOf(call, builder);
  const inputs = [x, weightOf(call, builder, 0, 'kernel'), biasOf(call, builder, 1)];
  const attributes = {
    strides: countsOf(call, 'strides', dimensions, 1),
    padding: paddingOf(call, dimensions),
    dilations: countsOf(call, 'dilation_rate', dimensions, 1),
    groups: integerOf(call, 'groups', 1),
    activation: activation.fused,
  };
  return activation.apply(builder.node(`conv${dimensions}d`, inputs, attributes));
}

function depthwiseAttributes(call: LayerCall, dimensions: 1 | 2) {
  const strides = countsOf(call, 'strides', dimensions, 1);
  const dilations = countsOf(call, 'dilation_rate', dimensions, 1);
  const padding = paddingOf(call, dimensions);
  if (dimensions === 2) return { strides, dilations, padding };
  const onRow: Padding = typeof padding === 'string' ? padding : [[0, 0], ...padding];
  return { strides: [1, ...strides], dilations: [1, ...dilations], padding: onRow };
}

/** The kernel as a picture's: one-dimensional ones get a height of 1. */
function pictureKernel(call: LayerCall, builder: GraphBuilder, dimensions: 1 | 2 | 3, role: string): Flow {
  const shape = call.weights[0]?.shape ?? malformed(call, `has no ${role} in the file.`);
  return dimensions === 1 ? weightOf(call, builder, 0, role, [1, ...shape]) : weightOf(call, builder, 0, role);
}

function depthwise(call: LayerCall, builder: GraphBuilder, x: Flow, dimensions: 1 | 2): Flow {
  const activation = activationOf(call, builder);
  const inputs = [x, pictureKernel(call, builder, dimensions, 'depthwise_kernel'), biasOf(call, builder, 1)];
  const y = builder.node('depthwise-conv2d', inputs, { ...depthwiseAttributes(call, dimensions), activation: activation.fused });
  return activation.apply(y);
}

function separable(call: LayerCall, builder: GraphBuilder, x: Flow, dimensions: 1 | 2): Flow {
  const activation = activationOf(call, builder);
  const attributes = { ...depthwiseAttributes(call, dimensions), activation: 'none' } as const;
  const kernel = pictureKernel(call, builder, dimensions, 'depthwise_kernel');
  const spread = (picture: Flow): Flow => builder.node('depthwise-conv2d', [picture, kernel], attributes);
  const channels = dimensions === 1 ? flat(builder, x, spread) : spread(x);
  const ones = new Array<number>(dimensions).fill(1);
  const inputs = [channels, weightOf(call, builder, 1, 'pointwise_kernel'), biasOf(call, builder, 2)];
  const pointwise = { strides: ones, padding: 'valid', dilations: ones, groups: 1, activation: activation.fused } as const;
  return activation.apply(builder.node(`conv${dimensions}d`, inputs, pointwise));
}

function transposed(call: LayerCall, builder: GraphBuilder, x: Flow, dimensions: 1 | 2 | 3): Flow {
  const activation = activationOf(call, builder);
  const padded = call.config.output_padding ?? null;
  const row = dimensions === 1 ? [1] : [];
  const inputs = [x, pictureKernel(call, builder, dimensions, 'kernel'), biasOf(call, builder, 1)];
  const attributes = {
    strides: [...row, ...countsOf(call, 'strides', dimensions, 1)],
    padding: choiceOf(call, 'padding', ['valid', 'same'], 'valid'),
    dilations: [...row, ...countsOf(call, 'dilation_rate', dimensions, 1)],
    outputPadding: padded === null ? null : [...row.map(() => 0), ...integersOf(call, 'output_padding', dimensions)],
    activation: activation.fused,
  };
  return activation.apply(builder.node(dimensions === 3 ? 'transpose-conv3d' : 'transpose-conv2d', inputs, attributes));
}

/** Runs `lower` on a sequence as on a picture of height 1. */
function flat(builder: GraphBuilder, x: Flow, lower: (picture: Flow) => Flow): Flow {
  const picture = builder.node('expand-dims', [x], { axis: 1 });
  return builder.node('squeeze', [lower(picture)], { axes: [1] });
}
