/** Numbers moved, joined, cut, repeated and picked; shapes as numbers. */
import type { OpAttributes } from '../../../ops/signatures';
import { spellStridedSlice } from '../../../ops/slice';
import { mirrorModeCodes } from '../equivalents';
import { tensorTypes } from '../flat-model';
import { activateAfter } from '../raise-activation';
import { asItLies, storageProblem } from '../raise-constant';
import type { RaisingContext, RaisingOf, Raisings } from '../raise-context';
import { emitPad } from '../raise-padding';
import { emitReshape } from '../raise-shape';

export const movementRaisings: Raisings = {
  reshape(_, context) {
    const shape = context.outputShape(0);
    const isKnown = shape.filter((size) => size < 0).length <= 1;
    if (!isKnown && context.has(1)) context.emit('RESHAPE', [context.x(0), context.x(1)], [context.y()]);
    else emitReshape(context, context.x(0), context.y(), shape);
  },
  flatten: reshaped(),
  squeeze: reshaped(({ axes }: OpAttributes['squeeze'], context) =>
    context.emit('SQUEEZE', [context.x(0)], [context.y()], { squeezeDims: axes }),
  ),
  'expand-dims': reshaped(({ axis }: OpAttributes['expand-dims'], context) =>
    context.emit('EXPAND_DIMS', [context.x(0), context.integers([axis], [])], [context.y()]),
  ),
  identity: (_, context) => emitReshape(context, context.x(0), context.y(), context.outputShape(0)),
  transpose({ attributes }, context) {
    context.emit('TRANSPOSE', [context.x(0), context.integers(attributes.permutation)], [context.y()]);
  },
  concat({ attributes, inputs }, context) {
    activateAfter(context, attributes.activation, (output) => {
      if (inputs.length === 1) emitReshape(context, context.x(0), output, context.outputShape(0));
      else context.emit('CONCATENATION', context.operands(), [output], { axis: attributes.axis });
    });
  },
  stack({ attributes, inputs }, context) {
    context.emit('PACK', context.operands(), [context.y()], { valuesCount: inputs.length, axis: attributes.axis });
  },
  unstack({ attributes, outputs }, context) {
    context.emit('UNPACK', [context.x(0)], outputs.map((_, i) => context.y(i)), { num: outputs.length, axis: attributes.axis });
  },
  split({ attributes, outputs }, context) {
    const axis = context.integers([attributes.axis], []);
    const results = outputs.map((_, i) => context.y(i));
    if (results.length === 1) return emitReshape(context, context.x(0), results[0]!, context.outputShape(0));
    const place = attributes.axis < 0 ? attributes.axis + context.shape(0).length : attributes.axis;
    const sizes = outputs.map((_, i) => context.outputShape(i)[place]!);
    if (sizes.every((size) => size === sizes[0])) return context.emit('SPLIT', [axis, context.x(0)], results, { numSplits: results.length });
    if (sizes.includes(-1)) context.refuse('the sizes of its parts are not known before it runs');
    context.emit('SPLIT_V', [context.x(0), context.integers(sizes), axis], results, { numSplits: results.length });
  },
  slice({ attributes }, context) {
    const begin = attributes.begin ? context.integers(attributes.begin) : context.x(1);
    const shape = context.outputShape(0);
    const known = attributes.begin && shape.every((size, axis) => size >= 0 || attributes.size?.[axis] === -1);
    const size = known ? context.integers(shape) : attributes.size ? context.integers(attributes.size) : context.x(2);
    context.emit('SLICE', [context.x(0), begin, size], [context.y()]);
  },
  'strided-slice': stridedSlice,
  pad({ attributes }, context) {
    if (attributes.paddings) return emitPad(context, context.x(0), context.y(), attributes.paddings, attributes.value);
    if (attributes.value === 0) return context.emit('PAD', [context.x(0), context.x(1)], [context.y()]);
    context.emit('PADV2', [context.x(0), context.x(1), context.floats([attributes.value], [], context.grid(0))], [context.y()]);
  },
  'mirror-pad'({ attributes }, context) {
    const paddings = context.integers(attributes.paddings.flat(), [attributes.paddings.length, 2]);
    context.emit('MIRROR_PAD', [context.x(0), paddings], [context.y()], { mode: mirrorModeCodes[attributes.mode] });
  },
  gather({ attributes }, context) {
    const { axis, batchDims } = attributes;
    const indices = context.as(1, 'int32');
    const table = storedTable(context, axis);
    if (table === null) return context.emit('GATHER', [context.x(0), indices], [context.y()], { axis, batchDims });
    const { type, quantization } = context.builder.tensor(table);
    const picked = context.builder.addTensor({ name: '', type, shape: context.outputShape(0), quantization: quantization! });
    context.emit('GATHER', [table, indices], [picked], { axis, batchDims });
    context.emit('DEQUANTIZE', [picked], [context.y()]);
  },
  'gather-nd': (_, context) => context.emit('GATHER_ND', [context.x(0), context.as(1, 'int32')], [context.y()]),
  'scatter-nd': (_, context) =>
    context.emit('SCATTER_ND', [context.as(0, 'int32'), context.x(1), context.as(2, 'int32')], [context.y()]),
  'sparse-to-dense': (_, context) =>
    context.emit('SPARSE_TO_DENSE', [context.x(0), context.x(1), context.x(2), context.as(3, context.dtype(2))], [context.y()]),
  tile({ attributes }, context) {
    context.emit('TILE', [context.x(0), attributes.multiples ? context.integers(attributes.multiples) : context.x(1)], [context.y()]);
  },
  'broadcast-to'(_, context) {
    const shape = context.outputShape(0);
    const target = shape.includes(-1) && context.has(1) ? context.x(1) : context.integers(knownShape(context));
    context.emit('BROADCAST_TO', [context.x(0), target], [context.y()]);
  },
  fill: (_, context) => context.emit('FILL', [context.x(0), context.x(1)], [context.y()]),
  range: (_, context) => context.emit('RANGE', context.operands(), [context.y()]),
  shape: (_, context) => context.emit('SHAPE', [context.x(0)], [context.y()], { outType: tensorTypes.INT32 }),
  rank: (_, context) => context.emit('RANK', [context.x(0)], [context.y()]),
  size(_, context) {
    const shape = context.inner('int32', [context.shape(0).length]);
    context.emit('SHAPE', [context.x(0)], [shape], { outType: tensorTypes.INT32 });
    context.emit('REDUCE_PROD', [shape, context.integers([0])], [context.y()], { keepDims: false });
  },
  reverse({ attributes }, context) {
    const [first, ...others] = attributes.axes;
    if (first === undefined) return emitReshape(context, context.x(0), context.y(), context.outputShape(0));
    // One axis at a time: older kernels take no more.
    const turned = others.reduce((input, axis) => {
      const output = context.inner(context.dtype(0), context.outputShape(0), context.grid(0));
      context.emit('REVERSE_V2', [input, context.integers([axis])], [output]);
      return output;
    }, context.x(0));
    context.emit('REVERSE_V2', [turned, context.integers([first])], [context.y()]);
  },
  'one-hot'({ attributes }, context) {
    const { axis, depth, onValue, offValue } = attributes;
    const inputs = [context.as(0, 'int32'), context.integers([depth], []), context.floats([onValue]), context.floats([offValue])];
    context.emit('ONE_HOT', inputs, [context.y()], { axis: axis < 0 ? -1 : axis });
  },
  'depth-to-space': ({ attributes }, context) => context.emit('DEPTH_TO_SPACE', [context.x(0)], [context.y()], attributes),
  'space-to-depth': ({ attributes }, context) => context.emit('SPACE_TO_DEPTH', [context.x(0)], [context.y()], attributes),
  'space-to-batch'({ attributes }, context) {
    const { blockShape, paddings } = attributes;
    const inputs = [context.x(0), context.integers(blockShape), context.integers(paddings.flat(), [paddings.length, 2])];
    context.emit('SPACE_TO_BATCH_ND', inputs, [context.y()]);
  },
  'batch-to-space'({ attributes }, context) {
    const { blockShape, crops } = attributes;
    const inputs = [context.x(0), context.integers(blockShape), context.integers(crops.flat(), [crops.length, 2])];
    context.emit('BATCH_TO_SPACE_ND', inputs, [context.y()]);
  },
};

