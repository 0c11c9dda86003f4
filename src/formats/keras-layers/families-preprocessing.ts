/** Preprocessing that is arithmetic: scaling, normalizing, one-hot and bucket encodings, resizing and cropping pictures. */
import type { Shape, Tensor } from '../../ir/tensor';
import { decodeFloats, float32Tensor } from '../../ir/tensor';
import { axesOf, choiceOf, countsOf, demand, flagOf, integerOf, malformed, numberOf, refuse, show } from './config';
import { channelsLast } from './families-convolution';
import { type Flow, type GraphBuilder, NONE } from './graph-builder';
import { type FamilyTable, flowsIn, inputOf, type LayerCall, positiveAxis, rankOf, shapeOf, sizeAt, withMask } from './lowering';

/** Keras divides by no standard deviation below this. */
const SMALLEST_DEVIATION = 1e-7;
/** More buckets or values per channel than a config can sensibly spell out. */
const LARGEST_LIST = 1_000_000;

export const preprocessingLayers: FamilyTable = {
  Rescaling: { lower: rescaling },
  Normalization: {
    weights: (owner) => (isGiven(owner.config.mean) ? [] : ['mean', 'variance']),
    lower: normalization,
  },
  CategoryEncoding: { lower: (call, builder) => [encode(call, builder, inputOf(call), integerOf(call, 'num_tokens'), 'multi_hot')] },
  Discretization: { lower: discretization },
  Resizing: { lower: (call, builder) => [channelsLast(call, builder, inputOf(call), (x) => resizing(call, builder, x))] },
  CenterCrop: { lower: (call, builder) => [channelsLast(call, builder, inputOf(call), (x) => centerCrop(call, builder, x))] },
  RandomCrop: { lower: (call, builder) => [channelsLast(call, builder, inputOf(call), (x) => randomCrop(call, builder, x))] },
};

function isGiven(value: unknown): boolean {
  return value !== null && value !== undefined;
}

/** A number or a nested list of them, as a config spells arrays. */
function numbersIn(call: LayerCall, key: string): number[] {
  const flat: unknown[] = [call.config[key]].flat(Infinity);
  if (flat.length > 0 && flat.length <= LARGEST_LIST && flat.every((item) => typeof item === 'number')) return flat as number[];
  return malformed(call, `has ${key} = ${show(call.config[key])}, which are no numbers.`);
}

function asFloat(builder: GraphBuilder, x: Flow): Flow {
  return x.dtype === 'float32' ? x : builder.node('cast', [x], { dtype: 'float32' });
}

function rescaling(call: LayerCall, builder: GraphBuilder): Flow[] {
  const x = inputOf(call);
  const constant = (key: string): Flow => {
    const numbers = numbersIn(call, key);
    return builder.floats(key, Array.isArray(call.config[key]) ? [numbers.length] : [], numbers);
  };
  const scaled = builder.node('mul', [asFloat(builder, x), constant('scale')], { activation: 'none' });
  const hasOffset = numbersIn(call, 'offset').some((offset) => offset !== 0);
  return [withMask(hasOffset ? builder.node('add', [scaled, constant('offset')], { activation: 'none' }) : scaled, x.mask)];
}

/** (x − mean) / max(√variance, 1e-7), or the inverse; the statistics lie along the kept axes. */
function normalization(call: LayerCall, builder: GraphBuilder): Flow[] {
  const x = inputOf(call);
  const rank = rankOf(call, x);
  // An empty list, or null, keeps no axis: one mean for all.
  const axes = call.config.axis === null ? [] : axesOf(call, 'axis', -1).map((axis) => positiveAxis(call, axis, rank));
  const given = (key: string): Tensor => {
    const numbers = numbersIn(call, key);
    return float32Tensor([numbers.length], numbers);
  };
  const hasGiven = isGiven(call.config.mean);
  const mean = hasGiven ? given('mean') : call.weights[0]!;
  const variance = hasGiven ? given('variance') : call.weights[1]!;
  const deviation = Array.from(decodeFloats(variance), (value) => Math.max(Math.sqrt(value), SMALLEST_DEVIATION));
  const along = (numbers: readonly number[]): { shape: Shape; numbers: readonly number[] } => {
    const shape = Array.from({ length: rank }, (_, axis) => (axes.includes(axis) ? sizeAt(call, x, axis) : 1));
    const count = shape.reduce((product, size) => product * size, 1);
    if (numbers.length === count) return { shape: count === 1 ? [] : shape, numbers };
    if (numbers.length === 1) return { shape: [], numbers };
    return malformed(call, `has ${numbers.length} means for an input of shape [${shapeOf(call, x).join(', ')}].`);
  };
  const constant = (name: string, values: readonly number[]): Flow => {
    const { shape, numbers } = along(values);
    return builder.floats(name, shape, numbers);
  };
  const center = constant('mean', Array.from(decodeFloats(mean)));
  const spread = constant('deviation', deviation);
  const input = asFloat(builder, x);
  if (flagOf(call, 'invert', false)) {
    return [withMask(builder.node('add', [builder.node('mul', [input, spread], { activation: 'none' }), center], { activation: 'none' }), x.mask)];
  }
  return [withMask(builder.node('div', [builder.node('sub', [input, center], { activation: 'none' }), spread], { activation: 'none' }), x.mask)];
}

