/** The grid of a kernel: symmetric, narrow range; one scale for all, or one a channel of its own axis. */
import { decodeFloats, scaleCount, scaleIndexer, type Tensor } from '../../ir/tensor';
import { groupValues } from '../group-values';
import type { RowNode } from '../linear-rows';
import { chooseRange } from '../quantize-weights/ranges';

export interface KernelGrid {
  readonly bits: 4 | 8;
  readonly highest: number;
  readonly scale: Float32Array;
  readonly axis: number | null;
  /** The scale of every output channel, which may share one. */
  readonly perOutput: Float32Array;
}

/** At 4 bits the scale of least squared error, at 8 bits that of the largest weight, which is near it. */
export function channelScales(kernel: Tensor, node: RowNode, options: { readonly bits: '4' | '8'; readonly granularity: 'channel' | 'tensor' }): KernelGrid {
  const { shape } = kernel;
  const bits = options.bits === '4' ? 4 : 8;
  const isDepthwise = node.op === 'depthwise-conv2d';
  // A depthwise kernel [kh, kw, C, M] has one scale for each of its C channels, which M outputs share.
  const channelAxis = isDepthwise ? shape.length - 2 : shape.length - 1;
  const axis = options.granularity === 'channel' ? channelAxis : null;
  const groups = scaleCount(shape, axis, null);
  const values = groupValues(decodeFloats(kernel), groups, scaleIndexer(shape, axis, null));
  const scale = Float32Array.from(values, (group) => chooseRange(group, { bits, signed: true }, bits === 4 ? 'mse' : 'min-max').scale);
  const outputs = isDepthwise ? shape.at(-2)! * shape.at(-1)! : shape.at(-1)!;
  const perOutput = Float32Array.from({ length: outputs }, (_, o) => scale[groups === 1 ? 0 : Math.floor((o * groups) / outputs)]!);
  return { bits, highest: 2 ** (bits - 1) - 1, scale, axis, perOutput };
}
