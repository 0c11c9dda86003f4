/** The constants of one integer node as integers: its kernel, its bias, and any other. */
import type { Graph, Node, ValueId } from '../../ir/graph';
import type { Quantization } from '../../ir/quantization';
import { decodeFloats, type AffineEncoding, type Tensor } from '../../ir/tensor';
import { integerRules, kernelLayoutOf, outputsPerChannel, floatConstants, type KernelLayout } from '../../ops/integer-rules';
import { gptqRoundKernel, type KernelHessian } from '../kernel-hessian';
import { isRowNode, linearLayout, meanRow, type LinearLayout } from '../linear-rows';
import { quantizeConstant } from './constants';
import { fittingEncoding, highestLevel, kernelScales, quantizeBias, quantizeKernel, smallestKernelScales, symmetricEncoding } from './kernels';

export interface LayerOptions {
  readonly weights: '8' | '4';
  readonly granularity: 'channel' | 'tensor';
  readonly rounding: 'auto' | 'nearest' | 'balanced' | 'gptq';
  readonly biasCorrection: boolean;
}

export interface LayerData {
  /** Mean input, feature by feature; null: not observed. */
  readonly inputMeans: Float64Array | null;
  /** Second moments of the input; null: not gathered. */
  readonly hessian: KernelHessian | null;
}

export interface QuantizedLayer {
  /** New tensors by the index of the input. A bias may be new. */
  readonly tensors: ReadonlyMap<number, Tensor>;
  /** What a person should know of it. */
  readonly notes: readonly string[];
}

export interface LayerGrids {
  /** Of every activation. */
  readonly dtype: 'int8' | 'int16';
  of(id: ValueId): Quantization;
  readBy(node: Node, id: ValueId): Quantization;
}

/** The rounding shifts an output by less than this share of its step: a layer without a bias gets none for that. */
const NEGLIGIBLE_SHIFT = 0.05;

export function quantizeLayer(graph: Graph, node: Node, options: LayerOptions, grids: LayerGrids, data: LayerData): QuantizedLayer {
  const tensors = new Map<number, Tensor>();
  const notes: string[] = [];
  const layout = kernelLayoutOf(node);
  for (const { index, id } of floatConstants(graph, node)) {
    if (layout && (index === layout.kernel || index === layout.bias)) continue;
    const shared = integerRules[node.op].kind === 'same' ? grids.of(node.outputs[0]!) : undefined;
    tensors.set(index, quantizeConstant(graph.values[id]!.tensor!, grids.dtype, shared, node.op === 'batch-matmul'));
  }
  if (!layout) return { tensors, notes };

  const kernel = graph.values[node.inputs[layout.kernel]!]!.tensor!;
  const biasId = node.inputs[layout.bias];
  const bias = biasId ? decodeFloats(graph.values[biasId]!.tensor!) : null;
  const inputScale = grids.readBy(node, node.inputs[0]!).scale;
  const outputScale = grids.of(node.outputs[0]!).scale;
  const smallestScale = smallestKernelScales(bias, outputsOf(node, kernel), inputScale, outputScale);
  const rescale = grids.dtype === 'int8' ? inputScale / outputScale : null;
  const encoding = encodeKernel(node, kernel, layout, options, data, { smallestScale, rescale }, notes);
  const quantized: Tensor = { ...kernel, encoding };
  tensors.set(layout.kernel, quantized);

  const corrected = options.biasCorrection ? correctBias(graph, node, kernel, quantized, bias, outputScale, data) : bias;
  if (corrected) tensors.set(layout.bias, quantizeBias(corrected, inputScale, node, quantized));
  return { tensors, notes };
}

function encodeKernel(
  node: Node,
  kernel: Tensor,
  layout: KernelLayout,
  options: LayerOptions,
  { hessian }: LayerData,
  { smallestScale, rescale }: { readonly smallestScale: Float64Array; readonly rescale: number | null },
  notes: string[],
): AffineEncoding {
  const fitting = fittingEncoding(kernel, layout);
  if (fitting && fitting.scale.every((scale, g) => scale >= smallestFor(smallestScale, g, fitting.scale.length))) return fitting;
  const bits = options.weights === '4' && layout.int4 ? 4 : 8;
  if (options.weights === '4' && bits === 8) notes.push(`${node.op} has no kernel for 4-bit weights`);
  // Channels with all levels of 8 bits have small factors, of which runtimes round few sums otherwise.
  const agreeing = rescale !== null && (options.weights === '4' || options.granularity === 'tensor') ? { rescale } : {};
  const request = { bits, granularity: options.granularity, rounding: options.rounding === 'nearest' ? 'nearest' : 'balanced', smallestScale, ...agreeing } as const;
  if (!hessian) return quantizeKernel(kernel, layout, request);
  const { scale, axis } = kernelScales(kernel, layout, request);
  const share = outputsPerChannel(node, kernel.shape);
  const perOutput = scale.length === 1 ? scale : Float32Array.from({ length: outputsOf(node, kernel) }, (_, o) => scale[Math.floor(o / share)]!);
  const { values, reason } = gptqRoundKernel(decodeFloats(kernel), hessian, { scale: perOutput, highest: highestLevel(bits) });
  if (reason === null) return symmetricEncoding(values, scale, axis, bits);
  notes.push(reason);
  return quantizeKernel(kernel, layout, request);
}

