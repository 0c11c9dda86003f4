/** Shapes: the same numbers in another arrangement, and shapes as numbers. */
import type { ValueId } from '../../../ir/graph';
import type { DType } from '../../../ops/signatures';
import type { FlatBuilder, FlatLowerings } from '../lower-builder';
import type { FlatNode } from '../lower-node';
import { pairs } from './slice';

export const shapeLowerings: FlatLowerings = {
  RESHAPE: (node, builder) => {
    // The second input wins over the option.
    if (node.has(1)) return withList(node, builder, 'reshape', node.integersOrNull(1));
    return builder.emit(node, 'reshape', [node.value(0)], { shape: node.list('newShape') });
  },
  SQUEEZE: (node, builder) => builder.emit(node, 'squeeze', [node.value(0)], { axes: node.list('squeezeDims') }),
  EXPAND_DIMS: (node, builder) => builder.emit(node, 'expand-dims', [node.value(0)], { axis: node.integer(1, 'axis') }),
  TRANSPOSE: (node, builder) => builder.emit(node, 'transpose', [node.value(0)], { permutation: node.integers(1, 'order of dimensions') }),
  TILE: (node, builder) => {
    const multiples = node.integersOrNull(1);
    return builder.emit(node, 'tile', multiples ? [node.value(0)] : [node.value(0), node.value(1)], { multiples });
  },
  BROADCAST_TO: (node, builder) => withList(node, builder, 'broadcast-to', node.integersOrNull(1)),
  SHAPE: (node, builder) => builder.emit(node, 'shape', [node.value(0)], {}),
  RANK: (node, builder) => builder.emit(node, 'rank', [node.value(0)], {}),
  FILL: (node, builder) => builder.emit(node, 'fill', [node.value(0), node.value(1)], {}),
  RANGE: (node, builder) => builder.emit(node, 'range', [node.value(0), node.value(1), node.value(2)], {}),
  CAST: (node, builder) => {
    if (node.gridOf(0) || node.output(0).quantization) {
      return node.refuse('it casts stored integers as they are, their scale left out of account; Whittle computes with the numbers that they stand for');
    }
    return builder.emit(node, 'cast', [node.value(0)], { dtype: castType(node) });
  },
  SPACE_TO_BATCH_ND: (node, builder) =>
    builder.emit(node, 'space-to-batch', [node.value(0)], {
      blockShape: node.integers(1, 'block shape'),
      paddings: pairs(node.integers(2, 'border')),
    }),
  BATCH_TO_SPACE_ND: (node, builder) =>
    builder.emit(node, 'batch-to-space', [node.value(0)], {
      blockShape: node.integers(1, 'block shape'),
      crops: pairs(node.integers(2, 'list of crops')),
    }),
  DEPTH_TO_SPACE: (node, builder) => builder.emit(node, 'depth-to-space', [node.value(0)], { blockSize: node.option('blockSize', 1) }),
  SPACE_TO_DEPTH: (node, builder) => builder.emit(node, 'space-to-depth', [node.value(0)], { blockSize: node.option('blockSize', 1) }),
};

function withList(node: FlatNode, builder: FlatBuilder, op: 'reshape' | 'broadcast-to', shape: readonly number[] | null): readonly ValueId[] {
  return builder.emit(node, op, shape ? [node.value(0)] : [node.value(0), node.value(1)], { shape });
}

function castType(node: FlatNode): DType {
  const { type } = node.output(0);
  if (type === 'FLOAT32') return 'float32';
  if (type === 'BOOL') return 'bool';
  if (type === 'INT32' || type === 'INT64') return 'int32';
  return node.refuse(`it casts to ${type}; FLOAT32, INT32, INT64 and BOOL are allowed`);
}
