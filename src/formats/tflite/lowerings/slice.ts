/** Parts of a value, and a border around it. Lists of numbers become attributes where they are constant. */
import { int32Tensor } from '../../../ir/tensor';
import type { ValueId } from '../../../ir/graph';
import { mirrorModeCodes, nameOf } from '../equivalents';
import type { FlatBuilder, FlatLowerings } from '../lower-builder';
import type { FlatNode } from '../lower-node';

export const sliceLowerings: FlatLowerings = {
  SLICE: (node, builder) => {
    const [begin, size] = [node.integersOrNull(1), node.integersOrNull(2)];
    const inputs = [node.value(0), begin ? null : node.value(1), size ? null : node.value(2)];
    return builder.emit(node, 'slice', inputs, { begin, size });
  },
  STRIDED_SLICE: stridedSlice,
  REVERSE_V2: (node, builder) => builder.emit(node, 'reverse', [node.value(0)], { axes: node.integers(1, 'list of axes') }),
  PAD: (node, builder) => pad(node, builder, 0),
  PADV2: (node, builder) => pad(node, builder, node.float(2, 'number to pad with')),
  MIRROR_PAD: (node, builder) => {
    const mode = nameOf(mirrorModeCodes, node.option('mode', 0));
    if (!mode) return node.refuse(`its mode has the number ${node.option('mode', 0)}; 0 (REFLECT) and 1 (SYMMETRIC) are allowed`);
    return builder.emit(node, 'mirror-pad', [node.value(0)], { paddings: pairs(node.integers(1, 'border')), mode });
  },
};

/** [a0, b0, a1, b1, …] as pairs. */
export function pairs(list: readonly number[]): readonly (readonly [number, number])[] {
  return Array.from({ length: list.length / 2 }, (_, i) => [list[2 * i]!, list[2 * i + 1]!] as const);
}

function pad(node: FlatNode, builder: FlatBuilder, value: number): readonly ValueId[] {
  const list = node.integersOrNull(1);
  if (list) return builder.emit(node, 'pad', [node.value(0)], { paddings: pairs(list), value });
  return builder.emit(node, 'pad', [node.value(0), node.value(1)], { paddings: null, value });
}

function stridedSlice(node: FlatNode, builder: FlatBuilder): readonly ValueId[] {
  const masks = {
    beginMask: node.option('beginMask', 0),
    endMask: node.option('endMask', 0),
    ellipsisMask: node.option('ellipsisMask', 0),
    newAxisMask: node.option('newAxisMask', 0),
    shrinkAxisMask: node.option('shrinkAxisMask', 0),
  };
  const [begin, end, strides] = [node.integersOrNull(1), node.integersOrNull(2), node.integersOrNull(3)];
  // With `offset` the end is counted from the beginning.
  const isOffset = node.flag('offset');
  if (begin && end && strides) {
    const ends = isOffset ? end.map((size, k) => begin[k]! + size) : end;
    return builder.emit(node, 'strided-slice', [node.value(0)], { begin, end: ends, strides, ...masks });
  }
  const last = isOffset ? builder.inner(node, 'add', [node.value(1), node.value(2)], { activation: 'none' }, 'end') : node.value(2);
  const inputs = [node.value(0), vector(node, builder, 1), last, vector(node, builder, 3)];
  return builder.emit(node, 'strided-slice', inputs, { begin: null, end: null, strides: null, ...masks });
}

/** A list as a value, also where it is known. */
function vector(node: FlatNode, builder: FlatBuilder, index: number): ValueId {
  const list = node.constant(index) ? node.integersOrNull(index) : null;
  return list ? builder.constant(node, `list_${index}`, int32Tensor([list.length], list)) : node.value(index);
}
