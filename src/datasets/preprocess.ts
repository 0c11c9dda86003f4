/**
 * From examples as they lie in the file to what the model's input takes: colours, then x → (x · scale − mean) / std, then the
 * input's shape. Resizing happens before, when the examples are read.
 */
import { WhittleError } from '../lib/errors';
import type { Graph } from '../ir/graph';
import type { Shape } from '../ir/tensor';
import { productOf } from '../ops/dimensions';
import type { DType } from '../ops/signatures';
import type { Preprocessing } from '../passes/pass';
import type { Batch } from '../runtime/backend';
import { convertChannels } from './channels';
import { shapeText } from './data-error';
import type { DatasetSummary } from './dataset';
import { takesBytes } from './takes-bytes';

type Channels = NonNullable<Preprocessing['channels']>;

/**
 * What a model most likely wants. Bytes are scaled to 0…1 unless the model scales them itself or takes integers; other
 * numbers are taken as they are. Without data, a model that takes pictures is taken to be fed bytes.
 */
export function suggestPreprocessing(graph: Graph, dataset: DatasetSummary | null): Preprocessing {
  const id = graph.inputs[0];
  const input = id === undefined ? undefined : graph.values[id];
  const shape = input?.shape ?? null;
  const isPicture = isPictureShape(shape);
  const isBytes = dataset ? dataset.storage === 'uint8' : isPicture;
  const isScaled = isBytes && input?.dtype === 'float32' && !takesBytes(graph, input.id);
  return {
    scale: isScaled ? 1 / 255 : 1,
    mean: [],
    std: [],
    size: isBytes ? pictureSize(shape) : null,
    channels: isPicture ? (shape!.at(-1) === 1 ? 'grey' : 'rgb') : null,
  };
}

/** [height, width] of an input that takes pictures of one size; null otherwise. */
export function pictureSize(shape: Shape | null): readonly [number, number] | null {
  return isPictureShape(shape) && shape![1]! > 0 && shape![2]! > 0 ? [shape![1]!, shape![2]!] : null;
}

/**
 * A raw batch as the model's input takes it. `inputShape` has the batch first; −1 is free. DataError, naming both
 * shapes, when they do not fit; also for fractions to an int32 input, and a mean or std of the wrong length.
 */
export function toInputs(raw: Batch, preprocessing: Preprocessing, inputShape: Shape, inputDtype: DType): Batch {
  const count = raw.shape[0]!;
  const target = inputShape.slice(1);
  const coloured = inColours(raw, preprocessing.channels, target);
  const scaled = scaleNumbers(coloured.data, coloured.shape.at(-1) ?? 1, preprocessing);
  const fitted = fitShape(coloured.shape, target) ?? refuseShape(raw.shape.slice(1), target);
  return { shape: [count, ...fitted], dtype: inputDtype, data: inDType(scaled, inputDtype) };
}

interface Pixels {
  /** Of one example. */
  readonly shape: readonly number[];
  readonly data: Batch['data'];
}

/** Pictures in the wanted or the model's colours; whatever is no picture stays as it is. */
function inColours(raw: Batch, channels: Preprocessing['channels'], target: readonly number[]): Pixels {
  const example = raw.shape.slice(1);
  const picture = asPicture(example, target);
  const wanted = picture && (channels ?? impliedChannels(picture, target));
  if (!wanted || (wanted !== 'bgr' && picture[2] === (wanted === 'grey' ? 1 : 3))) return { shape: example, data: raw.data };
  const data = convertChannels(raw.data, picture[2], wanted);
  return { shape: [picture[0], picture[1], wanted === 'grey' ? 1 : 3], data };
}

