/**
 * What a weight will weigh: its bits and the entropy of its numbers after each step of a recipe, without running one. The
 * factors are measured on the bundled models with gzip -9 (tests/engine/estimate-size.test.ts holds them to it).
 */
import type { FormatId } from '../formats/format';
import { bitsOf, decodeFloats, sizeOf, type Tensor } from '../ir/tensor';
import type { OptionValue } from '../options/options';
import type { PassId } from '../passes/pass';
import type { WeightSite } from '../passes/weight-sites';

/** gzip leaves this share of a trained float32 or float16 weight, whose mantissa is noise. */
const FLOAT_SHARE = 0.925;
/** Entropy of a normal distribution of one standard deviation, in bits. */
const NORMAL_ENTROPY = 2.05;
/** Trained weights crowd around zero more than a normal distribution does. */
const CROWDING_BITS = 0.15;
/** A zero flag costs gzip more than its entropy: runs of zeros break its matches. Floats, and single bytes. */
const FLAG_COST = { float: 2, byte: 1.3 };
/** Huffman codes and matches of a palette's values on top of the entropy; past 64 values the two bytes of a number are hard to pair. */
const PALETTE_COST = 1.22;
const PALETTE_ZERO_COST = 1.35;
const LARGE_PALETTE_BITS = 6;
const LARGE_PALETTE_COST = 1.2;
/** Numbers on a grid of integers, stored in the four bytes of a float32. */
const GRID_AS_FLOAT_COST = 1.48;
const COARSE_GRID_AS_FLOAT_COST = 1.3;
/** Numbers on the grids of single channels or blocks, in float32 and, as 8-bit codes of one grid, in a byte. */
const CHANNELS_AS_FLOAT_COST = 1.75;
const PALETTES_AS_FLOAT_COST = 2.5;
/** A small tensor shares gzip's codes with its neighbours, which have other values: bits grow for each halving below this count. */
const LARGE_COUNT = 65_536;
const SMALLNESS_COST = 0.09;
/** A palette whose values are used less often than this compresses better as float32 than as 16-bit codes, and is stored so. */
const FEW_USES_OF_A_VALUE = 40;
/** Few bits are many equal bytes, which gzip packs a little worse than their entropy. */
const COARSE_GRID_COST = 1.08;

export interface WeightState {
  count: number;
  /** Numbers of one output channel. */
  readonly channelCount: number;
  /** Bits between the largest magnitude and the standard deviation: how far a grid reaches beyond most weights. */
  readonly reachBits: number;
  /** The same within one output channel, on average. */
  readonly channelReachBits: number;
  bits: number;
  /** Share of zeros. */
  zeros: number;
  /** Different values, when few. */
  values: number | null;
  isFloat: boolean;
  /** A scale or palette for each channel or block. */
  isFine: boolean;
  inBlocks: boolean;
  /** Scales stored beside the numbers. */
  scales: number;
}

export function weightOf(tensor: Tensor, site: WeightSite | undefined): WeightState {
  const count = sizeOf(tensor.shape);
  const channels = site ? (tensor.shape.at(site.outputAxis) ?? 1) : 1;
  return {
    count,
    channelCount: count / Math.max(1, channels),
    ...(site ? reachOf(tensor, site.outputAxis) : { reachBits: 0, channelReachBits: 0 }),
    bits: bitsOf(tensor),
    zeros: 0,
    values: null,
    isFloat: tensor.encoding.kind === 'dense',
    isFine: false,
    inBlocks: false,
    scales: 0,
  };
}

export function applyStep(pass: PassId, options: Readonly<Record<string, OptionValue>>, weight: WeightState, kind: WeightSite['kind']): void {
  const isSpared = kind === 'depthwise' && options.depthwise === false;
  if (pass === 'prune-magnitude' && !isSpared && kind !== 'table') {
    const share = options.pattern === 'n-m' ? 1 - Number(options.keepPerGroup) / Number(options.groupSize) : Number(options.sparsity);
    weight.zeros = Math.max(weight.zeros, share);
  }
  if (pass === 'cluster-weights' && !isSpared) {
    const isFine = options.granularity === 'channel';
    if (Number(options.centroids) >= (isFine ? weight.channelCount : weight.count)) return;
    weight.values = Number(options.centroids);
    weight.isFine = isFine;
  }
  if (pass === 'quantize-weights') {
    const bits = { float16: 16, uint16: 16, int8: 8, uint8: 8, int4: 4 }[String(options.format)];
    if (bits === undefined || bits >= weight.bits) return;
    weight.bits = bits;
    weight.isFloat = options.format === 'float16';
    weight.isFine = !weight.isFloat && options.granularity !== 'tensor';
    weight.scales = weight.isFloat ? 0 : weight.isFine ? weight.count / weight.channelCount : 1;
    weight.inBlocks = options.granularity === 'block';
  }
  if (pass === 'quantize-integer') {
    const isSmall = options.activations === 'float' && weight.count < Number(options.smallTensors);
    if (isSmall || kind === 'recurrent') return;
    weight.bits = options.weights === '4' && kind === 'kernel' ? 4 : 8;
    weight.isFloat = false;
    weight.inBlocks = false;
    weight.isFine = options.granularity === 'channel';
    // A bias has as many scales as the kernel before it, and with 16-bit activations numbers of eight bytes.
    const scalesOfEach = { float: 1, int8: 2, int16: 3 }[String(options.activations)] ?? 1;
    weight.scales = (weight.isFine ? weight.count / weight.channelCount : 1) * scalesOfEach;
  }
}

