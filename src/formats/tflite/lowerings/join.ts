/** Values put together and taken apart. */
import type { FlatLowerings } from '../lower-builder';
import { fusedActivation } from '../lower-fused';

export const joinLowerings: FlatLowerings = {
  CONCATENATION: (node, builder) =>
    builder.emit(node, 'concat', node.values(), { axis: node.option('axis', 0), activation: fusedActivation(node) }),
  PACK: (node, builder) => builder.emit(node, 'stack', node.values(), { axis: node.option('axis', 0) }),
  UNPACK: (node, builder) => builder.emitAll(node, 'unstack', [node.value(0)], { axis: node.option('axis', 0) }),
  // The axis comes first.
  SPLIT: (node, builder) => builder.emitAll(node, 'split', [node.value(1)], { axis: node.integer(0, 'axis'), count: node.operator.outputs.length }),
  SPLIT_V: (node, builder) =>
    builder.emitAll(node, 'split', [node.value(0)], { axis: node.integer(2, 'axis'), sizes: node.integers(1, 'list of sizes') }),
};
