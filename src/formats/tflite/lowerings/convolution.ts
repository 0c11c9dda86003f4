/** Convolutions. Filters are turned from TensorFlow Lite's layouts into the graph's; those that flow are turned by a node. */
import type { ValueId } from '../../../ir/graph';
import type { Tensor } from '../../../ir/tensor';
import { filterOrders, inverseOrder, nameOf, paddingCodes } from '../equivalents';
import { quantizedBias } from '../lower-bias';
import type { FlatBuilder, FlatLowerings } from '../lower-builder';
import type { FlatNode } from '../lower-node';
import { fusedActivation } from '../lower-fused';
import { depthwiseTensor, transposeTensor } from '../lower-layout';

export const convolutionLowerings: FlatLowerings = {
  CONV_2D(node, builder) {
    const channels = sizeOf(node, 0, 3, 'number of channels');
    const perGroup = sizeOf(node, 1, 3, 'number of channels of the filter');
    if (perGroup < 1 || channels % perGroup !== 0) node.refuse(`its filter takes ${perGroup} channels, of which ${channels} are no multiple`);
    return builder.emit(node, 'conv2d', operands(node, builder, turnedKernel(node, builder, 1, filterOrders.CONV_2D)), {
      ...window(node),
      dilations: [node.option('dilationHFactor', 1), node.option('dilationWFactor', 1)],
      groups: channels / perGroup,
      activation: fusedActivation(node),
    });
  },
  DEPTHWISE_CONV_2D(node, builder) {
    const [height, width, channels, outputs] = [
      sizeOf(node, 1, 1, 'height of the filter'),
      sizeOf(node, 1, 2, 'width of the filter'),
      sizeOf(node, 0, 3, 'number of channels'),
      sizeOf(node, 1, 3, 'number of outputs'),
    ];
    // The runtime goes by the shapes; what the options say of the multiplier is informational.
    const multiplier = outputs / channels;
    if (!Number.isInteger(multiplier) || multiplier < 1) node.refuse(`its filter gives ${outputs} outputs, no multiple of ${channels} channels`);
    const constant = node.constant(1);
    if (constant?.encoding.kind === 'affine' && constant.encoding.axis !== null && constant.encoding.axis !== 3) {
      node.refuse(`its filter has scales along dimension ${constant.encoding.axis}; only those along its outputs (3) are read`);
    }
    const options = {
      ...window(node),
      dilations: [node.option('dilationHFactor', 1), node.option('dilationWFactor', 1)],
      activation: fusedActivation(node),
    };
    if (constant && node.gridOf(0) && hasScaleForEachOutput(constant, multiplier)) {
      const kernel = builder.derived(node, 1, 'grouped', { ...constant, shape: [height, width, 1, outputs] });
      return builder.emit(node, 'conv2d', operands(node, builder, kernel), { ...options, groups: channels });
    }
    const kernel = constant
      ? builder.derived(node, 1, 'depthwise', depthwiseTensor(constant, multiplier))
      : builder.inner(node, 'reshape', [node.value(1)], { shape: [height, width, channels, multiplier] }, 'kernel', node.gridOf(1));
    return builder.emit(node, 'depthwise-conv2d', operands(node, builder, kernel), options);
  },
  TRANSPOSE_CONV(node, builder) {
    const kernel = turnedKernel(node, builder, 1, filterOrders.TRANSPOSE_CONV);
    const bias = node.has(3) ? quantizedBias(node, builder, 3, 2, 1) : null;
    const attributes = { ...window(node), dilations: [1, 1], outputPadding: null, activation: fusedActivation(node) };
    const shape = isNaturalShape(node, attributes.strides, attributes.padding) ? null : node.value(0);
    return builder.emit(node, 'transpose-conv2d', [node.value(2), kernel, bias, shape], attributes);
  },
  CONV_3D(node, builder) {
    return builder.emit(node, 'conv3d', operands(node, builder, node.value(1)), {
      strides: [node.option('strideD', 1), node.option('strideH', 1), node.option('strideW', 1)],
      padding: paddingOf(node),
      dilations: [node.option('dilationDFactor', 1), node.option('dilationHFactor', 1), node.option('dilationWFactor', 1)],
      groups: sizeOf(node, 0, 4, 'number of channels') / sizeOf(node, 1, 3, 'number of channels of the filter'),
      activation: fusedActivation(node),
    });
  },
  CONV_3D_TRANSPOSE(node, builder) {
    const bias = node.has(3) ? node.value(3) : null;
    return builder.emit(node, 'transpose-conv3d', [node.value(2), node.value(1), bias, node.value(0)], {
      strides: [node.option('strideD', 1), node.option('strideH', 1), node.option('strideW', 1)],
      padding: paddingOf(node),
      dilations: [node.option('dilationDFactor', 1), node.option('dilationHFactor', 1), node.option('dilationWFactor', 1)],
      outputPadding: null,
      activation: fusedActivation(node),
    });
  },
};

