/** Convolutions, dense layers and matrix products. */
import type { Shape } from '../../../ir/tensor';
import type { OpAttributes } from '../../../ops/signatures';
import { filterOrders, paddingCodes } from '../equivalents';
import { activateAfter, withActivation } from '../raise-activation';
import { asItLies, depthwise, ofGroups, permuted, type Layout } from '../raise-constant';
import type { RaisingContext, Raisings } from '../raise-context';
import { biasInput, isHybridKernel, kernelInput } from '../raise-kernel';
import { paddedInput, type Windows } from '../raise-padding';
import { shapeTensor } from '../raise-shape';

/** Which integer kernels run beside float activations; see the tests of written encodings. */
const HYBRID_CONVOLUTION = { types: ['INT8', 'INT4'], axis: 0 } as const;
const HYBRID_DEPTHWISE = { types: ['INT8'], axis: 3 } as const;
const HYBRID_DENSE = { types: ['INT8', 'INT4', 'INT2'], axis: 0 } as const;

export const linearRaisings: Raisings = {
  conv2d({ attributes }, context) {
    const [height, width, , channels] = context.shape(1);
    // A group for each channel: output c · M + m in both, and its own scale for every output.
    if (attributes.groups > 1 && context.shape(1)[2] === 1) {
      return depthwiseConvolution(attributes, context, channels! / attributes.groups, (all) => ofGroups(context.shape(1), all));
    }
    const { input, padding } = paddedInput(context, windowsOf(context, attributes));
    // A hybrid kernel for groups exists nowhere.
    const hybrid = attributes.groups === 1 ? HYBRID_CONVOLUTION : undefined;
    const kernel = kernelInput(context, permuted([height!, width!, context.shape(1)[2]!, channels!], filterOrders.CONV_2D), hybrid);
    const inputs = [input, kernel, ...biasInput(context, channels!, kernel)];
    withActivation(context, attributes.activation, (output, fused) =>
      context.emit('CONV_2D', inputs, [output], { ...planeOptions(attributes), padding, fusedActivationFunction: fused }),
    );
  },

  'depthwise-conv2d'({ attributes }, context) {
    const shape = context.shape(1);
    depthwiseConvolution(attributes, context, shape[3]!, (all) => depthwise(shape, all));
  },

  'transpose-conv2d'({ attributes }, context) {
    if (attributes.dilations.some((dilation) => dilation !== 1)) context.refuse('it is dilated, and TensorFlow Lite has no such operator');
    const kernel = kernelInput(context, permuted(context.shape(1), filterOrders.TRANSPOSE_CONV));
    const inputs = [outputShapeInput(context), kernel, context.x(0), ...biasInput(context, context.shape(1)[2]!, kernel, true)];
    withActivation(context, attributes.activation, (output, fused) =>
      context.emit('TRANSPOSE_CONV', inputs, [output], {
        padding: paddingCodes[attributes.padding],
        strideH: attributes.strides[0]!,
        strideW: attributes.strides[1]!,
        fusedActivationFunction: fused,
      }),
    );
  },

  conv3d({ attributes }, context) {
    if (attributes.groups !== 1) context.refuse('TensorFlow Lite has no convolution in groups over three dimensions');
    const { input, padding } = paddedInput(context, windowsOf(context, attributes));
    const kernel = kernelInput(context, asItLies(context.shape(1)));
    const inputs = [input, kernel, ...biasInput(context, context.shape(1)[4]!, kernel, true)];
    withActivation(context, attributes.activation, (output, fused) =>
      context.emit('CONV_3D', inputs, [output], { ...volumeOptions(attributes), padding, fusedActivationFunction: fused }),
    );
  },

  'transpose-conv3d'({ attributes }, context) {
    if (attributes.dilations.some((dilation) => dilation !== 1)) context.refuse('it is dilated, and TensorFlow Lite has no such operator');
    const kernel = kernelInput(context, asItLies(context.shape(1)));
    const inputs = [outputShapeInput(context), kernel, context.x(0), ...biasInput(context, context.shape(1)[3]!, kernel, true)];
    withActivation(context, attributes.activation, (output, fused) =>
      context.emit('CONV_3D_TRANSPOSE', inputs, [output], {
        ...volumeOptions(attributes),
        padding: paddingCodes[attributes.padding],
        fusedActivationFunction: fused,
      }),
    );
  },

  dense({ attributes }, context) {
    const rank = context.shape(0).length;
    if (!context.tensor(1)) return denseOfComputedKernel(context, attributes.activation);
    const kernel = kernelInput(context, permuted(context.shape(1), filterOrders.FULLY_CONNECTED), HYBRID_DENSE);
    const inputs = [context.x(0), kernel, ...biasInput(context, context.shape(1)[1]!, kernel, true)];
    withActivation(context, attributes.activation, (output, fused) =>
      context.emit('FULLY_CONNECTED', inputs, [output], {
        fusedActivationFunction: fused,
        keepNumDims: rank !== 2,
        // The activations' own range at run time: half a bit more than a range around zero.
        asymmetricQuantizeInputs: isHybridKernel(context, kernel),
      }),
    );
  },

  'batch-matmul'({ attributes }, context) {
    context.emit('BATCH_MATMUL', [context.x(0), context.x(1)], [context.y()], { adjX: attributes.transposeA, adjY: attributes.transposeB });
  },
};

