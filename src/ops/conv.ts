/**
 * Convolutions: grouped and dilated in 1 to 3 dimensions, depthwise, transposed. The kernel gives the output its rank, so
 * that the shape is known as far as possible even where the input's is not.
 */
import type { Shape } from '../ir/tensor';
import type { Definition, OpContext, OpTable, ValueType } from './definition';
import { inputType, oneOutput, shapeFromInput } from './definition';
import { expectRank, isKnown, mapKnown, mergeDimension, mergeShapes, productOf, UNKNOWN, windowCount } from './dimensions';
import type { OpAttributes } from './signatures';

export const convOps = {
  conv1d: convolution(1),
  conv2d: convolution(2),
  conv3d: convolution(3),
  'depthwise-conv2d': {
    arity: { minimum: 2, maximum: 3 },
    outputCount: oneOutput,
    shape: (context) => {
      const [x, kernel] = operands(context, 2);
      const channels = kernel ? mergeDimension(x?.[3] ?? UNKNOWN, kernel[2]!, context.fail, 'the number of channels') : UNKNOWN;
      const outputs = kernel ? productOf([channels, kernel[3]!]) : UNKNOWN;
      return [convolved(context, x, kernel, 2, outputs)];
    },
    macs: ({ inputs, outputs }) => productOf(outputs[0]!) * productOf(inputs[1]!.slice(0, 2)),
  },
  'transpose-conv2d': transposed(2),
  'transpose-conv3d': transposed(3),
} satisfies Partial<OpTable>;

function convolution(dimensions: number): Definition<OpAttributes['conv2d']> {
  return {
    arity: { minimum: 2, maximum: 3 },
    outputCount: oneOutput,
    shape: (context) => {
      const [x, kernel] = operands(context, dimensions);
      const { groups } = context.attributes;
      const outputs = kernel?.[dimensions + 1] ?? UNKNOWN;
      if (kernel) {
        const channels = mapKnown(kernel[dimensions]!, (size) => size * groups);
        mergeDimension(x?.[dimensions + 1] ?? UNKNOWN, channels, context.fail, 'the number of input channels');
      }
      if (!Number.isInteger(groups) || groups < 1 || (isKnown(outputs) && outputs % groups !== 0)) {
        context.fail(`${outputs} output channels do not divide into ${groups} groups`);
      }
      return [convolved(context, x, kernel, dimensions, outputs)];
    },
    macs: ({ inputs, outputs }) => productOf(outputs[0]!) * productOf(inputs[1]!.slice(0, -1)),
  };
}

function transposed(dimensions: number): Definition<OpAttributes['transpose-conv2d']> {
  return {
    arity: { minimum: 2, maximum: 4 },
    outputCount: oneOutput,
    shape: (context) => {
      const [x, kernel] = operands(context, dimensions);
      if (x && kernel) mergeDimension(x[dimensions + 1]!, kernel[dimensions + 1]!, context.fail, 'the number of input channels');
      const outputs = kernel?.[dimensions] ?? UNKNOWN;
      checkBias(context, outputs);
      const spatial = Array.from({ length: dimensions }, (_, i) =>
        context.inputs[3] ? UNKNOWN : transposedSize(context, x?.[i + 1] ?? UNKNOWN, kernel?.[i] ?? UNKNOWN, i),
      );
      const natural = [x?.[0] ?? UNKNOWN, ...spatial, outputs];
      const asked = context.inputs[3] ? expectRank(shapeFromInput(context, 3), dimensions + 2, context.fail, 'the output shape') : null;
      return [{ dtype: 'float32', shape: mergeShapes(natural, asked, context.fail, 'the output') }];
    },
    macs: ({ inputs }) => productOf(inputs[0]!.slice(0, -1)) * productOf(inputs[1]!),
  };
}

/** Keras's rule (backend_utils._get_output_shape_given_tf_padding). */
function transposedSize(context: OpContext<OpAttributes['transpose-conv2d']>, size: number, kernel: number, axis: number): number {
  const { strides, dilations, padding, outputPadding } = context.attributes;
  const stride = strides[axis] ?? context.fail(`there is no stride for spatial dimension ${axis}`);
  if (!isKnown(size) || !isKnown(kernel)) return UNKNOWN;
  const extent = (kernel - 1) * (dilations[axis] ?? 1) + 1;
  const extra = outputPadding?.[axis] ?? null;
  if (padding === 'valid') return (size - 1) * stride + (extra === null ? Math.max(extent, stride) : extent + extra);
  return extra === null ? size * stride : (size - 1) * stride + (extent % 2) + extra;
}

function operands(context: OpContext<unknown>, dimensions: number): [Shape | null, Shape | null] {
  const rank = dimensions + 2;
  return [
    expectRank(inputType(context, 0).shape, rank, context.fail, 'the input'),
    expectRank(inputType(context, 1).shape, rank, context.fail, 'the kernel'),
  ];
}

function convolved(
  context: OpContext<OpAttributes['depthwise-conv2d']>,
  x: Shape | null,
  kernel: Shape | null,
  dimensions: number,
  outputs: number,
): ValueType {
  checkBias(context, outputs);
  const spatial = Array.from({ length: dimensions }, (_, i) =>
    windowCount(x?.[i + 1] ?? UNKNOWN, i, kernel?.[i] ?? UNKNOWN, context.attributes, context.fail),
  );
  return { dtype: 'float32', shape: [x?.[0] ?? UNKNOWN, ...spatial, outputs] };
}

/** A bias has one number a channel, or one for all. */
function checkBias(context: OpContext<unknown>, outputs: number): void {
  const size = context.inputs[2]?.shape?.at(-1) ?? 1;
  if (size !== 1) mergeDimension(size, outputs, context.fail, 'the number of output channels (bias against kernel)');
}
