/** Convolutions and pools, fused with bias and activation as the converter fuses them, so that TensorFlow.js runs them fast. */
import type { NodeOf } from '../../../ir/graph';
import type { FusedActivation, OpAttributes, Padding } from '../../../ops/signatures';
import { float, integer, integers, text, texts } from '../attribute-json';
import { ACTIVATION_OPS, count, type AttributesJson, type Lowering, type LoweringContext, type Lowerings, type Ref } from '../lowering';
import { reshapedWeight } from '../reshaped-weight';

/** Averages and maxima leave this out of account: the least float32. */
const LEAST_FLOAT = -3.4028234663852886e38;

export const convolutionLowerings = {
  conv2d: (node, context) => [convolution(node, context, context.ref(0), context.ref(1))],
  conv1d(node, context) {
    const { padding, strides, dilations } = node.attributes;
    const flat = context.inner('ExpandDims', [context.ref(0), context.tf.integers(1)]);
    const kernelShape = context.shape(1);
    const kernel = kernelShape
      ? reshapedWeight(node, context, 1, [1, ...kernelShape])
      : context.inner('ExpandDims', [context.ref(1), context.tf.integers(0)]);
    const wide = {
      ...node.attributes,
      strides: [1, ...strides],
      dilations: [1, ...dilations],
      padding: typeof padding === 'string' ? padding : ([[0, 0], ...padding] as const),
    };
    const y = convolution({ ...node, op: 'conv2d', attributes: wide } as unknown as NodeOf<'conv2d'>, context, flat, kernel);
    return [context.inner('Squeeze', [y], { squeeze_dims: integers([1]) })];
  },
  conv3d(node, context) {
    const { attributes } = node;
    const [x, padding] = prePadded(context, context.ref(0), attributes.padding, 0);
    const lists = windowLists(attributes.strides, attributes.dilations);
    const run = (input: Ref, kernel: Ref): Ref =>
      context.inner('Conv3D', [input, kernel], { ...lists, padding: text(padding.toUpperCase()), data_format: text('NDHWC') });
    const y = inGroups(context, x, context.ref(1), attributes.groups, 4, run);
    return [withBias(context, y, attributes.activation)];
  },
  'depthwise-conv2d'(node, context) {
    const attributes = {
      ...windowLists(node.attributes.strides, node.attributes.dilations),
      ...paddingAttributes(node.attributes.padding),
      data_format: text('NHWC'),
    };
    const operands = [context.ref(0), context.ref(1)];
    return [fused(context, 'FusedDepthwiseConv2dNative', 'DepthwiseConv2dNative', operands, attributes, node.attributes.activation)];
  },
  'transpose-conv2d'(node, context) {
    const { strides, padding, dilations, activation } = node.attributes;
    if (dilations.some((dilation) => dilation !== 1)) context.refuse('TensorFlow.js has no dilated transposed convolution');
    const outputShape = context.has(3) ? context.ref(3) : transposedShape(node, context);
    const attributes = { strides: integers([1, ...strides, 1]), padding: text(padding.toUpperCase()), data_format: text('NHWC') };
    const y = context.emit('Conv2DBackpropInput', [outputShape, context.ref(1), context.ref(0)], attributes);
    return [withBias(context, y, activation)];
  },
  'transpose-conv3d': (_, context) => context.refuse('TensorFlow.js graph models have no transposed convolution in three dimensions'),
  'max-pool': pool('MaxPool', 'MaxPool3D'),
  'average-pool': pool('AvgPool', 'AvgPool3D'),
} satisfies Partial<Lowerings>;

/**
 * A product with its bias (input 2) and activation: one fused node where TensorFlow.js has one. `plain` is the op without
 * either; `extra` are attributes of both.
 */
