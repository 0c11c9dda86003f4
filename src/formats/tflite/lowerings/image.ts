/** Resizing and detection. */
import { float32Tensor, int32Tensor } from '../../../ir/tensor';
import type { ValueId } from '../../../ir/graph';
import type { FlatBuilder, FlatLowering, FlatLowerings } from '../lower-builder';
import type { FlatNode } from '../lower-node';

export const imageLowerings: FlatLowerings = {
  RESIZE_BILINEAR: resize('resize-bilinear'),
  RESIZE_NEAREST_NEIGHBOR: resize('resize-nearest'),
  NON_MAX_SUPPRESSION_V4: (node, builder) => {
    const { indices, count, most } = suppression(node, builder);
    const padded = joined(node, builder, indices, builder.constant(node, 'no_places', int32Tensor([most], new Int32Array(most))), 'places');
    const selected = builder.emit(node, 'slice', [padded], { begin: [0], size: [most] });
    return [...selected, count];
  },
  NON_MAX_SUPPRESSION_V5: (node, builder) => {
    if (node.float(5, 'softening of scores') !== 0) return node.refuse('it softens scores (soft_nms_sigma), which Whittle reads at 0 only');
    const { indices, count, most } = suppression(node, builder);
    const padded = joined(node, builder, indices, builder.constant(node, 'no_places', int32Tensor([most], new Int32Array(most))), 'places');
    const selected = builder.emit(node, 'slice', [padded], { begin: [0], size: [most] });
    const scores = builder.inner(node, 'gather', [node.value(1), indices], { axis: 0, batchDims: 0 }, 'kept_scores');
    const ends = joined(node, builder, scores, builder.constant(node, 'no_scores', float32Tensor([most], new Float32Array(most))), 'scores');
    return [...selected, builder.innerAll(node, 'slice', [ends], { begin: [0], size: [most] }, { part: 'selected_scores' })[0]!, count];
  },
};

function resize(op: 'resize-bilinear' | 'resize-nearest'): FlatLowering {
  return (node, builder) => {
    const size = node.integersOrNull(1);
    if (size && size.length !== 2) return node.refuse(`its size has ${size.length} numbers in place of 2`);
    return builder.emit(node, op, size ? [node.value(0)] : [node.value(0), node.value(1)], {
      size: size ? [size[0]!, size[1]!] : null,
      alignCorners: node.flag('alignCorners'),
      halfPixelCenters: node.flag('halfPixelCenters'),
    });
  };
}

/** The runtime gives as many places as were asked for, zeros behind the last; the graph's operator only those that there are. */
function suppression(node: FlatNode, builder: FlatBuilder): { readonly indices: ValueId; readonly count: ValueId; readonly most: number } {
  const most = node.integer(2, 'number of boxes to keep');
  const limits = [3, 4].map((index, k) => builder.constant(node, k === 0 ? 'overlap' : 'threshold', float32Tensor([], [node.float(index, 'limit')])));
  const kept = builder.constant(node, 'most', int32Tensor([], [most]));
  const [indices, count] = builder.innerAll(
    node,
    'non-max-suppression',
    [node.value(0), node.value(1), kept, ...limits],
    { outputs: 'indices-count' },
    { part: 'boxes', outputs: 2 },
  );
  return { indices: indices!, count: count!, most };
}

function joined(node: FlatNode, builder: FlatBuilder, a: ValueId, b: ValueId, part: string): ValueId {
  return builder.inner(node, 'concat', [a, b], { axis: 0, activation: 'none' }, part);
}