/**
 * An 8-bit table of which rows are picked before they become floats, so that the whole never does (the words of an embedding);
 * null where that would not be the same: other bits, or several scales.
 */
function storedTable(context: RaisingContext, axis: number): number | null {
  const tensor = context.tensor(0);
  if (context.isInteger || tensor?.encoding.kind !== 'affine' || storageProblem(tensor)) return null;
  const { bits, scale } = tensor.encoding;
  return bits === 8 && scale.length === 1 && axis >= 0 ? context.stored(0, asItLies(tensor.shape)) : null;
}

/** One RESHAPE with a constant; where too much is unknown, the operator itself. */
function reshaped<A>(own?: (attributes: A, context: RaisingContext) => void): RaisingOf<A> {
  return (node, context) => {
    const shape = context.outputShape(0);
    const unknown = shape.filter((size) => size < 0).length;
    if (unknown > 1 && own) own(node.attributes, context);
    else emitReshape(context, context.x(0), context.y(), shape);
  };
}

/** Spelled out range by range, so that no mask is left; then reshaped where axes come or go. */
function stridedSlice({ attributes }: { readonly attributes: OpAttributes['strided-slice'] }, context: RaisingContext): void {
  const { begin, end, strides } = attributes;
  const shape = context.shape(0);
  if (!begin || !end || !strides) return slicedAtRunTime(attributes, context);
  const { ranges } = spellStridedSlice(shape, begin, end, strides, attributes, (reason) => context.refuse(reason));
  if (ranges.some(({ start, count, step }) => start === null || (count < 0 && step !== 1))) return slicedAtRunTime(attributes, context);
  const counts = ranges.map(({ count }) => count);
  const isSame = shape.every((size, axis) => size === counts[axis] && ranges[axis]!.step === 1);
  const result = context.outputShape(0);
  const keepsRank = result.length === counts.length && result.every((size, axis) => size === counts[axis]);
  if (isSame) return emitReshape(context, context.x(0), context.y(), result);
  const output = keepsRank ? context.y() : context.inner(context.dtype(0), counts, context.grid(0));
  const starts = context.integers(ranges.map(({ start }) => start!));
  if (ranges.every(({ step }) => step === 1)) {
    context.emit('SLICE', [context.x(0), starts, context.integers(counts)], [output]);
  } else {
    // An end before the first cell cannot be written as a number: −1 is the last cell. The mask says "to the edge".
    const ends = ranges.map(({ start, step, count }) => start! + step * count);
    const endMask = ends.reduce((mask, stop, axis) => (stop < 0 ? mask | (1 << axis) : mask), 0);
    const inputs = [context.x(0), starts, context.integers(ends.map((stop) => Math.max(stop, 0))), context.integers(ranges.map(({ step }) => step))];
    context.emit('STRIDED_SLICE', inputs, [output], { endMask });
  }
  if (!keepsRank) emitReshape(context, output, context.y(), result);
}

function slicedAtRunTime(attributes: OpAttributes['strided-slice'], context: RaisingContext): void {
  const { begin, end, strides, beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask } = attributes;
  const bounds = [begin, end, strides].map((list, i) => (list ? context.integers(list) : context.x(i + 1)));
  const masks = { beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask };
  context.emit('STRIDED_SLICE', [context.x(0), ...bounds], [context.y()], masks);
}

function knownShape(context: RaisingContext): readonly number[] {
  const shape = context.outputShape(0);
  return shape.includes(-1) ? context.refuse(`its output shape [${shape.join(', ')}] is not known before it runs`) : shape;
}
