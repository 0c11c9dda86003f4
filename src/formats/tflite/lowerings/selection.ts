/** Picking by index, by condition and by size. */
import type { FlatLowerings } from '../lower-builder';

export const selectionLowerings: FlatLowerings = {
  GATHER: (node, builder) =>
    builder.emit(node, 'gather', [node.value(0), node.value(1)], { axis: node.option('axis', 0), batchDims: node.option('batchDims', 0) }),
  GATHER_ND: (node, builder) => builder.emit(node, 'gather-nd', [node.value(0), node.value(1)], {}),
  SCATTER_ND: (node, builder) => builder.emit(node, 'scatter-nd', [node.value(0), node.value(1), node.value(2)], {}),
  SPARSE_TO_DENSE: (node, builder) =>
    builder.emit(node, 'sparse-to-dense', [node.value(0), node.value(1), node.value(2), node.value(3)], {}),
  WHERE: (node, builder) => {
    if (node.typeOf(0).dtype !== 'bool') return builder.emit(node, 'where', [builder.inner(node, 'cast', [node.value(0)], { dtype: 'bool' }, 'flags')], {});
    return builder.emit(node, 'where', [node.value(0)], {});
  },
  TOPK_V2: (node, builder) => {
    const k = node.integersOrNull(1)?.[0] ?? null;
    return builder.emitAll(node, 'top-k', k === null ? [node.value(0), node.value(1)] : [node.value(0)], { k, sorted: true });
  },
  ONE_HOT: (node, builder) => {
    const attributes = {
      axis: node.option('axis', -1),
      depth: node.integer(1, 'depth'),
      onValue: node.float(2, 'value of the hot place'),
      offValue: node.float(3, 'value of the others'),
    };
    if (node.output(0).type === 'FLOAT32') return builder.emit(node, 'one-hot', [node.value(0)], attributes);
    const flags = builder.inner(node, 'one-hot', [node.value(0)], attributes, 'floats');
    return builder.emit(node, 'cast', [flags], { dtype: node.output(0).type === 'BOOL' ? 'bool' : 'int32' });
  },
  SELECT: (node, builder) => {
    const [flags, x] = [node.typeOf(0).shape, node.typeOf(1).shape];
    let condition = node.value(0);
    // One flag a row.
    if (flags?.length === 1 && x && x.length > 1) {
      condition = builder.inner(node, 'reshape', [condition], { shape: [flags[0]!, ...x.slice(1).map(() => 1)] }, 'rows');
    }
    return builder.emit(node, 'select', [condition, node.value(1), node.value(2)], {});
  },
  SELECT_V2: (node, builder) => builder.emit(node, 'select', [node.value(0), node.value(1), node.value(2)], {}),
  BUCKETIZE: (node, builder) => builder.emit(node, 'bucketize', [node.value(0)], { boundaries: node.list('boundaries') }),
};