export function fused(
  context: LoweringContext,
  op: string,
  plain: string,
  operands: readonly Ref[],
  extra: AttributesJson,
  activation: FusedActivation,
): Ref {
  const step = fusedStep(context, activation);
  const bias = context.has(2) ? [context.ref(2)] : [];
  if (bias.length === 0 && step === null) return context.activate(context.emit(plain, operands, extra), activation);
  const steps = [bias.length > 0 ? 'BiasAdd' : 'NoOp', ...(step ? [step.name] : [])];
  const inputs = [...bias, ...(step?.alpha ?? [])];
  const y = context.emit(op, [...operands, ...inputs], {
    ...extra,
    fused_ops: texts(steps),
    num_args: integer(inputs.length),
    epsilon: float(0),
    ...(step?.leak === undefined ? {} : { leakyrelu_alpha: float(step.leak) }),
  });
  return step ? y : context.activate(y, activation);
}

interface FusedStep {
  readonly name: string;
  readonly alpha?: readonly Ref[];
  readonly leak?: number;
}

/** The activation as the name of a fused step; null where there is none that a fused node knows. */
function fusedStep(context: LoweringContext, activation: FusedActivation): FusedStep | null {
  const tail = context.tail?.node;
  if (!tail) return activation === 'none' || activation === 'tanh' || activation === 'relu-n1-to-1' ? null : { name: ACTIVATION_OPS[activation] };
  switch (tail.op) {
    case 'relu':
    case 'relu6':
    case 'elu':
    case 'sigmoid':
      return { name: ACTIVATION_OPS[tail.op] };
    case 'prelu':
      return { name: 'Prelu', alpha: [context.refOf(tail.inputs[1]!)] };
    case 'leaky-relu':
      return { name: 'LeakyRelu', leak: tail.attributes.alpha };
    default: {
      const never: never = tail;
      return never;
    }
  }
}

export function windowLists(strides: readonly number[], dilations: readonly number[]): AttributesJson {
  return { strides: integers([1, ...strides, 1]), dilations: integers([1, ...dilations, 1]) };
}

export function paddingAttributes(padding: Padding): AttributesJson {
  if (typeof padding === 'string') return { padding: text(padding.toUpperCase()) };
  return { padding: text('EXPLICIT'), explicit_paddings: integers([0, 0, ...padding.flat(), 0, 0]) };
}

function convolution(node: NodeOf<'conv2d'>, context: LoweringContext, x: Ref, kernel: Ref): Ref {
  const { strides, dilations, padding, groups, activation } = node.attributes;
  const attributes = { ...windowLists(strides, dilations), ...paddingAttributes(padding), data_format: text('NHWC') };
  if (groups === 1) return fused(context, '_FusedConv2D', 'Conv2D', [x, kernel], attributes, activation);
  const y = inGroups(context, x, kernel, groups, 3, (input, part) => context.inner('Conv2D', [input, part], attributes));
  return withBias(context, y, activation);
}

/** TensorFlow.js has no grouped convolution: each group for itself. `axis` is the channels', of input and kernel alike. */
function inGroups(context: LoweringContext, x: Ref, kernel: Ref, groups: number, axis: number, run: (x: Ref, kernel: Ref) => Ref): Ref {
  if (groups === 1) return run(x, kernel);
  const split = (value: Ref): Ref => context.inner('Split', [context.tf.integers(axis), value], { num_split: integer(groups) });
  const [inputs, kernels] = [split(x), split(kernel)];
  const parts = Array.from({ length: groups }, (_, k) => run(at(inputs, k), at(kernels, k)));
  return context.inner('ConcatV2', [...parts, context.tf.integers(axis)], count(groups));
}

export function at(ref: Ref, index: number): Ref {
  return index === 0 ? ref : `${ref}:${index}`;
}

function withBias(context: LoweringContext, y: Ref, activation: FusedActivation): Ref {
  return context.activate(context.has(2) ? context.inner('BiasAdd', [y, context.ref(2)]) : y, activation);
}

