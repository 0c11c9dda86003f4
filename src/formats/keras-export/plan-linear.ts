/** Convolutions, dense layers, pooling and normalization as single layers. */
import type { NodeOf, ValueId } from '../../ir/graph';
import type { Shape } from '../../ir/tensor';
import type { Padding } from '../../ops/signatures';
import { activated, ownActivation, type Plan, type PlanContext, type PlanTable, reason, shapeOf, single, type Step, type StepWeight, tensorOf, weight } from './plan';

export const linearPlans: PlanTable = {
  conv1d: (node, context) => convolution(node, context, 1),
  conv2d: (node, context) => convolution(node, context, 2),
  conv3d: (node, context) => convolution(node, context, 3),
  'depthwise-conv2d': depthwise,
  'transpose-conv2d': (node, context) => transposed(node, context, 2),
  'transpose-conv3d': (node, context) => transposed(node, context, 3),
  dense,
  einsum,
  'batch-norm': batchNormalization,
  'layer-norm': layerNormalization,
  'group-norm': (node, context) => {
    const { groups, epsilon } = node.attributes;
    const [x, gamma, beta] = node.inputs;
    const weights = optionalWeights(context, [['gamma', gamma], ['beta', beta]]);
    if (typeof weights === 'string') return reason(weights);
    const config = { groups, axis: -1, epsilon, scale: !!gamma, center: !!beta };
    return single({ className: 'GroupNormalization', config, weights, inputs: [x!] });
  },
  'l2-normalize': (node) => {
    // Keras clips the norm itself at 1e-12.
    if (node.attributes.epsilon > 1e-11) return reason('keeps away from division by zero by another number than UnitNormalization');
    return single({ className: 'UnitNormalization', config: { axis: [...node.attributes.axes] }, inputs: [node.inputs[0]!] });
  },
  'max-pool': (node) => pooling(node, 'MaxPooling'),
  'average-pool': (node) => pooling(node, 'AveragePooling'),
};

type Kernelled = NodeOf<'conv1d'> | NodeOf<'conv2d'> | NodeOf<'conv3d'> | NodeOf<'depthwise-conv2d'> | NodeOf<'transpose-conv2d'> | NodeOf<'transpose-conv3d'> | NodeOf<'dense'>;

/** The kernel and the bias of a node, both constants, or why not. */
function kernelAndBias(node: Kernelled, context: PlanContext, role: string): { kernel: Shape; weights: StepWeight[] } | string {
  const [, kernelId, biasId] = node.inputs;
  const kernel = tensorOf(context, kernelId);
  if (!kernel) return 'has a kernel that is computed at run time';
  if (biasId && !tensorOf(context, biasId)) return 'has a bias that is computed at run time';
  const weights = [weight(context, role, kernelId!), ...(biasId ? [weight(context, 'bias', biasId)] : [])];
  return { kernel: kernel.shape, weights };
}

function convolution(node: NodeOf<'conv1d'> | NodeOf<'conv2d'> | NodeOf<'conv3d'>, context: PlanContext, dimensions: 1 | 2 | 3): Plan {
  const found = kernelAndBias(node, context, 'kernel');
  if (typeof found === 'string') return reason(found);
  const { strides, dilations, groups } = node.attributes;
  const { name, rest } = ownActivation(node.attributes.activation);
  const pad = paddingSteps(node.inputs[0]!, node.attributes.padding, context, causalPadding(found.kernel, dilations, dimensions));
  const config = {
    filters: found.kernel.at(-1)!,
    kernel_size: found.kernel.slice(0, dimensions),
    strides: [...strides],
    padding: pad.padding,
    data_format: 'channels_last',
    dilation_rate: [...dilations],
    ...(groups === 1 ? {} : { groups }),
    activation: name,
    use_bias: found.weights.length > 1,
  };
  return activated([...pad.steps, { className: `Conv${dimensions}D`, config, weights: found.weights, inputs: [pad.input] }], rest);
}

function causalPadding(kernel: Shape, dilations: readonly number[], dimensions: number): number | null {
  return dimensions === 1 ? (kernel[0]! - 1) * dilations[0]! : null;
}

