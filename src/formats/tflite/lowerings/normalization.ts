/** Normalization and softmax. */
import { float32Tensor } from '../../../ir/tensor';
import { L2_EPSILON } from '../equivalents';
import type { FlatLowerings } from '../lower-builder';
import { withActivation } from '../lower-fused';

export const normalizationLowerings: FlatLowerings = {
  L2_NORMALIZATION: (node, builder) => {
    const attributes = { axes: [-1], epsilon: L2_EPSILON };
    return withActivation(
      node,
      builder,
      () => builder.emit(node, 'l2-normalize', [node.value(0)], attributes),
      () => builder.inner(node, 'l2-normalize', [node.value(0)], attributes, 'normalized'),
    );
  },
  LOCAL_RESPONSE_NORMALIZATION: (node, builder) =>
    builder.emit(node, 'local-response-norm', [node.value(0)], {
      radius: node.option('radius', 0),
      bias: node.option('bias', 0),
      alpha: node.option('alpha', 0),
      beta: node.option('beta', 0),
    }),
  SOFTMAX: (node, builder) => {
    const beta = node.option('beta', 1);
    if (beta === 1) return builder.emit(node, 'softmax', [node.value(0)], { axis: -1 });
    if (node.gridOf(0)) return node.refuse(`it multiplies by ${beta} first (beta), which Whittle reads for floats only`);
    const factor = builder.constant(node, 'beta', float32Tensor([], [beta]));
    const scaled = builder.inner(node, 'mul', [node.value(0), factor], { activation: 'none' }, 'scaled');
    return builder.emit(node, 'softmax', [scaled], { axis: -1 });
  },
  LOG_SOFTMAX: (node, builder) => builder.emit(node, 'log-softmax', [node.value(0)], { axis: -1 }),
};
