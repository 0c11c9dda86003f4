/** Shapes and movement: reshape, slices, joins, padding, gathers. Lists of numbers become attributes where they are constant. */
import type { ValueId } from '../../../ir/graph';
import { float32Tensor, int32Tensor } from '../../../ir/tensor';
import type { GraphBuilder, Mappings, TfNode } from '../graph-builder';
import { readBlocks, readGathered } from '../read-codes';

export const shapeMappings: Mappings = {
  Reshape: (node, builder) => readBlocks(node, builder, node.integersOrNull(1)) ?? [withShape(node, builder, 'reshape')],
  BroadcastTo: (node, builder) => [withShape(node, builder, 'broadcast-to')],
  Tile: (node, builder) => {
    const multiples = node.integersOrNull(1);
    return [builder.emit(node, 'tile', multiples ? [node.input(0)] : [node.input(0), node.input(1)], { multiples })];
  },
  Squeeze: (node, builder) => {
    const axes = node.attributes.integers('axis', node.attributes.integers('squeeze_dims', []));
    return [builder.emit(node, 'squeeze', [node.input(0)], { axes })];
  },
  ExpandDims: (node, builder) => [builder.emit(node, 'expand-dims', [node.input(0)], { axis: node.integer(1, 'axis') })],
  Shape: (node, builder) => [builder.emit(node, 'shape', [node.input(0)], {})],
  ShapeN: (node, builder) =>
    node.inputs.map((input, k) => builder.emit(node, 'shape', [input], {}, k === 0 ? undefined : `${k}`)),
  Size: (node, builder) => [builder.emit(node, 'size', [node.input(0)], {})],
  Rank: (node, builder) => [builder.emit(node, 'rank', [node.input(0)], {})],

  // The last input (the first, in the older op) is the axis; TensorFlow.js takes the first N.
  ConcatV2: (node, builder) => {
    const count = node.attributes.integer('N', node.inputs.length - 1);
    return [builder.emit(node, 'concat', node.inputs.slice(0, count), { axis: node.integer(-1, 'axis'), activation: 'none' })];
  },
  Concat: (node, builder) => {
    const count = node.attributes.integer('N', node.inputs.length - 1);
    return [builder.emit(node, 'concat', node.inputs.slice(1, 1 + count), { axis: node.integer(0, 'axis'), activation: 'none' })];
  },
  Pack: (node, builder) => [builder.emit(node, 'stack', node.inputs, { axis: node.attributes.integer('axis', 0) })],
  Unpack: (node, builder) => {
    const axis = node.attributes.integer('axis', 0);
    const known = builder.typeOf(node.input(0)).shape?.at(axis) ?? -1;
    const outputs = node.attributes.integer('num', known > 0 ? known : node.usedOutputs);
    return builder.emitAll(node, 'unstack', [node.input(0)], { axis }, { outputs });
  },
  Split: (node, builder) => {
    const count = node.attributes.integer('num_split', 1);
    return builder.emitAll(node, 'split', [node.input(1)], { axis: node.integer(0, 'axis'), count }, { outputs: count });
  },
  SplitV: (node, builder) => {
    const sizes = node.integers(1, 'list of sizes');
    return builder.emitAll(node, 'split', [node.input(0)], { axis: node.integer(2, 'axis'), sizes }, { outputs: sizes.length });
  },

  Slice: (node, builder) => {
    const [begin, size] = [node.integersOrNull(1), node.integersOrNull(2)];
    if (begin && size) return [builder.emit(node, 'slice', [node.input(0)], { begin, size })];
    const inputs = [node.input(0), begin ? null : node.input(1), size ? null : node.input(2)];
    return [builder.emit(node, 'slice', inputs.at(-1) === null ? inputs.slice(0, 2) : inputs, { begin, size })];
  },
  StridedSlice: stridedSlice,
  ReverseV2: (node, builder) => [builder.emit(node, 'reverse', [node.input(0)], { axes: node.integers(1, 'axis') })],
  Reverse: (node, builder) => {
    const axes = node.integers(1, 'list of axes').flatMap((flag, axis) => (flag ? [axis] : []));
    return [builder.emit(node, 'reverse', [node.input(0)], { axes })];
  },

  Pad: (node, builder) => [pad(node, builder, 0)],
  PadV2: (node, builder) => [pad(node, builder, node.float(2, 'padding value'))],
  MirrorPad: (node, builder) => {
    const mode = node.attributes.text('mode', 'REFLECT').toLowerCase();
    if (mode !== 'reflect' && mode !== 'symmetric') return node.refuse(`the mode is "${mode}"; REFLECT and SYMMETRIC are allowed`);
    return [builder.emit(node, 'mirror-pad', [node.input(0)], { paddings: pairs(node, 1, 'paddings'), mode })];
  },
  SpaceToBatchND: (node, builder) => [
    builder.emit(node, 'space-to-batch', [node.input(0)], {
      blockShape: node.integers(1, 'block shape'),
      paddings: pairs(node, 2, 'paddings'),
    }),
  ],
  BatchToSpaceND: (node, builder) => [
    builder.emit(node, 'batch-to-space', [node.input(0)], { blockShape: node.integers(1, 'block shape'), crops: pairs(node, 2, 'crops') }),
  ],
  DepthToSpace: (node, builder) => [builder.emit(node, 'depth-to-space', [node.input(0)], blockSize(node))],
  SpaceToDepth: (node, builder) => [builder.emit(node, 'space-to-depth', [node.input(0)], blockSize(node))],

  Gather: (node, builder) => [builder.emit(node, 'gather', [node.input(0), indices(node, builder)], { axis: 0, batchDims: 0 })],
  GatherV2: (node, builder) => readGathered(node, builder) ?? [
    builder.emit(node, 'gather', [node.input(0), indices(node, builder)], {
      axis: node.integer(2, 'axis'),
      batchDims: node.attributes.integer('batch_dims', 0),
    }),
  ],
  GatherNd: (node, builder) => [builder.emit(node, 'gather-nd', [node.input(0), node.input(1)], {})],
  ScatterNd: (node, builder) => [builder.emit(node, 'scatter-nd', [node.input(0), node.input(1), node.input(2)], {})],
  SparseToDense: (node, builder) => [
    builder.emit(node, 'sparse-to-dense', [node.input(0), node.input(1), node.input(2), node.input(3)], {}),
  ],

  Fill: (node, builder) => [builder.emit(node, 'fill', [node.input(0), node.input(1)], {})],
  Range: (node, builder) => [builder.emit(node, 'range', [node.input(0), node.input(1), node.input(2)], {})],
  Zeros: (node, builder) => [filled(node, builder, 0)],
  Ones: (node, builder) => [filled(node, builder, 1)],
  LinSpace: (node, builder) => {
    const [start, stop, count] = [node.float(0, 'start'), node.float(1, 'stop'), node.integer(2, 'number of points')];
    if (count < 1 || count > LARGEST_LINSPACE) return node.refuse(`it asks for ${count} points; 1…${LARGEST_LINSPACE} are allowed`);
    const step = count === 1 ? 0 : (stop - start) / (count - 1);
    return [builder.constant(node.name, float32Tensor([count], Float32Array.from({ length: count }, (_, i) => start + i * step)))];
  },
  OneHot: (node, builder) => {
    const attributes = {
      axis: node.attributes.integer('axis', -1),
      depth: node.integer(1, 'depth'),
      onValue: node.float(2, 'on value'),
      offValue: node.float(3, 'off value'),
    };
    const dtype = node.attributes.dtype('T') ?? 'float32';
    if (dtype === 'float32') return [builder.emit(node, 'one-hot', [node.input(0)], attributes)];
    return [builder.emit(node, 'cast', [builder.emit(node, 'one-hot', [node.input(0)], attributes, 'flags')], { dtype })];
  },
};

