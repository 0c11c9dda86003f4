/** Operations that move numbers: reshape, transpose, join, split, slice, pad, repeat, take. */
import { malformed, refuse, show } from './config';
import { repeatAxis } from './families-reshaping';
import type { Flow, GraphBuilder } from './graph-builder';
import { type FamilyTable, flowsIn, type LayerCall, type LayerFamily, positiveAxis, rankOf, shapeOf } from './lowering';
import { argumentOf, operandOf, wholeNumber, wholeNumbers } from './operation-arguments';
import { sliceBy } from './slicing';

const one = (lower: (call: LayerCall, builder: GraphBuilder, x: Flow) => Flow): LayerFamily => ({
  lower: (call, builder) => [lower(call, builder, operandOf(call, builder, 0, ['x', 'input', 'tensor', 'a', 'value']))],
});

export const moveOperations: FamilyTable = {
  Reshape: one(reshape),
  Transpose: one(transpose),
  Swapaxes: one((call, builder, x) => {
    const rank = rankOf(call, x);
    const first = axisAt(call, argumentOf(call, 1, ['axis1']), rank);
    const second = axisAt(call, argumentOf(call, 2, ['axis2']), rank);
    const swapped = (axis: number): number => (axis === first ? second : axis === second ? first : axis);
    return builder.node('transpose', [x], { permutation: Array.from({ length: rank }, (_, axis) => swapped(axis)) });
  }),
  Moveaxis: one(moveAxis),
  ExpandDims: one((call, builder, x) => builder.node('expand-dims', [x], { axis: wholeNumber(call, argumentOf(call, 1, ['axis']), 'axis') })),
  Squeeze: one(squeeze),
  Flip: one((call, builder, x) => {
    const axis = argumentOf(call, 1, ['axis']);
    const axes = axis === null || axis === undefined ? Array.from({ length: rankOf(call, x) }, (_, i) => i) : wholeNumbers(call, axis, 'axis');
    return builder.node('reverse', [x], { axes });
  }),
  Tile: one((call, builder, x) => {
    const repeats = wholeNumbers(call, argumentOf(call, 1, ['repeats', 'multiples']), 'repeats');
    const rank = rankOf(call, x);
    if (repeats.length > rank) return refuse(call, `tiles rank ${rank} by ${show(repeats)}.`);
    return builder.node('tile', [x], { multiples: [...new Array<number>(rank - repeats.length).fill(1), ...repeats] });
  }),
  Repeat: one((call, builder, x) => {
    const axis = argumentOf(call, 2, ['axis']);
    if (axis === null || axis === undefined) return refuse(call, 'repeats over all axes at once; Whittle repeats along one.');
    const repeats = wholeNumbers(call, argumentOf(call, 1, ['repeats']), 'repeats');
    if (repeats.length !== 1) return refuse(call, `repeats by ${show(repeats)}; Whittle repeats all alike.`);
    return repeatAxis(call, builder, x, axisAt(call, axis, rankOf(call, x)), repeats[0]!);
  }),
  GetItem: one((call, builder, x) => sliceBy(call, builder, x, argumentOf(call, 1, ['slice_spec', 'key']))),
  Take: one((call, builder, x) => {
    const axis = argumentOf(call, 2, ['axis']);
    if (axis === null || axis === undefined) return refuse(call, 'takes out of all axes at once; Whittle takes along one.');
    const given = flowsIn(argumentOf(call, 1, ['indices']))[0];
    const indices = given ?? listOf(call, builder, argumentOf(call, 1, ['indices']));
    return builder.node('gather', [x, indices], { axis: wholeNumber(call, axis, 'axis'), batchDims: 0 });
  }),
  Pad: one(pad),
  BroadcastTo: one((call, builder, x) => builder.node('broadcast-to', [x], { shape: wholeNumbers(call, argumentOf(call, 1, ['shape']), 'shape') })),
  Concatenate: {
    lower: (call, builder) => [builder.node('concat', listed(call), { axis: wholeNumber(call, argumentOf(call, 1, ['axis']) ?? 0, 'axis'), activation: 'none' })],
  },
  Stack: { lower: (call, builder) => [builder.node('stack', listed(call), { axis: wholeNumber(call, argumentOf(call, 1, ['axis']) ?? 0, 'axis') })] },
  Split: { lower: split },
  Unstack: {
    lower: (call, builder) => {
      const x = operandOf(call, builder, 0, ['x', 'value']);
      const axis = axisAt(call, argumentOf(call, 2, ['axis']) ?? 0, rankOf(call, x));
      const count = shapeOf(call, x)[axis]!;
      if (count < 1) return malformed(call, 'takes an axis of unknown size apart.');
      return builder.nodesOf('unstack', [x], { axis }, count);
    },
  },
};

/** The tensors of a list argument. */
function listed(call: LayerCall): Flow[] {
  const flows = flowsIn(argumentOf(call, 0, ['xs', 'values']));
  return flows.length > 0 ? flows : malformed(call, 'joins nothing.');
}

