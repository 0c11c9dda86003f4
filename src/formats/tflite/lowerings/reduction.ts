/** Reductions over axes, places of extremes, running sums. */
import type { FlatLowering, FlatLowerings } from '../lower-builder';
import type { FlatNode } from '../lower-node';

export const reductionLowerings: FlatLowerings = {
  MEAN: (node, builder) => {
    const attributes = reduceAttributes(node);
    if (node.output(0).quantization || node.output(0).type === 'FLOAT32') return builder.emit(node, 'mean', [node.value(0)], attributes);
    // Of whole numbers: without its fraction.
    const mean = builder.inner(node, 'mean', [node.value(0)], attributes, 'mean');
    return builder.emit(node, 'cast', [mean], { dtype: 'int32' });
  },
  SUM: reduction('sum'),
  REDUCE_PROD: reduction('prod'),
  REDUCE_MAX: reduction('max'),
  REDUCE_MIN: reduction('min'),
  REDUCE_ANY: reduction('any'),
  REDUCE_ALL: reduction('all'),
  ARG_MAX: (node, builder) => builder.emit(node, 'argmax', [node.value(0)], { axis: node.integer(1, 'axis') }),
  ARG_MIN: (node, builder) => builder.emit(node, 'argmin', [node.value(0)], { axis: node.integer(1, 'axis') }),
  CUMSUM: (node, builder) =>
    builder.emit(node, 'cumsum', [node.value(0)], {
      axis: node.integer(1, 'axis'),
      exclusive: node.flag('exclusive'),
      reverse: node.flag('reverse'),
    }),
};

function reduction(op: 'sum' | 'prod' | 'max' | 'min' | 'any' | 'all'): FlatLowering {
  return (node, builder) => builder.emit(node, op, [node.value(0)], reduceAttributes(node));
}

function reduceAttributes(node: FlatNode) {
  const rank = node.typeOf(0).shape?.length;
  const axes = node.integers(1, 'list of axes');
  // The kernels take an axis that is named twice once.
  const places = axes.map((axis) => (axis < 0 && rank !== undefined ? axis + rank : axis));
  return { axes: [...new Set(places)], keepDims: node.flag('keepDims') };
}
