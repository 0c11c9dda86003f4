/**
 * Kernels that training needs on the wasm backend and TensorFlow.js lacks, has wrong or has slow, registered with it once. Those
 * with names of TensorFlow.js's own serve its gradients too; none of them is used in inference.
 */
import type { KernelFunc, Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import type { Pad } from './convolution';
import type { KernelModule, WasmBackend } from './module';
import { addressOf, floatsOf, integersOf, kernelModule, loadKernelModule, withScratch } from './module';
import { replaceSlowKernels } from './slow-kernels';
import { everyMth } from './convolution';
import {
  addN, backend_util, concat, Conv2DBackpropFilter, DepthwiseConv2dNativeBackpropFilter, DepthwiseConv2dNativeBackpropInput, engine, getKernel, MaxPoolGrad,
  registerKernel, slice, tidy, unregisterKernel, UnsortedSegmentSum, util,
} from '@tensorflow/tfjs-core';

type Inputs = Readonly<Record<string, TensorInfo>>;
type Picture = [number, number, number, number];
interface ConvolutionAttributes {
  readonly strides: number | [number, number];
  readonly dilations?: number | [number, number];
  readonly pad: Pad;
  readonly filterShape: Picture;
  readonly inputShape: Picture;
}
type Work = (inputs: Inputs, attributes: never, backend: WasmBackend, kernels: KernelModule) => TensorInfo | TensorInfo[];

let isRegistered = false;

/** After this the wasm backend can train. */
export async function prepareWasm(): Promise<void> {
  await loadKernelModule();
  if (isRegistered) return;
  isRegistered = true;
  replaceSlowKernels();
  for (const [kernelName, work] of Object.entries(kernels)) {
    if (getKernel(kernelName, 'wasm')) unregisterKernel(kernelName, 'wasm');
    const kernelFunc: KernelFunc = ({ inputs, attrs, backend }) =>
      work(inputs as unknown as Inputs, attrs as never, backend as unknown as WasmBackend, kernelModule());
    registerKernel({ kernelName, backendName: 'wasm', kernelFunc });
  }
}

/** dy where low < y < high, else 0. */
export function gate(dy: Tensor, y: Tensor, low: number, high: number): Tensor {
  return run('TrainingGate', { dy, y }, { low, high });
}

/** min(max(x · scale + shift, low), high), scale and shift by channel. */
export function scaleAndShift(x: Tensor, scale: Tensor, shift: Tensor, low: number, high: number): Tensor {
  return run('TrainingScaleAndShift', { x, scale, shift }, { low, high });
}

/** Σ x by channel. */
export function channelSums(x: Tensor): Tensor {
  return run('TrainingChannelSums', { x }, {});
}

/** Σ (x − mean)² by channel. */
export function channelSquares(x: Tensor, mean: Tensor): Tensor {
  return run('TrainingChannelSquares', { x, mean }, {});
}

/** With g = dy where low < x · scale + shift < high: [Σ g, Σ g · (x − mean)] by channel. */
export function normSums(dy: Tensor, x: Tensor, mean: Tensor, scale: Tensor, shift: Tensor, low: number, high: number): [Tensor, Tensor] {
  return run('TrainingNormSums', { dy, x, mean, scale, shift }, { low, high });
}

/** g · scale + x · slope + rest. */
export function normInputGradient(dy: Tensor, x: Tensor, scale: Tensor, shift: Tensor, slope: Tensor, rest: Tensor, low: number, high: number): Tensor {
  return run('TrainingNormInputGradient', { dy, x, scale, shift, slope, rest }, { low, high });
}

/** [kh, kw, O, I] of [kh, kw, I, O], from the last cell to the first. */
export function turnKernel(filter: Tensor): Tensor {
  return run('TrainingTurnKernel', { filter }, {});
}

function run<T extends Tensor | [Tensor, Tensor] = Tensor>(name: string, inputs: Record<string, Tensor>, attributes: Record<string, number>): T {
  return engine().runKernel<Tensor>(name, inputs, attributes) as unknown as T;
}

interface Limits {
  readonly low: number;
  readonly high: number;
}

const kernels: Readonly<Record<string, Work>> = {
  TrainingGate({ dy, y }, { low, high }: Limits, backend, { gate: work }) {
    const out = backend.makeOutput(dy!.shape, 'float32');
    work(addressOf(backend, dy!), addressOf(backend, y!), addressOf(backend, out), util.sizeFromShape(dy!.shape), low, high);
    return out;
  },
  TrainingScaleAndShift({ x, scale, shift }, { low, high }: Limits, backend, { scaleAndShift: work }) {
    const out = backend.makeOutput(x!.shape, 'float32');
    work(...[x!, scale!, shift!, out].map((tensor) => addressOf(backend, tensor)), ...rowsOf(x!), low, high);
    return out;
  },
  TrainingChannelSums({ x }, _attributes, backend, { channelSums: work }) {
    const out = backend.makeOutput(x!.shape.slice(-1), 'float32');
    work(addressOf(backend, x!), addressOf(backend, out), ...rowsOf(x!));
    return out;
  },
  TrainingChannelSquares({ x, mean }, _attributes, backend, { channelSquares: work }) {
    const out = backend.makeOutput(x!.shape.slice(-1), 'float32');
    work(...[x!, mean!, out].map((tensor) => addressOf(backend, tensor)), ...rowsOf(x!));
    return out;
  },
  TrainingNormSums({ dy, x, mean, scale, shift }, { low, high }: Limits, backend, { normSums: work }) {
    const sums = backend.makeOutput(x!.shape.slice(-1), 'float32');
    const moments = backend.makeOutput(x!.shape.slice(-1), 'float32');
    work(...[dy!, x!, mean!, scale!, shift!, sums, moments].map((tensor) => addressOf(backend, tensor)), ...rowsOf(x!), low, high);
    return [sums, moments];
  },
  TrainingNormInputGradient({ dy, x, scale, shift, slope, rest }, { low, high }: Limits, backend, { normInputGradient: work }) {
    const out = backend.makeOutput(x!.shape, 'float32');
    work(...[dy!, x!, scale!, shift!, slope!, rest!, out].map((tensor) => addressOf(backend, tensor)), ...rowsOf(x!), low, high);
    return out;
  },

  TrainingTurnKernel({ filter }, _attributes, backend, { turnKernel: work }) {
    const [height, width, inChannels, outChannels] = filter!.shape as Picture;
    const out = backend.makeOutput([height, width, outChannels, inChannels], 'float32');
    work(addressOf(backend, filter!), addressOf(backend, out), height * width, inChannels, outChannels);
    return out;
  },
  /** Rows of x, each added to the row that its number says: the gradient of an embedding. Negative numbers are left out. */
  [UnsortedSegmentSum]({ x, segmentIds }, { numSegments }: { readonly numSegments: number }, backend) {
    const out = backend.makeOutput([numSegments, ...x!.shape.slice(segmentIds!.shape.length)], 'float32');
    const [from, ids, to] = [floatsOf(backend, x!), integersOf(backend, segmentIds!), floatsOf(backend, out).fill(0)];
    const width = numSegments === 0 ? 0 : to.length / numSegments;
    ids.forEach((id, row) => {
      if (id < 0 || id >= numSegments) return;
      for (let i = 0; i < width; i++) to[id * width + i]! += from[row * width + i]!;
    });
    return out;
  },
  [MaxPoolGrad]({ dy, input }, { filterSize, strides, pad }: { filterSize: [number, number]; strides: [number, number]; pad: Pad }, backend, { maxPoolGradient: work }) {
    const out = backend.makeOutput(input!.shape, 'float32');
    const { padInfo, outHeight, outWidth } = backend_util.computePool2DInfo(input!.shape as Picture, filterSize, strides, 1, pad as 'same');
    const [window, steps] = [[filterSize].flat(), [strides].flat()];
    work(
      addressOf(backend, dy!), addressOf(backend, input!), addressOf(backend, out), ...input!.shape, outHeight, outWidth,
      window[0]!, window[1] ?? window[0]!, steps[0]!, steps[1] ?? steps[0]!, padInfo.top, padInfo.left,
    );
    return out;
  },
  [Conv2DBackpropFilter]({ x, dy }, attributes: ConvolutionAttributes, backend, { conv2dFilterGradient: work }) {
    const { filterShape } = attributes;
    const info = infoOf(x!.shape, filterShape, attributes, false);
    const out = backend.makeOutput(filterShape, 'float32');
    const xBlocks = Math.ceil((info.filterWidth * info.inChannels) / 4);
    const dyBlocks = Math.ceil(info.outChannels / 8);
    const rows = (info.filterHeight - 1) * info.dilationHeight + (info.outHeight - 1) * info.strideHeight + 1;
    const sizes = [rows * info.outWidth * 4 * xBlocks, info.outHeight * info.outWidth * 8 * dyBlocks, info.filterHeight * xBlocks * dyBlocks * 32];
    withScratch(backend, sizes, (xPanels, dyPanels, tiles) =>
      work(
        addressOf(backend, x!), addressOf(backend, dy!), addressOf(backend, out), xPanels!, dyPanels!, tiles!,
        info.batchSize, info.inHeight, info.inWidth, info.inChannels, info.outHeight, info.outWidth, info.outChannels, ...windowOf(info),
      ),
    );
    return out;
  },
  [DepthwiseConv2dNativeBackpropFilter]({ x, dy }, attributes: ConvolutionAttributes, backend, { depthwiseFilterGradient: work }) {
    const { filterShape } = attributes;
    if (filterShape[3] > 1) return tidy(() => filterGradientOfParts(x as Tensor, dy as Tensor, attributes));
    const info = infoOf(x!.shape, filterShape, attributes, true);
    const out = backend.makeOutput(filterShape, 'float32');
    work(
      ...[x!, dy!, out].map((tensor) => addressOf(backend, tensor)),
      info.batchSize, info.inHeight, info.inWidth, info.inChannels, info.outHeight, info.outWidth, ...windowOf(info),
    );
    return out;
  },
  [DepthwiseConv2dNativeBackpropInput]({ dy, filter }, attributes: ConvolutionAttributes, backend, { depthwiseInputGradient: work }) {
    const { inputShape } = attributes;
    if (filter!.shape[3]! > 1) return tidy(() => inputGradientOfParts(dy as Tensor, filter as Tensor, attributes));
    const info = infoOf(inputShape, filter!.shape, attributes, true);
    const out = backend.makeOutput(inputShape, 'float32');
    work(
      ...[dy!, filter!, out].map((tensor) => addressOf(backend, tensor)),
      info.batchSize, info.inHeight, info.inWidth, info.inChannels, info.outHeight, info.outWidth, ...windowOf(info),
    );
    return out;
  },
};

/** Several outputs a channel: one depthwise convolution for each. */
function filterGradientOfParts(x: Tensor, dy: Tensor, attributes: ConvolutionAttributes): Tensor {
  const [height, width, channels, multiplier] = attributes.filterShape;
  const one = { ...attributes, filterShape: [height, width, channels, 1] } as never;
  const parts = Array.from({ length: multiplier }, (_, m) =>
    engine().runKernel<Tensor>(DepthwiseConv2dNativeBackpropFilter, { x, dy: everyMth(dy, channels, multiplier, m) }, one),
  );
  return concat(parts, 3);
}

function inputGradientOfParts(dy: Tensor, filter: Tensor, attributes: ConvolutionAttributes): Tensor {
  const [height, width, channels, multiplier] = filter.shape as Picture;
  const parts = Array.from({ length: multiplier }, (_, m) => {
    const kernel = slice(filter, [0, 0, 0, m], [height, width, channels, 1]);
    return engine().runKernel<Tensor>(DepthwiseConv2dNativeBackpropInput, { dy: everyMth(dy, channels, multiplier, m), filter: kernel }, attributes as never);
  });
  return addN(parts);
}

function rowsOf({ shape }: TensorInfo): [rows: number, channels: number] {
  const channels = shape.at(-1) ?? 1;
  return [channels === 0 ? 0 : util.sizeFromShape(shape) / channels, channels];
}

type Info = ReturnType<typeof backend_util.computeConv2DInfo>;

function infoOf(inputShape: readonly number[], filterShape: readonly number[], { strides, dilations, pad }: ConvolutionAttributes, isDepthwise: boolean): Info {
  return backend_util.computeConv2DInfo(inputShape as Picture, filterShape as Picture, strides, dilations ?? 1, pad as 'same', undefined, isDepthwise);
}

function windowOf(info: Info): number[] {
  return [info.filterHeight, info.filterWidth, info.strideHeight, info.strideWidth, info.dilationHeight, info.dilationWidth, info.padInfo.top, info.padInfo.left];
}
