/** Convolutions and pools, with the fused tails that the converter makes. Channels last only, as TensorFlow.js runs them. */
import type { ValueId } from '../../../ir/graph';
import type { FusedActivation, Padding } from '../../../ops/signatures';
import type { GraphBuilder, Mappings, TfNode } from '../graph-builder';

export const convolutionMappings: Mappings = {
  Conv1D: (node, builder) => [
    builder.emit(node, 'conv1d', [node.input(0), node.input(1)], {
      strides: [node.attributes.integer('stride', 1)],
      padding: paddingOf(node, 1),
      dilations: [node.attributes.integer('dilation', 1)],
      groups: 1,
      activation: 'none',
    }),
  ],
  Conv2D: (node, builder) => [conv2d(node, builder, 'none', null)],
  _FusedConv2D: (node, builder) => withTail(node, builder, (activation, bias) => conv2d(node, builder, activation, bias)),
  DepthwiseConv2d: (node, builder) => [depthwise(node, builder, 'none', null)],
  DepthwiseConv2dNative: (node, builder) => [depthwise(node, builder, 'none', null)],
  FusedDepthwiseConv2dNative: (node, builder) =>
    withTail(node, builder, (activation, bias) => depthwise(node, builder, activation, bias)),
  Conv3D: (node, builder) => {
    requireChannelsLast(node);
    const attributes = {
      strides: spatial(node, 'strides', 3),
      padding: paddingOf(node, 3),
      dilations: spatial(node, 'dilations', 3),
      groups: 1,
      activation: 'none',
    } as const;
    return [builder.emit(node, 'conv3d', [node.input(0), node.input(1)], attributes)];
  },
  Conv2DBackpropInput: transposeConv,
  Conv2dTranspose: transposeConv,
  MaxPool: (node, builder) => [pool(node, builder, 'max-pool', 2)],
  AvgPool: (node, builder) => [pool(node, builder, 'average-pool', 2)],
  MaxPool3D: (node, builder) => [pool(node, builder, 'max-pool', 3)],
  AvgPool3D: (node, builder) => [pool(node, builder, 'average-pool', 3)],
  MaxPoolWithArgmax: (node, builder) => {
    if (node.usedOutputs > 1) node.refuse('the places of the maxima are used; Whittle has no operator that gives them');
    return [pool(node, builder, 'max-pool', 2)];
  },
};

/** What a converter-made `fused_ops` list does after the product: bias, then at most one activation. */
export function withTail(
  node: TfNode,
  builder: GraphBuilder,
  product: (activation: FusedActivation, bias: ValueId | null) => ValueId,
): readonly ValueId[] {
  const steps = node.attributes.texts('fused_ops').map((text) => text.toLowerCase());
  let extra = 2;
  let bias: ValueId | null = null;
  let activation: FusedActivation = 'none';
  let finish = (y: ValueId): ValueId => y;
  for (const step of steps) {
    if (step === 'biasadd' && bias === null) {
      bias = node.input(extra++);
    } else if (step === 'prelu') {
      const alpha = node.input(extra++);
      finish = (y) => builder.emit(node, 'prelu', [y, alpha], {}, 'prelu');
    } else if (step === 'leakyrelu') {
      const alpha = node.attributes.float('leakyrelu_alpha', 0.2);
      finish = (y) => builder.emit(node, 'leaky-relu', [y], { alpha }, 'leaky-relu');
    } else if (Object.hasOwn(FUSED_ACTIVATIONS, step)) {
      activation = FUSED_ACTIVATIONS[step]!;
    } else if (step !== 'noop') {
      node.refuse(`the fused step "${step}" is unknown; BiasAdd and an activation are allowed`);
    }
  }
  return [finish(product(activation, bias))];
}

const FUSED_ACTIVATIONS: Readonly<Record<string, FusedActivation>> = {
  linear: 'none',
  relu: 'relu',
  relu6: 'relu6',
  elu: 'elu',
  sigmoid: 'sigmoid',
  tanh: 'tanh',
};