/** Explicit padding of an op that TensorFlow.js has no explicit padding for: around the input first. */
function prePadded(context: LoweringContext, x: Ref, padding: Padding, value: number): [Ref, 'same' | 'valid'] {
  if (typeof padding === 'string') return [x, padding];
  const pairs = [0, 0, ...padding.flat(), 0, 0];
  const paddings = context.tf.integers(pairs, [padding.length + 2, 2]);
  if (value === 0) return [context.inner('Pad', [x, paddings]), 'valid'];
  return [context.inner('PadV2', [x, paddings, context.tf.floats(value)]), 'valid'];
}

/** [batch, sizes…, channels] where each size is a · input size + b. */
function transposedShape(node: NodeOf<'transpose-conv2d'>, context: LoweringContext): Ref {
  const output = context.outputShape(0);
  const channels = context.shape(1)?.[2] ?? -1;
  if (output && !output.includes(-1)) return context.tf.integers(output);
  if (channels < 0) return context.refuse('the shape of its kernel is not known');
  const shape = context.inner('Shape', [context.ref(0)]);
  const size = (axis: number): Ref => sizeAt(context, shape, axis);
  const spatial = [1, 2].map((axis) => {
    const known = output?.[axis] ?? -1;
    if (known >= 0) return context.tf.integers(known);
    const { strides, padding, outputPadding } = node.attributes;
    const [stride, extent] = [strides[axis - 1]!, context.shape(1)![axis - 1]!];
    const extra = outputPadding?.[axis - 1] ?? null;
    const scaled = context.inner('Mul', [size(axis), context.tf.integers(stride)]);
    const offset =
      extra === null ? (padding === 'same' ? 0 : Math.max(extent - stride, 0)) : (padding === 'same' ? extent % 2 : extent) + extra - stride;
    return context.inner('AddV2', [scaled, context.tf.integers(offset)]);
  });
  const batch = (output?.[0] ?? -1) >= 0 ? context.tf.integers(output![0]!) : size(0);
  return context.inner('Pack', [batch, ...spatial, context.tf.integers(channels)], { ...count(4), axis: integer(0) });
}

/** One size out of a shape. */
export function sizeAt(context: LoweringContext, shape: Ref, axis: number): Ref {
  return context.inner('StridedSlice', [shape, context.tf.integers([axis]), context.tf.integers([axis + 1]), context.tf.integers([1])], {
    shrink_axis_mask: integer(1),
    begin_mask: integer(0),
    end_mask: integer(0),
    ellipsis_mask: integer(0),
    new_axis_mask: integer(0),
  });
}

function pool(flat: string, deep: string): Lowering<'max-pool' | 'average-pool'> {
  return (node, context) => {
    const { kernel, strides, padding, activation } = node.attributes as OpAttributes['max-pool'];
    const isLine = kernel.length === 1;
    const op = kernel.length === 3 ? deep : flat;
    const around = isLine && typeof padding !== 'string' ? ([[0, 0], ...padding] as const) : padding;
    const lists = {
      ksize: integers([1, ...(isLine ? [1] : []), ...kernel, 1]),
      strides: integers([1, ...(isLine ? [1] : []), ...strides, 1]),
    };
    const run = (x: Ref, paddingName: 'same' | 'valid'): Ref => context.inner(op, [x], { ...lists, padding: text(paddingName.toUpperCase()) });
    const x = isLine ? context.inner('ExpandDims', [context.ref(0), context.tf.integers(1)]) : context.ref(0);
    const isMax = node.op === 'max-pool';
    const [padded, name] = prePadded(context, x, around, isMax ? LEAST_FLOAT : 0);
    let y = run(padded, name);
    if (!isMax && typeof around !== 'string') {
      // The mean over all cells divided by the share of cells that are no padding is the mean over those.
      const [ones] = prePadded(context, context.inner('OnesLike', [x]), around, 0);
      y = context.inner('RealDiv', [y, run(ones, name)]);
    }
    if (isLine) y = context.inner('Squeeze', [y], { squeeze_dims: integers([1]) });
    return [context.activate(y, activation)];
  };
}