/** Positions along an axis; more than this is no axis of a model. */
const LARGEST_LINSPACE = 1_000_000;

function withShape(node: TfNode, builder: GraphBuilder, op: 'reshape' | 'broadcast-to'): ValueId {
  const shape = node.integersOrNull(1);
  return builder.emit(node, op, shape ? [node.input(0)] : [node.input(0), node.input(1)], { shape });
}

function stridedSlice(node: TfNode, builder: GraphBuilder): readonly ValueId[] {
  const masks = {
    beginMask: node.attributes.integer('begin_mask', 0),
    endMask: node.attributes.integer('end_mask', 0),
    ellipsisMask: node.attributes.integer('ellipsis_mask', 0),
    newAxisMask: node.attributes.integer('new_axis_mask', 0),
    shrinkAxisMask: node.attributes.integer('shrink_axis_mask', 0),
  };
  const [begin, end, strides] = [node.integersOrNull(1), node.integersOrNull(2), node.integersOrNull(3)];
  if (begin && end && strides) return [builder.emit(node, 'strided-slice', [node.input(0)], { begin, end, strides, ...masks })];
  const inputs = [node.input(0), node.input(1), node.input(2), node.input(3)];
  return [builder.emit(node, 'strided-slice', inputs, { begin: null, end: null, strides: null, ...masks })];
}

function pad(node: TfNode, builder: GraphBuilder, value: number): ValueId {
  const isConstant = builder.numbersOf(node.input(1)) !== null;
  if (isConstant) return builder.emit(node, 'pad', [node.input(0)], { paddings: pairs(node, 1, 'paddings'), value });
  return builder.emit(node, 'pad', [node.input(0), node.input(1)], { paddings: null, value });
}

function pairs(node: TfNode, index: number, what: string): readonly (readonly [number, number])[] {
  const list = node.integers(index, what);
  return Array.from({ length: list.length / 2 }, (_, i) => [list[2 * i]!, list[2 * i + 1]!] as const);
}

function blockSize(node: TfNode): { readonly blockSize: number } {
  const format = node.attributes.text('data_format', 'NHWC').toUpperCase();
  if (format !== 'NHWC' && format !== '') node.refuse(`its data format is ${format}; convert the model with channels last (NHWC)`);
  return { blockSize: node.attributes.integer('block_size', 1) };
}

/** TensorFlow.js casts indices of any type. */
function indices(node: TfNode, builder: GraphBuilder): ValueId {
  const id = node.input(1);
  return builder.typeOf(id).dtype === 'int32' ? id : builder.emit(node, 'cast', [id], { dtype: 'int32' }, 'indices');
}

function filled(node: TfNode, builder: GraphBuilder, value: number): ValueId {
  const isInteger = node.attributes.dtype('T') === 'int32';
  const tensor = isInteger ? int32Tensor([], [value]) : float32Tensor([], [value]);
  return builder.emit(node, 'fill', [node.input(0), builder.constant(`${node.name}/value`, tensor)], {});
}