/**
 * What rounding a kernel adds to each output on average, Σ_k (q_k · s − w_k) · E[x_k] with E[x_k] the mean input of each cell of the window
 * (padding included), is taken off the bias (Nagel et al. 2019, arXiv 1906.04721, section 4.2; Finkelstein et al. 2019, arXiv 1906.03193).
 */
function correctBias(graph: Graph, node: Node, kernel: Tensor, quantized: Tensor, bias: Float32Array | null, outputScale: number, data: LayerData): Float32Array | null {
  const shape = graph.values[node.inputs[0]!]!.shape;
  if (!data.inputMeans || !shape || !isRowNode(graph, node)) return bias;
  const meansShape = featureShape(shape, data.inputMeans.length);
  if (!meansShape) return bias;
  const means = { shape: meansShape, dtype: 'float32', data: Float32Array.from(data.inputMeans) } as const;
  const errors = meanErrors(meanRow(node, kernel.shape, means), decodeFloats(kernel), quantized.encoding as AffineEncoding, {
    ...linearLayout(node, kernel.shape),
    channels: meansShape.at(-1)!,
    share: outputsPerChannel(node, kernel.shape),
  });
  if (!bias && errors.every((error) => Math.abs(error) < NEGLIGIBLE_SHIFT * outputScale)) return null;
  return Float32Array.from(errors, (error, o) => (bias?.[o] ?? 0) - error);
}

/** The row times what rounding added, as `rowTimesKernel` has it, in float32 steps; one walk, because kernels are large. */
function meanErrors(
  row: Float64Array,
  floats: Float32Array,
  { values, scale }: AffineEncoding,
  { groups, rowLength, outputs, outputsPerGroup, channels, share }: LinearLayout & { readonly channels: number; readonly share: number },
): Float64Array {
  const perGroup = channels / groups;
  const steps = Float32Array.from({ length: outputs }, (_, o) => scale[scale.length === 1 ? 0 : Math.floor(o / share)]!);
  const errors = new Float64Array(outputs);
  for (let k = 0; k < rowLength; k++) {
    const from = Math.floor(k / perGroup) * channels + (k % perGroup);
    for (let group = 0; group < groups; group++) {
      const x = row[from + group * perGroup]!;
      if (x === 0) continue;
      for (let o = group * outputsPerGroup; o < (group + 1) * outputsPerGroup; o++) {
        const i = k * outputs + o;
        errors[o]! += Math.fround(Math.fround(values[i]! * steps[o]!) - floats[i]!) * x;
      }
    }
  }
  return errors;
}

/** [1, …]: the value's shape with its one free dimension as the number of features says; undefined when two are free. */
function featureShape(shape: readonly number[], features: number): number[] | undefined {
  const inner = shape.slice(1);
  const free = inner.filter((size) => size < 0).length;
  const known = inner.reduce((product, size) => (size < 0 ? product : product * size), 1);
  if (free > 1) return undefined;
  const filled = [1, ...inner.map((size) => (size < 0 ? features / known : size))];
  return filled.reduce((product, size) => product * size, 1) === features ? filled : undefined;
}

/** Channels that a layer gives. */
export function outputsOf(node: Node, kernel: Tensor): number {
  const { shape } = kernel;
  if (node.op === 'depthwise-conv2d') return shape[2]! * shape[3]!;
  return node.op === 'transpose-conv2d' ? shape.at(-2)! : shape.at(-1)!;
}

function smallestFor(smallest: Float64Array, group: number, groups: number): number {
  const share = smallest.length / groups;
  return smallest.subarray(group * share, (group + 1) * share).reduce((most, value) => Math.max(most, value), 0);
}