/** Counts or flags of tokens. One-hot of a last axis of one replaces that axis. */
function encode(call: LayerCall, builder: GraphBuilder, x: Flow, tokens: number, fallback: 'multi_hot' | 'one_hot'): Flow {
  const mode = choiceOf(call, 'output_mode', ['multi_hot', 'one_hot', 'count'], fallback);
  demand(call, 'sparse', false);
  const indices = x.dtype === 'int32' ? x : builder.node('cast', [x], { dtype: 'int32' });
  const weights = flowsIn(call.kwargs.count_weights)[0] ?? null;
  const op = { multi_hot: 'multi-hot', one_hot: 'one-hot', count: 'count' } as const;
  const isSingle = mode === 'one_hot' && rankOf(call, x) > 1 && shapeOf(call, x).at(-1) === 1;
  const single = isSingle ? builder.node('squeeze', [indices], { axes: [-1] }) : indices;
  return builder.node('category-encode', [single, weights], { tokens, mode: op[mode] });
}

function discretization(call: LayerCall, builder: GraphBuilder): Flow[] {
  const x = inputOf(call);
  if (!isGiven(call.config.bin_boundaries)) return refuse(call, 'was never adapted to data: it has no boundaries.');
  const boundaries = numbersIn(call, 'bin_boundaries');
  const buckets = builder.node('bucketize', [asFloat(builder, x)], { boundaries });
  if ((call.config.output_mode ?? 'int') === 'int') return [buckets];
  return [encode(call, builder, buckets, boundaries.length + 1, 'one_hot')];
}

function sizeOfTarget(call: LayerCall): readonly [number, number] {
  return [countsOf(call, 'height', 1)[0]!, countsOf(call, 'width', 1)[0]!];
}

function resize(builder: GraphBuilder, x: Flow, size: readonly [number, number], op: 'resize-bilinear' | 'resize-nearest'): Flow {
  return builder.node(op, [x], { size, alignCorners: false, halfPixelCenters: true });
}

function resizing(call: LayerCall, builder: GraphBuilder, x: Flow): Flow {
  const size = sizeOfTarget(call);
  const interpolation = choiceOf(call, 'interpolation', ['bilinear', 'nearest'], 'bilinear');
  const op = interpolation === 'bilinear' ? 'resize-bilinear' : 'resize-nearest';
  demand(call, 'antialias', false);
  const picture = asFloat(builder, x);
  if (flagOf(call, 'crop_to_aspect_ratio', false)) return resize(builder, cropToAspect(call, builder, picture, size), size, op);
  if (flagOf(call, 'pad_to_aspect_ratio', false)) {
    demand(call, 'fill_mode', 'constant');
    return resize(builder, padToAspect(call, builder, picture, size), size, op);
  }
  return resize(builder, picture, size, op);
}

/** The largest middle part of the target's proportions. Keras computes in float32 and cuts fractions off. */
function cropToAspect(call: LayerCall, builder: GraphBuilder, x: Flow, [targetHeight, targetWidth]: readonly [number, number]): Flow {
  const [height, width] = [sizeAt(call, x, 1), sizeAt(call, x, 2)];
  const cropHeight = Math.max(Math.min(height, Math.trunc(Math.fround((width * targetHeight) / targetWidth))), 1);
  const cropWidth = Math.max(Math.min(width, Math.trunc(Math.fround((height * targetWidth) / targetHeight))), 1);
  return cut(builder, x, Math.trunc((height - cropHeight) / 2), Math.trunc((width - cropWidth) / 2), cropHeight, cropWidth);
}

/** Borders on two sides up to the target's proportions, the same on both. */
function padToAspect(call: LayerCall, builder: GraphBuilder, x: Flow, [targetHeight, targetWidth]: readonly [number, number]): Flow {
  const [height, width] = [sizeAt(call, x, 1), sizeAt(call, x, 2)];
  const padHeight = Math.max(height, Math.trunc(Math.fround((width * targetHeight) / targetWidth)));
  const padWidth = Math.max(width, Math.trunc(Math.fround((height * targetWidth) / targetHeight)));
  const [top, left] = [Math.trunc((padHeight - height) / 2), Math.trunc((padWidth - width) / 2)];
  return builder.node('pad', [x], { paddings: [[0, 0], [top, top], [left, left], [0, 0]], value: numberOf(call, 'fill_value', 0) });
}

function cut(builder: GraphBuilder, x: Flow, top: number, left: number, height: number, width: number): Flow {
  return builder.node('slice', [x], { begin: [0, top, left, 0], size: [-1, height, width, -1] });
}

function centerCrop(call: LayerCall, builder: GraphBuilder, x: Flow): Flow {
  const [height, width] = sizeOfTarget(call);
  const [spareHeight, spareWidth] = [sizeAt(call, x, 1) - height, sizeAt(call, x, 2) - width];
  if (spareHeight >= 0 && spareWidth >= 0) return cut(builder, x, Math.trunc(spareHeight / 2), Math.trunc(spareWidth / 2), height, width);
  // A picture that is too small is enlarged instead.
  const picture = asFloat(builder, x);
  return resize(builder, cropToAspect(call, builder, picture, [height, width]), [height, width], 'resize-bilinear');
}

/** At inference Keras 3 leaves the picture alone; Keras 2 resizes it. */
function randomCrop(call: LayerCall, builder: GraphBuilder, x: Flow): Flow {
  if (call.generation === 'keras3') return builder.node('identity', [x], NONE);
  const size = sizeOfTarget(call);
  return resize(builder, cropToAspect(call, builder, asFloat(builder, x), size), size, 'resize-bilinear');
}