function axisAt(call: LayerCall, value: unknown, rank: number): number {
  return positiveAxis(call, wholeNumber(call, value, 'axis'), rank);
}

function listOf(call: LayerCall, builder: GraphBuilder, value: unknown): Flow {
  const numbers = wholeNumbers(call, value, 'indices');
  return builder.integers('indices', Array.isArray(value) ? [numbers.length] : [], numbers);
}

function reshape(call: LayerCall, builder: GraphBuilder, x: Flow): Flow {
  const target = argumentOf(call, 1, ['newshape', 'shape']);
  const sizes = (Array.isArray(target) ? (target as unknown[]) : [target]).map((size) => (size === null ? -1 : wholeNumber(call, size, 'shape')));
  return builder.node('reshape', [x], { shape: sizes });
}

function transpose(call: LayerCall, builder: GraphBuilder, x: Flow): Flow {
  const axes = argumentOf(call, 1, ['axes', 'perm']);
  const rank = rankOf(call, x);
  const permutation = axes === null || axes === undefined ? Array.from({ length: rank }, (_, i) => rank - 1 - i) : wholeNumbers(call, axes, 'axes').map((axis) => positiveAxis(call, axis, rank));
  return builder.node('transpose', [x], { permutation });
}

function moveAxis(call: LayerCall, builder: GraphBuilder, x: Flow): Flow {
  const rank = rankOf(call, x);
  const sources = wholeNumbers(call, argumentOf(call, 1, ['source']), 'source').map((axis) => positiveAxis(call, axis, rank));
  const destinations = wholeNumbers(call, argumentOf(call, 2, ['destination']), 'destination').map((axis) => positiveAxis(call, axis, rank));
  const moves = destinations.map((destination, i) => ({ destination, source: sources[i] ?? -1 })).sort((a, b) => a.destination - b.destination);
  const permutation = Array.from({ length: rank }, (_, axis) => axis).filter((axis) => !sources.includes(axis));
  for (const { destination, source } of moves) permutation.splice(destination, 0, source);
  return builder.node('transpose', [x], { permutation });
}

function squeeze(call: LayerCall, builder: GraphBuilder, x: Flow): Flow {
  const axis = argumentOf(call, 1, ['axis']);
  if (axis !== null && axis !== undefined) return builder.node('squeeze', [x], { axes: wholeNumbers(call, axis, 'axis') });
  const axes = shapeOf(call, x).flatMap((size, i) => (size === 1 ? [i] : []));
  return builder.node('squeeze', [x], { axes });
}

function pad(call: LayerCall, builder: GraphBuilder, x: Flow): Flow {
  const widths = argumentOf(call, 1, ['pad_width', 'paddings']);
  const rank = rankOf(call, x);
  const pairs = (Array.isArray(widths) ? (widths as unknown[]) : []).map((pair) => wholeNumbers(call, pair, 'padding'));
  if (pairs.length !== rank || pairs.some((pair) => pair.length !== 2)) return refuse(call, `pads rank ${rank} by ${show(widths)}; Whittle takes a pair for each axis.`);
  const paddings = pairs.map((pair) => [pair[0]!, pair[1]!] as const);
  const mode = String(argumentOf(call, 2, ['mode']) ?? 'constant').toLowerCase();
  const value = argumentOf(call, 3, ['constant_values']) ?? 0;
  if (mode === 'constant' && typeof value === 'number') return builder.node('pad', [x], { paddings, value });
  if (mode === 'reflect' || mode === 'symmetric') return builder.node('mirror-pad', [x], { paddings, mode });
  return refuse(call, `pads with mode = ${show(mode)} and value = ${show(value)}; Whittle runs constant, reflect and symmetric.`);
}

/** A number of equal parts, or in Keras the indices at which to cut, in TensorFlow the sizes. */
function split(call: LayerCall, builder: GraphBuilder): Flow[] {
  const x = operandOf(call, builder, 0, ['x', 'value']);
  const axis = axisAt(call, argumentOf(call, 2, ['axis']) ?? 0, rankOf(call, x));
  const cuts = argumentOf(call, 1, ['indices_or_sections']);
  const given = cuts ?? argumentOf(call, -1, ['num_or_size_splits']);
  if (!Array.isArray(given)) {
    const count = wholeNumber(call, given, 'the number of parts');
    if (count < 1 || count > LARGEST_SPLIT) return malformed(call, `splits into ${count} parts.`);
    return builder.nodesOf('split', [x], { axis, count }, count);
  }
  const numbers = wholeNumbers(call, given, 'the parts');
  if (cuts === undefined || cuts === null) return builder.nodesOf('split', [x], { axis, sizes: numbers }, numbers.length);
  const size = shapeOf(call, x)[axis]!;
  if (size < 0) return malformed(call, 'cuts an axis of unknown size.');
  const ends = [...numbers, size];
  const sizes = ends.map((end, i) => end - (ends[i - 1] ?? 0));
  return builder.nodesOf('split', [x], { axis, sizes }, sizes.length);
}

/** More outputs than any layer gives. */
const LARGEST_SPLIT = 10_000;
