/** Layers that move numbers and compute none: flatten, reshape, permute, pad, crop, repeat, up-sample. */
import { productOf } from '../../ops/dimensions';
import { choiceOf, type ConfigOwner, countsOf, integerOf, malformed, show } from './config';
import { channelsLast } from './families-convolution';
import { type Flow, type GraphBuilder, NONE } from './graph-builder';
import { type FamilyTable, inputOf, type LayerCall, rankOf, shapeOf, sizeAt } from './lowering';

export const reshapingLayers: FamilyTable = {
  Flatten: { lower: (call, builder) => [flatten(call, builder, inputOf(call))] },
  Reshape: { lower: (call, builder) => [reshape(call, builder, inputOf(call))] },
  Permute: { lower: (call, builder) => [permute(call, builder, inputOf(call))] },
  RepeatVector: { lower: (call, builder) => [repeatVector(call, builder, inputOf(call))] },
  ZeroPadding1D: { lower: (call, builder) => [zeroPadding(call, builder, 1)] },
  ZeroPadding2D: { lower: (call, builder) => [zeroPadding(call, builder, 2)] },
  ZeroPadding3D: { lower: (call, builder) => [zeroPadding(call, builder, 3)] },
  Cropping1D: { lower: (call, builder) => [cropping(call, builder, 1)] },
  Cropping2D: { lower: (call, builder) => [cropping(call, builder, 2)] },
  Cropping3D: { lower: (call, builder) => [cropping(call, builder, 3)] },
  UpSampling1D: { lower: (call, builder) => [repeated(call, builder, inputOf(call), countsOf(call, 'size', 1, 2))] },
  UpSampling2D: { lower: (call, builder) => [channelsLast(call, builder, inputOf(call), (x) => upSampling2d(call, builder, x))] },
  UpSampling3D: {
    lower: (call, builder) => [channelsLast(call, builder, inputOf(call), (x) => repeated(call, builder, x, countsOf(call, 'size', 3, 2)))],
  },
};

function flatten(call: LayerCall, builder: GraphBuilder, x: Flow): Flow {
  const rank = rankOf(call, x);
  const isFirst = choiceOf(call, 'data_format', ['channels_last', 'channels_first'], 'channels_last') === 'channels_first';
  if (!isFirst || rank < 3) return builder.node('flatten', [x], NONE);
  const spatial = Array.from({ length: rank - 2 }, (_, i) => i + 2);
  return builder.node('flatten', [builder.node('transpose', [x], { permutation: [0, ...spatial, 1] })], NONE);
}

function reshape(call: LayerCall, builder: GraphBuilder, x: Flow): Flow {
  const target = call.config.target_shape;
  if (!Array.isArray(target) || !target.every((size) => size === null || (Number.isInteger(size) && (size as number) >= -1))) {
    return malformed(call, `has the target shape ${show(target)}.`);
  }
  const sizes = (target as (number | null)[]).map((size) => size ?? -1);
  const [batch, ...rest] = shapeOf(call, x);
  const inner = rest.every((size) => size >= 0) ? productOf(rest) : null;
  const known = productOf(sizes.filter((size) => size >= 0));
  // The batch takes the one −1 that a reshape has, so the other is worked out here.
  if (inner !== null && known > 0) {
    const resolved = sizes.map((size) => (size === -1 ? inner / known : size));
    if (productOf(resolved) !== inner) return malformed(call, `cannot make [${sizes.join(', ')}] out of [${rest.join(', ')}].`);
    return builder.node('reshape', [x], { shape: [-1, ...resolved] });
  }
  if (!sizes.includes(-1)) return builder.node('reshape', [x], { shape: [-1, ...sizes] });
  if (batch !== undefined && batch >= 0) return builder.node('reshape', [x], { shape: [batch, ...sizes] });
  const batchSize = builder.node('slice', [builder.node('shape', [x], NONE)], { begin: [0], size: [1] });
  const shape = builder.node('concat', [batchSize, builder.integers('shape', [sizes.length], sizes)], { axis: 0, activation: 'none' });
  return builder.node('reshape', [x, shape], { shape: null });
}

function permute(call: LayerCall, builder: GraphBuilder, x: Flow): Flow {
  const rank = rankOf(call, x);
  const { dims } = call.config;
  const isPermutation =
    Array.isArray(dims) && dims.length === rank - 1 && [...dims].sort((a, b) => Number(a) - Number(b)).every((axis, i) => axis === i + 1);
  if (!isPermutation) return malformed(call, `has dims = ${show(dims)} for an input of rank ${rank}.`);
  return builder.node('transpose', [x], { permutation: [0, ...(dims as number[])] });
}

function repeatVector(call: LayerCall, builder: GraphBuilder, x: Flow): Flow {
  const row = builder.node('expand-dims', [x], { axis: 1 });
  return builder.node('tile', [row], { multiples: [1, integerOf(call, 'n'), 1] });
}

