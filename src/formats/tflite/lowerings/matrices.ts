/** Matrix products and look-ups of rows. */
import { filterOrders } from '../equivalents';
import { quantizedBias } from '../lower-bias';
import type { FlatBuilder, FlatLowerings } from '../lower-builder';
import type { FlatNode } from '../lower-node';
import type { ValueId } from '../../../ir/graph';
import { fusedActivation } from '../lower-fused';
import { turnedKernel } from './convolution';

export const matrixLowerings: FlatLowerings = {
  FULLY_CONNECTED(node, builder) {
    if (node.option('weightsFormat', 0) !== 0) node.refuse('its weights are shuffled (SHUFFLED4x16INT8), which only old ARM kernels read');
    const kernel = turnedKernel(node, builder, 1, filterOrders.FULLY_CONNECTED);
    const bias = node.has(2) ? quantizedBias(node, builder, 2, 0, 1) : null;
    return builder.emit(node, 'dense', [rows(node, builder), kernel, bias], { activation: fusedActivation(node) });
  },
  BATCH_MATMUL: (node, builder) =>
    builder.emit(node, 'batch-matmul', [node.value(0), node.value(1)], { transposeA: node.flag('adjX'), transposeB: node.flag('adjY') }),
  // Ids come first.
  EMBEDDING_LOOKUP: (node, builder) => builder.emit(node, 'gather', [node.value(1), node.value(0)], { axis: 0, batchDims: 0 }),
};

/** All but the features flattened into one dimension, unless the file keeps them. */
function rows(node: FlatNode, builder: FlatBuilder): ValueId {
  const x = node.value(0);
  const shape = node.typeOf(0).shape;
  const features = node.input(1).shape?.[1] ?? -1;
  if (node.flag('keepNumDims') || (shape?.length === 2 && shape[1] === features)) return x;
  if (features < 1) return node.refuse('the number of its features is not known');
  return builder.inner(node, 'reshape', [x], { shape: [-1, features] }, 'flattened', node.gridOf(0));
}
