/** Pools, resizing, and normalization across channels. */
import type { OpAttributes } from '../../../ops/signatures';
import { L2_EPSILON } from '../equivalents';
import { withActivation } from '../raise-activation';
import { keepsGrid, type RaisingContext, type Raisings } from '../raise-context';
import { paddedInput } from '../raise-padding';

/** Less than every float32 number that a network computes with: a cell of padding never wins. */
const LOWEST = -3.4028234663852886e38;

export const poolingRaisings: Raisings = {
  'max-pool': ({ attributes }, context) => pool('MAX_POOL_2D', attributes, context),
  'average-pool'({ attributes }, context) {
    pool('AVERAGE_POOL_2D', attributes, context);
  },
  'resize-bilinear': ({ attributes }, context) => resize('RESIZE_BILINEAR', attributes, context),
  'resize-nearest': ({ attributes }, context) => resize('RESIZE_NEAREST_NEIGHBOR', attributes, context),
  'local-response-norm'({ attributes }, context) {
    context.emit('LOCAL_RESPONSE_NORMALIZATION', [context.as(0, 'float32')], [context.y()], attributes);
  },
  'l2-normalize'({ attributes }, context) {
    const last = context.shape(0).length - 1;
    const { axes, epsilon } = attributes;
    if (axes.length !== 1 || (axes[0] !== -1 && axes[0] !== last)) context.refuse('TensorFlow Lite normalizes over the last axis only');
    if (Math.abs(epsilon / L2_EPSILON - 1) > 1e-3) context.refuse(`its epsilon is ${epsilon}, and TensorFlow Lite's is ${L2_EPSILON}`);
    context.emit('L2_NORMALIZATION', [context.as(0, 'float32')], [context.y()]);
  },
};

function pool(op: 'MAX_POOL_2D' | 'AVERAGE_POOL_2D', attributes: OpAttributes['max-pool'], context: RaisingContext): void {
  const { kernel, strides, padding } = attributes;
  if (kernel.length !== 2) context.refuse(`TensorFlow Lite has pools over two dimensions only, not over ${kernel.length}`);
  const floats = context.dtype(0) === 'float32';
  if (!floats) context.refuse('TensorFlow Lite has no pools of whole numbers');
  if (context.isInteger) keepsGrid(context);
  const windows = { padding, kernel, strides, dilations: [1, 1] };
  const padded = paddedInput(context, windows, op === 'MAX_POOL_2D' ? LOWEST : 0);
  if (op === 'AVERAGE_POOL_2D' && padded.input !== context.x(0)) {
    context.refuse('TensorFlow Lite averages without padding or with "same" padding only');
  }
  withActivation(context, attributes.activation, (output, fused) =>
    context.emit(op, [padded.input], [output], {
      padding: padded.padding,
      strideH: strides[0]!,
      strideW: strides[1]!,
      filterHeight: kernel[0]!,
      filterWidth: kernel[1]!,
      fusedActivationFunction: fused,
    }),
  );
}

function resize(op: string, { size, alignCorners, halfPixelCenters }: OpAttributes['resize-bilinear'], context: RaisingContext): void {
  const target = size ?? context.outputShape(0).slice(1, 3);
  const sizeInput = target.includes(-1) ? context.x(1) : context.integers(target);
  const input = op === 'RESIZE_BILINEAR' ? context.as(0, 'float32') : context.x(0);
  context.emit(op, [input, sizeInput], [context.y()], { alignCorners, halfPixelCenters });
}