/** Pairs of before and after, for each spatial dimension, from all the forms that Keras allows. */
function pairsOf(owner: ConfigOwner, key: string, dimensions: number): [number, number][] {
  const value = owner.config[key];
  const isSize = (item: unknown): item is number => Number.isInteger(item) && (item as number) >= 0;
  const isPair = (item: unknown): item is [number, number] => Array.isArray(item) && item.length === 2 && item.every(isSize);
  if (isSize(value)) return Array.from({ length: dimensions }, () => [value, value]);
  if (dimensions === 1 && isPair(value)) return [value];
  if (Array.isArray(value) && value.length === dimensions) {
    if (value.every(isPair)) return value as [number, number][];
    if (value.every(isSize)) return (value as number[]).map((size) => [size, size]);
  }
  return malformed(owner, `has ${key} = ${show(value)}; ${dimensions} pairs of sizes were expected.`);
}

function zeroPadding(call: LayerCall, builder: GraphBuilder, dimensions: number): Flow {
  const pairs = pairsOf(call, 'padding', dimensions);
  return channelsLast(call, builder, inputOf(call), (x) => builder.node('pad', [x], { paddings: [[0, 0], ...pairs, [0, 0]], value: 0 }));
}

function cropping(call: LayerCall, builder: GraphBuilder, dimensions: number): Flow {
  const pairs = pairsOf(call, 'cropping', dimensions);
  return channelsLast(call, builder, inputOf(call), (x) => crop(builder, x, pairs));
}

/** Cuts [before, after] off every spatial dimension; the ends may be unknown. */
export function crop(builder: GraphBuilder, x: Flow, pairs: readonly (readonly [number, number])[]): Flow {
  const bits = (isSet: (axis: number) => boolean): number =>
    pairs.reduce((mask, _, i) => (isSet(i) ? mask | (1 << (i + 1)) : mask), 0);
  const outer = 1 | (1 << (pairs.length + 1));
  return builder.node('strided-slice', [x], {
    begin: [0, ...pairs.map(([before]) => before), 0],
    end: [0, ...pairs.map(([, after]) => -after), 0],
    strides: new Array<number>(pairs.length + 2).fill(1),
    beginMask: outer,
    // An end of −0 would cut everything: where nothing is cut off, the end is left open.
    endMask: outer | bits((i) => pairs[i]![1] === 0),
    ellipsisMask: 0,
    newAxisMask: 0,
    shrinkAxisMask: 0,
  });
}

function upSampling2d(call: LayerCall, builder: GraphBuilder, x: Flow): Flow {
  const factors = countsOf(call, 'size', 2, 2);
  const interpolation = choiceOf(call, 'interpolation', ['nearest', 'bilinear'], 'nearest');
  const [, height, width] = shapeOf(call, x);
  const op = interpolation === 'nearest' ? 'resize-nearest' : 'resize-bilinear';
  if (height! < 0 || width! < 0) return resizeBy(builder, x, factors, op);
  const size = [height! * factors[0]!, width! * factors[1]!] as const;
  return builder.node(op, [x], { size, alignCorners: false, halfPixelCenters: true });
}

/** By factors of a size that only run time knows. */
function resizeBy(builder: GraphBuilder, x: Flow, factors: readonly number[], op: 'resize-nearest' | 'resize-bilinear'): Flow {
  const size = builder.node('slice', [builder.node('shape', [x], NONE)], { begin: [1], size: [2] });
  const scaled = builder.node('mul', [size, builder.integers('factors', [2], factors)], { activation: 'none' });
  return builder.node(op, [x, scaled], { size: null, alignCorners: false, halfPixelCenters: true });
}

/** Every index along the spatial axes `factor` times over: [n] → [n, 1] → [n, factor] → [n · factor], axis by axis. */
function repeated(call: LayerCall, builder: GraphBuilder, x: Flow, factors: readonly number[]): Flow {
  return factors.reduce((flow, factor, i) => repeatAxis(call, builder, flow, i + 1, factor), x);
}

/** Repeats every index of one axis. Sizes behind the axis must be known. */
export function repeatAxis(call: ConfigOwner, builder: GraphBuilder, x: Flow, axis: number, factor: number): Flow {
  const shape = shapeOf(call, x);
  const size = shape[axis]!;
  if (size >= 0) {
    const indices = Array.from({ length: size * factor }, (_, i) => Math.floor(i / factor));
    return builder.node('gather', [x, builder.integers('indices', [indices.length], indices)], { axis, batchDims: 0 });
  }
  const inner = shape.slice(axis + 1).map((_, i) => sizeAt(call, x, axis + 1 + i));
  const before = shape.slice(1, axis).map((_, i) => sizeAt(call, x, i + 1));
  if (axis !== 1 && shape[0]! < 0) return malformed(call, `repeats axis ${axis} of [${shape.join(', ')}], of unknown size.`);
  const spread = builder.node('expand-dims', [x], { axis: axis + 1 });
  const multiples = shape.map(() => 1);
  multiples.splice(axis + 1, 0, factor);
  const tiled = builder.node('tile', [spread], { multiples });
  const batch = builder.node('slice', [builder.node('shape', [x], NONE)], { begin: [0], size: [1] });
  const rest = builder.integers('shape', [before.length + 1 + inner.length], [...before, -1, ...inner]);
  const target = builder.node('concat', [batch, rest], { axis: 0, activation: 'none' });
  return builder.node('reshape', [tiled, target], { shape: null });
}