interface PaddedInput {
  readonly padding: 'same' | 'valid' | 'causal';
  readonly steps: readonly Step[];
  readonly input: ValueId | number;
}

/** Padding by numbers is a layer of its own in Keras, but for that of a causal convolution. */
function paddingSteps(x: ValueId, padding: Padding, context: PlanContext, causal: number | null): PaddedInput {
  if (typeof padding === 'string') return { padding, steps: [], input: x };
  if (padding.every(([before, after]) => before === 0 && after === 0)) return { padding: 'valid', steps: [], input: x };
  if (padding.length === 1 && context.target.id === 'tfjs-layers') return { padding: 'valid', steps: rowPadding(x, padding[0]!, context), input: 2 };
  if (padding.length === 1 && padding[0]![1] === 0 && padding[0]![0] === causal) return { padding: 'causal', steps: [], input: x };
  const pairs = padding.map((pair) => [...pair]);
  const config = { padding: padding.length === 1 ? pairs[0] : pairs, ...(padding.length === 1 ? {} : { data_format: 'channels_last' }) };
  return { padding: 'valid', steps: [{ className: `ZeroPadding${padding.length}D`, config, inputs: [x], suffix: 'padding' }], input: 0 };
}

/** TensorFlow.js pads pictures only: a sequence becomes one of width 1. */
function rowPadding(x: ValueId, [before, after]: readonly [number, number], context: PlanContext): Step[] {
  const [, length, channels] = shapeOf(context, x) ?? [];
  const size = length ?? -1;
  const picture = [size, 1, channels ?? -1];
  const longer = [size < 0 ? -1 : size + before + after, channels ?? -1];
  return [
    { className: 'Reshape', config: { target_shape: picture }, inputs: [x], suffix: 'picture' },
    { className: 'ZeroPadding2D', config: { padding: [[before, after], [0, 0]], data_format: 'channels_last' }, inputs: [0], suffix: 'padding' },
    { className: 'Reshape', config: { target_shape: longer }, inputs: [1], suffix: 'sequence' },
  ];
}

function depthwise(node: NodeOf<'depthwise-conv2d'>, context: PlanContext): Plan {
  const found = kernelAndBias(node, context, 'depthwise_kernel');
  if (typeof found === 'string') return reason(found);
  const { strides, dilations } = node.attributes;
  const { name, rest } = ownActivation(node.attributes.activation);
  const pad = paddingSteps(node.inputs[0]!, node.attributes.padding, context, null);
  const config = {
    kernel_size: found.kernel.slice(0, 2),
    strides: [...strides],
    padding: pad.padding,
    depth_multiplier: found.kernel[3]!,
    data_format: 'channels_last',
    dilation_rate: [...dilations],
    activation: name,
    use_bias: found.weights.length > 1,
  };
  return activated([...pad.steps, { className: 'DepthwiseConv2D', config, weights: found.weights, inputs: [pad.input] }], rest);
}

function transposed(node: NodeOf<'transpose-conv2d'> | NodeOf<'transpose-conv3d'>, context: PlanContext, dimensions: 2 | 3): Plan {
  const found = kernelAndBias(node, context, 'kernel');
  if (typeof found === 'string') return reason(found);
  const { strides, padding, dilations, outputPadding } = node.attributes;
  const { name, rest } = ownActivation(node.attributes.activation);
  if (node.inputs[3]) {
    const given = shapeOf(context, node.outputs[0]);
    const sizes = shapeOf(context, node.inputs[0]);
    const isUsual =
      given !== null &&
      sizes !== null &&
      strides.every((stride, i) => {
        const size = sizes[i + 1]!;
        const kernel = found.kernel[i]!;
        const usual = padding === 'same' ? size * stride : size * stride + Math.max(kernel - stride, 0);
        return size > 0 && given[i + 1] === usual;
      });
    if (!isUsual) return reason('gives its output a size that Keras would not choose');
  }
  const config = {
    filters: found.kernel.at(-2)!,
    kernel_size: found.kernel.slice(0, dimensions),
    strides: [...strides],
    padding,
    ...(outputPadding && !node.inputs[3] ? { output_padding: [...outputPadding] } : {}),
    data_format: 'channels_last',
    dilation_rate: [...dilations],
    activation: name,
    use_bias: found.weights.length > 1,
  };
  return activated([{ className: `Conv${dimensions}DTranspose`, config, weights: found.weights, inputs: [node.inputs[0]!] }], rest);
}

