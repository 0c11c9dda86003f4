/** Shapes and movement. Lists that are attributes here are constant inputs there. */
import type { ValueId } from '../../../ir/graph';
import { boolean, integer, integers, text, type as typeAttribute } from '../attribute-json';
import { count, reduceOver, type AnyLowering, type LoweringContext, type Lowerings, type Ref } from '../lowering';
import { at, sizeAt } from './convolution';

export const shapeLowerings = {
  mean: reduction('Mean'),
  sum: reduction('Sum'),
  prod: reduction('Prod'),
  max: reduction('Max'),
  min: reduction('Min'),
  any: reduction('Any'),
  all: reduction('All'),
  argmax: (node, context) => [context.emit('ArgMax', [context.ref(0), context.tf.integers(node.attributes.axis)])],
  argmin: (node, context) => [context.emit('ArgMin', [context.ref(0), context.tf.integers(node.attributes.axis)])],
  cumsum: running('Cumsum'),
  cumprod: running('Cumprod'),

  reshape: (node, context) => [context.emit('Reshape', [context.ref(0), listOr(context, node.attributes.shape, 1)])],
  flatten(_, context) {
    const shape = context.shape(0);
    if (shape && !shape.slice(1).includes(-1)) {
      const rest = shape.slice(1).reduce((product, size) => product * size, 1);
      return [context.emit('Reshape', [context.ref(0), context.tf.integers([-1, rest])])];
    }
    if (shape && shape[0]! > 0) return [context.emit('Reshape', [context.ref(0), context.tf.integers([shape[0]!, -1])])];
    const batch = sizeAt(context, context.inner('Shape', [context.ref(0)]), 0);
    const sizes = context.inner('Pack', [batch, context.tf.integers(-1)], { ...count(2), axis: integer(0) });
    return [context.emit('Reshape', [context.ref(0), sizes])];
  },
  squeeze: (node, context) => [context.emit('Squeeze', [context.ref(0)], { squeeze_dims: integers(node.attributes.axes) })],
  'expand-dims': (node, context) => [context.emit('ExpandDims', [context.ref(0), context.tf.integers(node.attributes.axis)])],
  transpose: (node, context) => [context.emit('Transpose', [context.ref(0), context.tf.integers(node.attributes.permutation)])],
  concat(node, context) {
    const { axis, activation } = node.attributes;
    const inputs = allInputs(context, node.inputs);
    return [context.activate(context.emit('ConcatV2', [...inputs, context.tf.integers(axis)], count(inputs.length)), activation)];
  },
  stack(node, context) {
    const inputs = allInputs(context, node.inputs);
    return [context.emit('Pack', inputs, { ...count(inputs.length), axis: integer(node.attributes.axis) })];
  },
  unstack(node, context) {
    const size = node.outputs.length;
    const y = context.emit('Unpack', [context.ref(0)], { axis: integer(node.attributes.axis), num: integer(size) });
    return node.outputs.map((_, k) => at(y, k));
  },
  split(node, context) {
    const { attributes } = node;
    const axis = context.tf.integers(attributes.axis);
    const y =
      'count' in attributes
        ? context.emit('Split', [axis, context.ref(0)], { num_split: integer(attributes.count) })
        : context.emit('SplitV', [context.ref(0), context.tf.integers(attributes.sizes), axis], { num_split: integer(attributes.sizes.length) });
    return node.outputs.map((_, k) => at(y, k));
  },
  slice: (node, context) => [
    context.emit('Slice', [context.ref(0), listOr(context, node.attributes.begin, 1), listOr(context, node.attributes.size, 2)]),
  ],
  'strided-slice'(node, context) {
    const { attributes } = node;
    const lists = [listOr(context, attributes.begin, 1), listOr(context, attributes.end, 2), listOr(context, attributes.strides, 3)];
    return [
      context.emit('StridedSlice', [context.ref(0), ...lists], {
        begin_mask: integer(attributes.beginMask),
        end_mask: integer(attributes.endMask),
        ellipsis_mask: integer(attributes.ellipsisMask),
        new_axis_mask: integer(attributes.newAxisMask),
        shrink_axis_mask: integer(attributes.shrinkAxisMask),
      }),
    ];
  },
  pad(node, context) {
    const { paddings, value } = node.attributes;
    const list = paddings ? context.tf.integers(paddings.flat(), [paddings.length, 2]) : context.ref(1);
    if (value === 0) return [context.emit('Pad', [context.ref(0), list])];
    const filler = context.dtype(0) === 'int32' ? context.tf.integers(value) : context.tf.floats(value);
    return [context.emit('PadV2', [context.ref(0), list, filler])];
  },
  'mirror-pad'(node, context) {
    const { paddings, mode } = node.attributes;
    const list = context.tf.integers(paddings.flat(), [paddings.length, 2]);
    return [context.emit('MirrorPad', [context.ref(0), list], { mode: text(mode.toUpperCase()) })];
  },
  gather(node, context) {
    const { axis, batchDims } = node.attributes;
    const inputs = [context.ref(0), context.ref(1), context.tf.integers(axis)];
    return [context.emit('GatherV2', inputs, { batch_dims: integer(batchDims) })];
  },
  'gather-nd': plain('GatherNd'),
  'scatter-nd': plain('ScatterNd'),
  'sparse-to-dense': plain('SparseToDense'),
  tile: (node, context) => [context.emit('Tile', [context.ref(0), listOr(context, node.attributes.multiples, 1)])],
  'broadcast-to': (node, context) => [context.emit('BroadcastTo', [context.ref(0), listOr(context, node.attributes.shape, 1)])],
  fill: (_, context) => [context.emit('Fill', [context.ref(0), context.ref(1)], { T: typeAttribute(context.dtype(1)) })],
  range: (_, context) => [
    context.emit('Range', [context.ref(0), context.ref(1), context.ref(2)], { Tidx: typeAttribute(context.dtype(0)) }),
  ],
  shape: plain('Shape'),
  size: plain('Size'),
  rank: plain('Rank'),
  reverse: (node, context) => [context.emit('ReverseV2', [context.ref(0), context.tf.integers(node.attributes.axes)])],
  'one-hot'(node, context) {
    const { axis, depth, onValue, offValue } = node.attributes;
    const inputs = [context.ref(0), context.tf.integers(depth), context.tf.floats(onValue), context.tf.floats(offValue)];
    const y = context.inner('OneHot', inputs, { T: typeAttribute('float32'), axis: integer(-1) });
    const rank = context.shape(0)?.length;
    if (axis === -1 || axis === rank) return [y];
    // TensorFlow.js puts the new axis last, always.
    const last = context.knownRank(0, 'its new axis is not the last');
    const target = axis < 0 ? axis + last + 1 : axis;
    const others = Array.from({ length: last }, (_, i) => i);
    return [context.inner('Transpose', [y, context.tf.integers(others.toSpliced(target, 0, last))])];
  },
  'depth-to-space': (node, context) => [
    context.emit('DepthToSpace', [context.ref(0)], { block_size: integer(node.attributes.blockSize), data_format: text('NHWC') }),
  ],
  'space-to-depth'(node, context) {
    const { blockSize } = node.attributes;
    const shape = context.shape(0);
    if (!shape || shape.slice(1).includes(-1)) return context.refuse('the size of its input is not known');
    const [, height, width, channels] = shape as [number, number, number, number];
    const [rows, columns] = [height / blockSize, width / blockSize];
    const blocks = context.inner('Reshape', [
      context.ref(0),
      context.tf.integers([-1, rows, blockSize, columns, blockSize, channels]),
    ]);
    const moved = context.inner('Transpose', [blocks, context.tf.integers([0, 1, 3, 2, 4, 5])]);
    return [context.inner('Reshape', [moved, context.tf.integers([-1, rows, columns, blockSize * blockSize * channels])])];
  },
  'space-to-batch'(node, context) {
    const { blockShape, paddings } = node.attributes;
    const lists = [context.tf.integers(blockShape), context.tf.integers(paddings.flat(), [paddings.length, 2])];
    return [context.emit('SpaceToBatchND', [context.ref(0), ...lists])];
  },
  'batch-to-space'(node, context) {
    const { blockShape, crops } = node.attributes;
    const lists = [context.tf.integers(blockShape), context.tf.integers(crops.flat(), [crops.length, 2])];
    return [context.emit('BatchToSpaceND', [context.ref(0), ...lists])];
  },
  'resize-bilinear': resize('ResizeBilinear'),
  'resize-nearest': resize('ResizeNearestNeighbor'),
  'top-k'(node, context) {
    const { k, sorted } = node.attributes;
    const y = context.emit('TopKV2', [context.ref(0), k === null ? context.ref(1) : context.tf.integers(k)], { sorted: boolean(sorted) });
    return node.outputs.map((_, output) => at(y, output));
  },
  where: plain('Where'),
  'non-max-suppression'(node, context) {
    const inputs = [0, 1, 2, 3, 4].map((index) => context.ref(index));
    switch (node.attributes.outputs) {
      case 'indices':
        return [context.emit('NonMaxSuppressionV3', inputs)];
      case 'indices-count': {
        const y = context.emit('NonMaxSuppressionV4', inputs, { pad_to_max_output_size: boolean(false) });
        return node.outputs.map((_, k) => at(y, k));
      }
      case 'indices-scores': {
        const sigma = context.has(5) ? context.ref(5) : context.tf.floats(0);
        const y = context.emit('NonMaxSuppressionV5', [...inputs, sigma]);
        return node.outputs.map((_, k) => at(y, k));
      }
      default: {
        const never: never = node.attributes.outputs;
        return never;
      }
    }
  },
  'category-encode'(node, context) {
    const { tokens, mode } = node.attributes;
    const x = context.dtype(0) === 'int32' ? context.ref(0) : context.inner('Cast', [context.ref(0)], { DstT: typeAttribute('int32') });
    const numbers = [context.tf.integers(tokens), context.tf.floats(1), context.tf.floats(0)];
    const hot = context.inner('OneHot', [x, ...numbers], { T: typeAttribute('float32'), axis: integer(-1) });
    const shape = context.shape(0);
    const tokenAxis = context.knownRank(0, 'it counts along an axis') > 1 ? 1 : 0;
    switch (mode) {
      case 'one-hot':
        return [shape && shape.length > 1 && shape.at(-1) === 1 ? context.inner('Squeeze', [hot], { squeeze_dims: integers([-2]) }) : hot];
      case 'multi-hot':
        return [reduceOver(context, 'Max', hot, [tokenAxis], false)];
      case 'count': {
        const weights = context.has(1) ? context.inner('ExpandDims', [context.ref(1), context.tf.integers(-1)]) : null;
        return [reduceOver(context, 'Sum', weights ? context.inner('Mul', [hot, weights]) : hot, [tokenAxis], false)];
      }
      default: {
        const never: never = mode;
        return never;
      }
    }
  },
  bucketize(node, context) {
    // The number of boundaries that are not above x.
    const { boundaries } = node.attributes;
    const integer32 = { DstT: typeAttribute('int32') };
    const floats = { DstT: typeAttribute('float32') };
    if (boundaries.length === 0) return [context.inner('Cast', [context.inner('ZerosLike', [context.ref(0)])], integer32)];
    const x = context.inner('ExpandDims', [context.inner('Cast', [context.ref(0)], floats), context.tf.integers(-1)]);
    const above = context.inner('GreaterEqual', [x, context.tf.floats(boundaries)]);
    return [context.inner('Cast', [reduceOver(context, 'Sum', context.inner('Cast', [above], floats), [-1], false)], integer32)];
  },
} satisfies Partial<Lowerings>;