/** `layoutOf(true)` has a scale for every output. */
function depthwiseConvolution(
  attributes: OpAttributes['depthwise-conv2d'],
  context: RaisingContext,
  multiplier: number,
  layoutOf: (isPerChannel: boolean) => Layout,
): void {
  const { input, padding } = paddedInput(context, windowsOf(context, attributes));
  const kernel = kernelInput(context, layoutOf(false), { ...HYBRID_DEPTHWISE, layout: layoutOf(true) });
  const inputs = [input, kernel, ...biasInput(context, layoutOf(false).shape[3]!, kernel)];
  withActivation(context, attributes.activation, (output, fused) =>
    context.emit('DEPTHWISE_CONV_2D', inputs, [output], {
      ...planeOptions(attributes),
      padding,
      depthMultiplier: multiplier,
      fusedActivationFunction: fused,
    }),
  );
}

function denseOfComputedKernel(context: RaisingContext, activation: OpAttributes['dense']['activation']): void {
  if (context.isInteger) context.refuse('its kernel is computed by the graph, and integer kernels must be constants');
  if (context.shape(0).length < 2) context.refuse('its kernel is computed by the graph and its input is no matrix');
  activateAfter(context, activation, (output) => {
    const product = context.has(2) ? context.inner('float32', context.outputShape(0)) : output;
    context.emit('BATCH_MATMUL', [context.x(0), context.x(1)], [product]);
    if (context.has(2)) context.emit('ADD', [product, context.x(2)], [output]);
  });
}

function windowsOf(context: RaisingContext, attributes: Pick<OpAttributes['conv2d'], 'padding' | 'strides' | 'dilations'>): Windows {
  const spatial = attributes.strides.length;
  return { ...attributes, kernel: context.shape(1).slice(0, spatial) };
}

/** The whole shape of the output: known, or given by the graph, or with the batch of the input. */
function outputShapeInput(context: RaisingContext): number {
  const shape: Shape = context.outputShape(0);
  if (shape.includes(-1) && context.has(3)) return context.x(3);
  return shapeTensor(context, shape);
}

function planeOptions({ strides, dilations }: Pick<OpAttributes['conv2d'], 'strides' | 'dilations'>) {
  return { strideH: strides[0]!, strideW: strides[1]!, dilationHFactor: dilations[0]!, dilationWFactor: dilations[1]! };
}

function volumeOptions({ strides, dilations }: Pick<OpAttributes['conv3d'], 'strides' | 'dilations'>) {
  return {
    strideD: strides[0]!, strideH: strides[1]!, strideW: strides[2]!,
    dilationDFactor: dilations[0]!, dilationHFactor: dilations[1]!, dilationWFactor: dilations[2]!,
  };
}