function dense(node: NodeOf<'dense'>, context: PlanContext): Plan {
  const found = kernelAndBias(node, context, 'kernel');
  if (typeof found === 'string') return reason(found);
  const { name, rest } = ownActivation(node.attributes.activation);
  const config = { units: found.kernel.at(-1)!, activation: name, use_bias: found.weights.length > 1 };
  return activated([{ className: 'Dense', config, weights: found.weights, inputs: [node.inputs[0]!] }], rest);
}

function einsum(node: NodeOf<'einsum'>, context: PlanContext): Plan {
  const [x, kernelId] = node.inputs;
  const output = shapeOf(context, node.outputs[0]);
  if (!kernelId || node.inputs.length !== 2 || !tensorOf(context, kernelId)) return reason('multiplies tensors that are both computed at run time');
  const { equation } = node.attributes;
  const [left, result] = [equation.split(',')[0]!, equation.split('->')[1]!];
  if (left[0] !== result[0] || equation.split(',')[1]!.split('->')[0]!.includes(left[0]!)) return reason('does not keep the batch in front');
  if (!output) return reason('has an output of unknown shape');
  const config = { equation, output_shape: output.slice(1).map((size) => (size < 0 ? null : size)), activation: 'linear', bias_axes: null };
  return single({ className: 'EinsumDense', config, weights: [weight(context, 'kernel', kernelId)], inputs: [x!] });
}

function batchNormalization(node: NodeOf<'batch-norm'>, context: PlanContext): Plan {
  const [x, mean, variance, gamma, beta] = node.inputs;
  const weights = optionalWeights(context, [['gamma', gamma], ['beta', beta], ['moving_mean', mean], ['moving_variance', variance]]);
  if (typeof weights === 'string') return reason(weights);
  const { axis, epsilon, activation } = node.attributes;
  const config = { axis, epsilon, center: !!beta, scale: !!gamma };
  return activated([{ className: 'BatchNormalization', config, weights, inputs: [x!] }], activation);
}

function layerNormalization(node: NodeOf<'layer-norm'>, context: PlanContext): Plan {
  const [x, gamma, beta] = node.inputs;
  const { axes, epsilon, rms } = node.attributes;
  if (rms) {
    if (!gamma || beta) return reason('is a root-mean-square normalization with other weights than RMSNormalization has');
    const weights = optionalWeights(context, [['scale', gamma]]);
    if (typeof weights === 'string') return reason(weights);
    return single({ className: 'RMSNormalization', config: { axis: [...axes], epsilon }, weights, inputs: [x!] });
  }
  const weights = optionalWeights(context, [['gamma', gamma], ['beta', beta]]);
  if (typeof weights === 'string') return reason(weights);
  return single({ className: 'LayerNormalization', config: { axis: [...axes], epsilon, center: !!beta, scale: !!gamma }, weights, inputs: [x!] });
}

function optionalWeights(context: PlanContext, entries: readonly (readonly [string, ValueId | null | undefined])[]): StepWeight[] | string {
  const present = entries.flatMap(([role, id]) => (id ? [[role, id] as const] : []));
  const computed = present.find(([, id]) => !tensorOf(context, id));
  return computed ? `has a ${computed[0]} that is computed at run time` : present.map(([role, id]) => weight(context, role, id));
}

function pooling(node: NodeOf<'max-pool'> | NodeOf<'average-pool'>, kind: 'MaxPooling' | 'AveragePooling'): Plan {
  const { kernel, strides, padding, activation } = node.attributes;
  const isNone = typeof padding !== 'string' && padding.every(([before, after]) => before === 0 && after === 0);
  if (typeof padding !== 'string' && !isNone) return reason('pads by numbers of its own, which Keras\'s pooling does not');
  const config = { pool_size: [...kernel], strides: [...strides], padding: isNone ? 'valid' : padding, data_format: 'channels_last' };
  return activated([{ className: `${kind}${kernel.length}D`, config, inputs: [node.inputs[0]!] }], activation);
}
