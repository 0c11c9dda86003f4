/**
 * From one grid to another, and off the grid. Constants that are stored as halves, integers or sparse are decoded by an
 * operator of the file; here the constant keeps its encoding and the operator goes away.
 */
import type { FlatLowerings } from '../lower-builder';

export const quantizationLowerings: FlatLowerings = {
  QUANTIZE: (node, builder) => {
    const { type, quantization } = node.output(0);
    if (!quantization) return node.refuse(`its output (${type}) has no scale`);
    if (node.typeOf(0).dtype !== 'float32') return node.refuse(`it reads ${node.input(0).type} without a scale`);
    return builder.emit(node, 'quantize', [node.value(0)], {});
  },
  DEQUANTIZE: (node, builder) => {
    if (node.constant(0)) {
      if (node.constant(0)!.dtype !== 'float32') return node.refuse(`it reads ${node.input(0).type} without a scale`);
      builder.alias(node);
      return [];
    }
    if (!node.gridOf(0)) return node.refuse(`it reads ${node.input(0).type} without a scale`);
    return builder.emit(node, 'quantize', [node.value(0)], {});
  },
  DENSIFY: (node, builder) => {
    if (!node.constant(0)) return node.refuse('it reads no constant');
    builder.alias(node);
    return [];
  },
};
