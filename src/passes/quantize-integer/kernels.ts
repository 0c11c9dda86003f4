/**
 * Kernels and biases as integers (TensorFlow Lite's specification).
 *
 * 1. kernel: q = clip(round(w / s), ±(2^(b−1) − 1)), zero point 0; s = max|w| / (2^(b−1) − 1) for each output channel or all; at 4 bits
 *    the s of least squared error. A kernel that stands on such a grid already keeps it.
 * 2. bias: q = round(b / (s_x · s)), 32 bits. A channel whose bias would not fit, or whose products are too fine for
 *    the kernels' fixed-point multiplier, gets a larger s.
 */
import type { Node } from '../../ir/graph';
import { decodeFloats, scaleCount, scaleIndexer, type AffineEncoding, type Shape, type Tensor } from '../../ir/tensor';
import { channelAxisOf, outputsPerChannel, type KernelLayout } from '../../ops/integer-rules';
import { agreeingRescale } from './agreeing-rescale';
import { axisStride, balanceChannels, nearestLevels } from './balance-channels';
import { groupValues } from '../group-values';
import { chooseRange, roundHalfEven } from '../quantize-weights/ranges';

export interface KernelRequest {
  readonly bits: 4 | 8;
  readonly granularity: 'channel' | 'tensor';
  readonly rounding: 'nearest' | 'balanced';
  /** Smallest scale of each output channel's kernel, so that its bias fits. */
  readonly smallestScale?: Float64Array;
  /** s_x / s_y of 8-bit activations, where their sums shall be rounded alike by all runtimes (agreeing-rescale.ts). */
  readonly rescale?: number;
}

/** Largest bias integer: TensorFlow Lite accumulates in 32 bits, and a bias takes at most half of them. */
const LARGEST_BIAS = 2 ** 30;
/** Kernels rescale sums by s_x · s / s_y, as a 32-bit fraction: below this they refuse or give zero (XNNPACK: 2^−32). */
const SMALLEST_RESCALE = 2 ** -31;

export function highestLevel(bits: 4 | 8): number {
  return 2 ** (bits - 1) - 1;
}

/** The kernel's encoding when it is one that integer kernels take as it is, widened to 8 bits where they take no others. */
export function fittingEncoding(tensor: Tensor, layout: KernelLayout): AffineEncoding | undefined {
  const { encoding } = tensor;
  if (encoding.kind !== 'affine' || !encoding.signed || encoding.blockSize !== null) return undefined;
  if (encoding.axis !== null && encoding.axis !== channelAxisOf(layout, tensor.shape)) return undefined;
  if (encoding.zeroPoint.some((zero) => zero !== 0) || (encoding.bits !== 8 && encoding.bits !== 4)) return undefined;
  const lowest = -highestLevel(encoding.bits);
  if (encoding.values.some((value) => value < lowest)) return undefined;
  return layout.int4 ? encoding : { ...encoding, bits: 8 };
}

/** The scales of a kernel: one, or one an index of its channel axis. */
export function kernelScales(tensor: Tensor, layout: KernelLayout, { bits, granularity, smallestScale, rescale }: KernelRequest): { scale: Float32Array; axis: number | null } {
  const floats = decodeFloats(tensor);
  const axis = granularity === 'channel' && !sharesValues(tensor, bits) ? channelAxisOf(layout, tensor.shape) : null;
  const groups = scaleCount(tensor.shape, axis, null);
  const scale = bits === 4 ? leastSquaresScales(floats, tensor.shape, axis, groups) : largestMagnitudes(floats, tensor.shape, axis).map((largest) => largest / highestLevel(bits));
  // A channel of zeros stands on any grid: that of the finest other keeps its bias fine too.
  const finest = scale.reduce((least, value) => (value > 0 && value < least ? value : least), Infinity);
  for (let g = 0; g < groups; g++) {
    if (scale[g] === 0) scale[g] = finest < Infinity ? finest : 1 / highestLevel(bits);
    if (smallestScale) scale[g] = Math.fround(Math.max(scale[g]!, smallestOf(smallestScale, g, groups)));
    // At 8 bits a smaller scale would cut the largest weight off; at 4 bits some are cut anyway.
    if (rescale) scale[g] = Math.fround(agreeingRescale(scale[g]! * rescale, bits === 8 ? 'not-smaller' : 'nearest') / rescale);
  }
  return { scale, axis };
}