function conv2d(node: TfNode, builder: GraphBuilder, activation: FusedActivation, bias: ValueId | null): ValueId {
  requireChannelsLast(node);
  return builder.emit(node, 'conv2d', operands(node, bias), {
    strides: spatial(node, 'strides', 2),
    padding: paddingOf(node, 2),
    dilations: spatial(node, 'dilations', 2),
    groups: 1,
    activation,
  });
}

function depthwise(node: TfNode, builder: GraphBuilder, activation: FusedActivation, bias: ValueId | null): ValueId {
  requireChannelsLast(node);
  return builder.emit(node, 'depthwise-conv2d', operands(node, bias), {
    strides: spatial(node, 'strides', 2),
    padding: paddingOf(node, 2),
    dilations: spatial(node, 'dilations', 2),
    activation,
  });
}

function operands(node: TfNode, bias: ValueId | null): readonly (ValueId | null)[] {
  return bias === null ? [node.input(0), node.input(1)] : [node.input(0), node.input(1), bias];
}

/** Inputs: output shape, filter, dy. TensorFlow.js reads no dilations here. */
function transposeConv(node: TfNode, builder: GraphBuilder): readonly ValueId[] {
  requireChannelsLast(node);
  const padding = paddingOf(node, 2);
  if (padding !== 'same' && padding !== 'valid') return node.refuse('explicit padding of a transposed convolution is not supported');
  const attributes = {
    strides: spatial(node, 'strides', 2),
    padding,
    dilations: [1, 1],
    outputPadding: null,
    activation: 'none',
  } as const;
  return [builder.emit(node, 'transpose-conv2d', [node.input(2), node.input(1), null, node.input(0)], attributes)];
}

function pool(node: TfNode, builder: GraphBuilder, op: 'max-pool' | 'average-pool', dimensions: number): ValueId {
  requireChannelsLast(node);
  return builder.emit(node, op, [node.input(0)], {
    kernel: spatial(node, 'ksize', dimensions),
    strides: spatial(node, 'strides', dimensions),
    padding: paddingOf(node, dimensions),
    activation: 'none',
  });
}

/**
 * The spatial entries of a list with one entry a dimension. TensorFlow.js does not look at those of batch and channels
 * (some files of old converters hold dilations there).
 */
function spatial(node: TfNode, name: string, dimensions: number): readonly number[] {
  const list = node.attributes.integers(name, new Array<number>(dimensions + 2).fill(1));
  if (list.length === 0) return new Array<number>(dimensions).fill(1);
  if (list.length !== dimensions + 2) node.refuse(`"${name}" has ${list.length} entries in place of ${dimensions + 2}`);
  if (list.some((step) => step < 1)) node.refuse(`"${name}" is [${list.join(', ')}]; sizes of 1 and more are allowed`);
  return list.slice(1, -1);
}

function paddingOf(node: TfNode, dimensions: number): Padding {
  const text = node.attributes.text('padding', 'VALID').toUpperCase();
  if (text === 'SAME') return 'same';
  if (text === 'VALID') return 'valid';
  if (text !== 'EXPLICIT') return node.refuse(`the padding is "${text}"; SAME, VALID and EXPLICIT are allowed`);
  const list = node.attributes.integers('explicit_paddings', []);
  if (list.length !== 2 * (dimensions + 2)) return node.refuse(`explicit_paddings has ${list.length} numbers`);
  if (list[0] || list[1] || list.at(-1) || list.at(-2)) return node.refuse('explicit_paddings pads batch or channels');
  return Array.from({ length: dimensions }, (_, i) => [list[2 * i + 2]!, list[2 * i + 3]!] as const);
}

function requireChannelsLast(node: TfNode): void {
  const format = node.attributes.text('data_format', 'NHWC').toUpperCase();
  if (format.endsWith('C') || format === '') return;
  node.refuse(`its data format is ${format}, channels first; convert the model with channels last (NHWC)`);
}