/** Keras files hold float32 only; TF.js files hold 32, 16 or 8 bits, and a palette in 16; TensorFlow Lite any bits, but no blocks and palettes. */
export function storedBitsOf(weight: WeightState, format: FormatId): number {
  if (format === 'tflite') return weight.inBlocks || (weight.values !== null && weight.isFloat) || (weight.bits === 16 && !weight.isFloat) ? 32 : weight.bits;
  if (format === 'keras' || format === 'keras-h5') return 32;
  if (weight.isFine) return weight.bits <= 4 ? 8 : 16;
  if (weight.bits <= 8) return 8;
  if (weight.values === null) return weight.bits;
  return weight.count < FEW_USES_OF_A_VALUE * weight.values ? 32 : 16;
}

/** Bits that gzip leaves of one number. */
export function gzipBitsOf(weight: WeightState, storedBits: number, format: FormatId): number {
  const { zeros } = weight;
  const flag = zeros > 0 && zeros < 1 ? -(zeros * Math.log2(zeros) + (1 - zeros) * Math.log2(1 - zeros)) : 0;
  const smallness = 1 + SMALLNESS_COST * Math.max(0, Math.log2(LARGE_COUNT / weight.count));
  if (weight.values !== null) return paletteBits(weight, weight.values, flag, storedBits, smallness);
  if (weight.isFloat) return flag * FLAG_COST.float + (1 - zeros) * Math.min(weight.bits, storedBits) * FLOAT_SHARE;
  const bits = flag * FLAG_COST.byte + (1 - zeros) * gridBits(weight, storedBits, format);
  if (storedBits !== 32) return Math.min(bits, gridBits(weight, storedBits, format));
  if (weight.isFine) return bits * CHANNELS_AS_FLOAT_COST * smallness;
  return weight.bits <= 4 ? bits * COARSE_GRID_AS_FLOAT_COST : bits * GRID_AS_FLOAT_COST * Math.sqrt(smallness);
}

function paletteBits(weight: WeightState, values: number, flag: number, storedBits: number, smallness: number): number {
  const bits = Math.log2(values);
  if (storedBits === 8) return flag * FLAG_COST.byte + (1 - weight.zeros) * bits * Math.sqrt(smallness);
  if (weight.isFine) return Math.min(storedBits, (flag + (1 - weight.zeros) * bits * PALETTES_AS_FLOAT_COST) * PALETTE_COST * smallness);
  const extra = storedBits === 16 ? Math.max(0, bits - LARGE_PALETTE_BITS) * LARGE_PALETTE_COST : 0;
  const asFloat = storedBits === 32 ? 1.1 : 1;
  return (flag + (1 - weight.zeros) * (bits + extra)) * (flag > 0 ? PALETTE_ZERO_COST : PALETTE_COST) * smallness * asFloat;
}

/** Entropy of numbers on a grid that reaches from the smallest to the largest weight, or channel by channel as TensorFlow Lite has it. */
function gridBits(weight: WeightState, storedBits: number, format: FormatId): number {
  if (format === 'tflite' && weight.isFine && storedBits <= 8) return entropyOf(weight.bits, weight.channelReachBits);
  // Grids of many channels need the finer steps of one that holds them all.
  const bits = weight.isFine ? Math.min(16, Math.max(Math.min(8, storedBits), storedBits === 32 ? weight.bits : storedBits)) : weight.bits;
  if (bits === 16) return 16 * FLOAT_SHARE * (weight.isFine ? 1.04 : 1.03);
  return entropyOf(bits, weight.reachBits);
}

/** Bits left of numbers on a grid of so many bits, whose ends lie so far out. */
function entropyOf(bits: number, reachBits: number): number {
  const entropy = NORMAL_ENTROPY - CROWDING_BITS + (bits - 1) - reachBits;
  return Math.max(1, bits <= 4 ? entropy * COARSE_GRID_COST : entropy);
}

type Reach = Pick<WeightState, 'reachBits' | 'channelReachBits'>;

/** Kept for each tensor, since a slider asks again and again. */
const reaches = new WeakMap<Tensor, Reach>();

function reachOf(tensor: Tensor, outputAxis: number): Reach {
  const known = reaches.get(tensor);
  if (known) return known;
  const numbers = decodeFloats(tensor);
  const channels = Math.max(1, tensor.shape.at(outputAxis) ?? 1);
  const inner = sizeOf(tensor.shape.slice(outputAxis + 1));
  const largest = new Float64Array(channels);
  const squares = new Float64Array(channels);
  for (let i = 0; i < numbers.length; i++) {
    const channel = Math.floor(i / inner) % channels;
    largest[channel] = Math.max(largest[channel]!, Math.abs(numbers[i]!));
    squares[channel]! += numbers[i]! ** 2;
  }
  const count = numbers.length / channels;
  const byChannel = Array.from(largest, (peak, channel) => bitsBetween(peak, squares[channel]! / count));
  const reach = {
    reachBits: bitsBetween(Math.max(...largest), squares.reduce((a, b) => a + b, 0) / numbers.length),
    channelReachBits: byChannel.reduce((a, b) => a + b, 0) / channels,
  };
  reaches.set(tensor, reach);
  return reach;
}

function bitsBetween(largest: number, meanSquare: number): number {
  return meanSquare > 0 && Number.isFinite(largest) ? Math.log2(largest / Math.sqrt(meanSquare)) : 0;
}