function plain(op: string): AnyLowering {
  return (node, context) => [context.emit(op, allInputs(context, node.inputs))];
}

function allInputs(context: LoweringContext, inputs: readonly (ValueId | null)[]): readonly Ref[] {
  return inputs.map((_, index) => context.ref(index));
}

/** An attribute as a constant, or the input that gives it at run time. */
function listOr(context: LoweringContext, list: readonly number[] | null, index: number): Ref {
  return list === null ? context.ref(index) : context.tf.integers(list);
}

function reduction(op: string) {
  return (node: { readonly attributes: { readonly axes: readonly number[]; readonly keepDims: boolean } }, context: LoweringContext): readonly Ref[] => [
    context.emit(op, [context.ref(0), context.tf.integers(node.attributes.axes)], { keep_dims: boolean(node.attributes.keepDims) }),
  ];
}

function running(op: string) {
  return (
    node: { readonly attributes: { readonly axis: number; readonly exclusive: boolean; readonly reverse: boolean } },
    context: LoweringContext,
  ): readonly Ref[] => {
    const { axis, exclusive, reverse } = node.attributes;
    // TensorFlow.js counts this axis from the front only.
    const front = axis < 0 ? axis + context.knownRank(0, 'its axis is counted from the end') : axis;
    return [context.emit(op, [context.ref(0), context.tf.integers(front)], { exclusive: boolean(exclusive), reverse: boolean(reverse) })];
  };
}

function resize(op: string) {
  return (
    node: { readonly attributes: { readonly size: readonly [number, number] | null; readonly alignCorners: boolean; readonly halfPixelCenters: boolean } },
    context: LoweringContext,
  ): readonly Ref[] => [
    context.emit(op, [context.ref(0), listOr(context, node.attributes.size, 1)], {
      align_corners: boolean(node.attributes.alignCorners),
      half_pixel_centers: boolean(node.attributes.halfPixelCenters),
    }),
  ];
}