/** [height, width, channels] of an example that is a picture, perhaps flat or without its channel axis. */
function asPicture(example: readonly number[], target: readonly number[]): readonly [number, number, number] | null {
  if (example.length === 3 && [1, 3, 4].includes(example[2]!)) return [example[0]!, example[1]!, example[2]!];
  const size = pictureSize([-1, ...target]);
  if (!size) return null;
  const channels = productOf(example) / (size[0] * size[1]);
  return channels === 1 || channels === 3 ? [size[0], size[1], channels] : null;
}

/** By the model's last axis; for flat inputs by the number of pixels. */
function impliedChannels(picture: readonly [number, number, number], target: readonly number[]): Channels | null {
  if (isPictureShape([-1, ...target])) return target[2] === 1 ? 'grey' : 'rgb';
  const isKnown = target.length > 0 && target.every((size) => size > 0);
  if (!isKnown || target.length === 3) return null;
  const channels = productOf(target) / (picture[0] * picture[1]);
  return channels === 1 ? 'grey' : channels === 3 ? 'rgb' : null;
}

function scaleNumbers(data: Batch['data'], channels: number, { scale, mean, std }: Preprocessing): Batch['data'] {
  for (const [what, list] of [['mean', mean], ['standard deviation', std]] as const) {
    if (list.length > 1 && list.length !== channels) {
      throw new WhittleError('DataError', `The ${what} has ${list.length} numbers and the data have ${channels} channels. Give none, one, or ${channels}.`);
    }
  }
  if (![scale, ...mean, ...std].every(Number.isFinite) || std.includes(0)) {
    throw new WhittleError('DataError', 'Scale, mean and standard deviation must be numbers, and no standard deviation may be 0.');
  }
  if (scale === 1 && mean.length === 0 && std.length === 0) return data;
  const result = new Float32Array(data.length);
  for (let i = 0; i < data.length; i++) {
    const channel = i % channels;
    const middle = mean.length === 0 ? 0 : mean[mean.length === 1 ? 0 : channel]!;
    const spread = std.length === 0 ? 1 : std[std.length === 1 ? 0 : channel]!;
    result[i] = (data[i]! * scale - middle) / spread;
  }
  return result;
}

/** The shape an example takes on: its own, with or without a last axis of 1, or the input's when the sizes agree. */
function fitShape(example: readonly number[], target: readonly number[]): readonly number[] | null {
  const candidates = [example, [...example, 1], ...(example.at(-1) === 1 ? [example.slice(0, -1)] : [])];
  const fitting = candidates.find((shape) => shape.length === target.length && shape.every((size, i) => target[i]! < 0 || target[i] === size));
  if (fitting) return fitting;
  return target.every((size) => size >= 0) && productOf(target) === productOf(example) ? target : null;
}

function refuseShape(example: readonly number[], target: readonly number[]): never {
  throw new WhittleError(
    'DataError',
    `The data hold examples of the shape ${shapeText(example)}, and the model takes ${shapeText(target)}. Choose data that fit, or for pictures a size and channels in the preprocessing.`,
  );
}

function inDType(data: Batch['data'], dtype: DType): Batch['data'] {
  switch (dtype) {
    case 'float32':
      return data instanceof Float32Array ? data : Float32Array.from(data);
    case 'int32': {
      const fraction = data.find((value: number) => !Number.isInteger(value));
      if (fraction !== undefined) {
        throw new WhittleError('DataError', `The model takes whole numbers and the data hold ${fraction}. Set scale 1, no mean and no standard deviation, or choose other data.`);
      }
      return data instanceof Int32Array ? data : Int32Array.from(data);
    }
    case 'bool':
      return Uint8Array.from(data, (value) => (value === 0 ? 0 : 1));
    case 'string':
      throw new WhittleError('DataError', 'The model takes texts; data are numbers. Such models cannot be measured.');
    default: {
      const never: never = dtype;
      return never;
    }
  }
}

/** [batch, height, width, 1 or 3]. */
function isPictureShape(shape: Shape | null): boolean {
  return shape !== null && shape.length === 4 && (shape[3] === 1 || shape[3] === 3);
}