/** 0 for a channel of zeros. */
function leastSquaresScales(floats: Float32Array, shape: Shape, axis: number | null, groups: number): Float32Array {
  const values = groupValues(floats, groups, scaleIndexer(shape, axis, null));
  return Float32Array.from(values, (group) => (group.every((value) => value === 0) ? 0 : chooseRange(group, { bits: 4, signed: true }, 'mse').scale));
}

/** Of the whole kernel, or of each channel. */
function largestMagnitudes(floats: Float32Array, shape: Shape, axis: number | null): Float32Array {
  const { channels, inner } = axis === null ? { channels: 1, inner: floats.length } : { channels: shape[axis]!, inner: axisStride(shape, axis) };
  const largest = new Float32Array(channels);
  for (let start = 0; start < floats.length; ) {
    for (let channel = 0; channel < channels; channel++) {
      for (const end = start + inner; start < end; start++) {
        const magnitude = Math.abs(floats[start]!);
        if (magnitude > largest[channel]!) largest[channel] = magnitude;
      }
    }
  }
  return largest;
}

export function quantizeKernel(tensor: Tensor, layout: KernelLayout, request: KernelRequest): AffineEncoding {
  const floats = decodeFloats(tensor);
  const { scale, axis } = kernelScales(tensor, layout, request);
  const channelAxis = channelAxisOf(layout, tensor.shape);
  const channels = { channels: tensor.shape[channelAxis]!, inner: axisStride(tensor.shape, channelAxis), scale, highest: highestLevel(request.bits) };
  const values = nearestLevels(floats, channels);
  if (request.rounding === 'balanced' && !sharesValues(tensor, request.bits)) balanceChannels(floats, values, channels);
  return symmetricEncoding(values, scale, axis, request.bits);
}

export function symmetricEncoding(values: Int8Array, scale: Float32Array, axis: number | null, bits: 4 | 8): AffineEncoding {
  return { kind: 'affine', bits, signed: true, values, scale, zeroPoint: new Float64Array(scale.length), axis, blockSize: null };
}

/** The smallest scale of each output's kernel with which its bias and its rescaling fit. */
export function smallestKernelScales(bias: Float32Array | null, outputs: number, inputScale: number, outputScale: number): Float64Array {
  return Float64Array.from({ length: outputs }, (_, o) =>
    Math.max(Math.abs(bias?.[o] ?? 0) / (inputScale * LARGEST_BIAS), (SMALLEST_RESCALE * outputScale) / inputScale),
  );
}

export function quantizeBias(bias: Float32Array, inputScale: number, node: Node, kernel: Tensor): Tensor {
  const { scale: kernelScale } = kernel.encoding as AffineEncoding;
  const share = outputsPerChannel(node, kernel.shape);
  const scale = kernelScale.length === 1
    ? Float32Array.of(inputScale * kernelScale[0]!)
    : Float32Array.from(bias, (_, o) => inputScale * kernelScale[Math.floor(o / share)]!);
  const values = Int32Array.from(bias, (value, o) => roundHalfEven(value / scale[scale.length === 1 ? 0 : o]!));
  return {
    dtype: 'float32',
    shape: [bias.length],
    encoding: { kind: 'affine', bits: 32, signed: true, values, scale, zeroPoint: new Float64Array(scale.length), axis: scale.length === 1 ? null : 0, blockSize: null },
  };
}

/**
 * A codebook of the whole kernel keeps its few values: a scale for each channel, or errors balanced by moving single weights, would multiply
 * them, and what clustering won would be lost to the file. Eight bits round the entries finely enough; four do not.
 */
function sharesValues({ encoding }: Tensor, bits: 4 | 8): boolean {
  return bits === 8 && encoding.kind === 'palette' && encoding.axis === null;
}

function smallestOf(smallest: Float64Array, group: number, groups: number): number {
  const share = smallest.length / groups;
  return smallest.subarray(group * share, (group + 1) * share).reduce((most, value) => Math.max(most, value), 0);
}