/** A filter in the graph's order of dimensions. */
export function turnedKernel(node: FlatNode, builder: FlatBuilder, index: number, fileOrder: readonly number[]): ValueId {
  const permutation = inverseOrder(fileOrder);
  const constant = node.constant(index);
  if (constant) {
    if (constant.shape.length !== permutation.length) node.refuse(`its filter has ${constant.shape.length} dimensions in place of ${permutation.length}`);
    return builder.derived(node, index, permutation.join(), transposeTensor(constant, permutation));
  }
  return builder.inner(node, 'transpose', [node.value(index)], { permutation }, 'kernel', node.gridOf(index));
}

export function paddingOf(node: FlatNode): 'same' | 'valid' {
  const code = node.option('padding', 0);
  return nameOf(paddingCodes, code) ?? node.refuse(`its padding has the number ${code}; 0 (SAME) and 1 (VALID) are allowed`);
}

export function window(node: FlatNode): { readonly strides: readonly number[]; readonly padding: 'same' | 'valid' } {
  const strides = [node.option('strideH', 0), node.option('strideW', 0)];
  if (strides.some((stride) => stride < 1)) node.refuse(`its strides are ${strides.join(' and ')}; whole numbers from 1 on are allowed`);
  return { strides, padding: paddingOf(node) };
}

function operands(node: FlatNode, builder: FlatBuilder, kernel: ValueId): readonly (ValueId | null)[] {
  return [node.value(0), kernel, node.has(2) ? quantizedBias(node, builder, 2, 0, 1) : null];
}

function sizeOf(node: FlatNode, input: number, axis: number, what: string): number {
  const size = node.typeOf(input).shape?.[axis] ?? node.input(input).shape?.[axis] ?? -1;
  return size > 0 ? size : node.refuse(`the ${what} is not known`);
}

/**
 * Scales of single outputs fit no axis of a depthwise kernel [kh, kw, C, M]. Integer kernels take no other arrangement of scales,
 * so such a convolution is read as one in as many groups as channels, which computes the same.
 */
function hasScaleForEachOutput({ shape, encoding }: Tensor, multiplier: number): boolean {
  if (encoding.kind !== 'affine' || encoding.axis === null || multiplier === 1 || multiplier === shape[3]) return false;
  const firstOf = (output: number): number => output - (output % multiplier);
  return encoding.scale.some((scale, output) => scale !== encoding.scale[firstOf(output)] || encoding.zeroPoint[output] !== encoding.zeroPoint[firstOf(output)]);
}

/** Whether the output shape that the file spells out is the one that follows from the input anyway. */
function isNaturalShape(node: FlatNode, strides: readonly number[], padding: 'same' | 'valid'): boolean {
  const [asked, x, kernel] = [node.integersOrNull(0), node.typeOf(2).shape, node.input(1).shape];
  if (!asked || !x || !kernel || asked.length !== 4 || x[0] !== asked[0]) return false;
  return [1, 2].every((axis) => {
    const [size, stride, extent] = [x[axis]!, strides[axis - 1]!, kernel[axis]!];
    return size > 0 && asked[axis] === (padding === 'same' ? size * stride : (size - 1) * stride + Math.max(extent, stride));
  });
}
