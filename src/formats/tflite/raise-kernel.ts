/**
 * Kernels and biases of linear operators.
 *
 * 1. Integer node: integers in the file's layout, their scales along its output channels; the bias int32 (int64 beside
 *    16-bit activations).
 * 2. Float node, affine kernel that a hybrid kernel of the runtime takes (it quantizes the activations itself, at run
 *    time): the integers as they are.
 * 3. Any other float node: floats, through DEQUANTIZE where they are stored in fewer bits.
 * 4. A kernel that is computed by the graph: transposed by the graph.
 */
import { decodeFloats, float32Tensor, type AffineEncoding, type Tensor } from '../../ir/tensor';
import type { TensorType } from './flat-model';
import type { RaisingContext } from './raise-context';
import { asItLies, bytesOf, storageProblem, storeConstant, storeFloats, type Layout } from './raise-constant';

/** Which integer kernels an operator computes with float activations, right in every runtime that was tried. */
export interface HybridKernels {
  readonly types: readonly TensorType[];
  /** The output channels in the file's layout. */
  readonly axis: number;
  /** How the kernel wants it, when that is not the layout of its floats. */
  readonly layout?: Layout;
}

export function kernelInput(context: RaisingContext, layout: Layout, hybrid?: HybridKernels): number {
  const tensor = context.tensor(1);
  if (!tensor) return computedKernel(context, layout);
  if (!context.isInteger && hybrid && isHybrid(tensor, hybrid.layout ?? layout, hybrid)) return context.stored(1, hybrid.layout ?? layout);
  return context.constant(1, layout);
}

/**
 * No tensor when there is no bias and `isOptional`: the kernels of convolutions insist on one (depthwise ones crash without),
 * so those get zeros.
 */
export function biasInput(context: RaisingContext, channels: number, kernel: number, isOptional = false): readonly number[] {
  if (!context.has(2)) return isOptional ? [] : [zeroBias(context, channels, kernel)];
  const tensor = context.tensor(2);
  const layout = asItLies([channels]);
  if (!tensor) return [context.x(2)];
  if (context.isInteger) return [integerBias(context, tensor, channels)];
  if (tensor.shape.reduce((product, size) => product * size, 1) === channels) return [context.constant(2, layout)];
  const repeated = float32Tensor([channels], new Float32Array(channels).fill(decodeFloats(tensor)[0]!));
  return [context.builder.addTensor({ name: '', ...storeFloats(repeated, layout) })];
}

export function isHybridKernel(context: RaisingContext, kernel: number): boolean {
  return !context.isInteger && context.builder.tensor(kernel).type !== 'FLOAT32';
}

function isHybrid(tensor: Tensor, layout: Layout, { types, axis }: HybridKernels): boolean {
  const { encoding } = tensor;
  if (encoding.kind !== 'affine' || storageProblem(tensor)) return false;
  const { type, quantization } = storeConstant(tensor, layout);
  // Two products of −128 overflow the 16 bits that kernels of ARM processors add them in.
  if (encoding.bits === 8 && encoding.values.includes(encoding.signed ? -128 : 0)) return false;
  if (!types.includes(type) || !quantization || quantization.zeroPoint.some((point) => point !== 0)) return false;
  return quantization.scale.length === 1 || quantization.axis === axis;
}

function computedKernel(context: RaisingContext, { shape, permutation }: Layout): number {
  if (context.isInteger) return context.refuse('its kernel is computed by the graph, and integer kernels must be constants');
  const kernel = context.inner('float32', shape);
  if (permutation) context.emit('TRANSPOSE', [context.x(1), context.integers(permutation)], [kernel]);
  else context.emit('RESHAPE', [context.x(1), context.integers(shape)], [kernel]);
  return kernel;
}

function zeroBias(context: RaisingContext, channels: number, kernel: number): number {
  const grid = context.grid(0);
  if (!grid) return context.floats(new Array<number>(channels).fill(0), [channels]);
  const { scale } = context.builder.tensor(kernel).quantization!;
  const isWide = grid.dtype === 'int16';
  return context.builder.addTensor({
    name: '',
    type: isWide ? 'INT64' : 'INT32',
    shape: [channels],
    quantization: { scale: scale.map((one) => one * grid.scale), zeroPoint: Array.from(scale, () => 0), axis: 0 },
    bytes: () => new Uint8Array(channels * (isWide ? 8 : 4)),
  });
}

function integerBias(context: RaisingContext, { encoding }: Tensor, channels: number): number {
  const isWide = context.grid(0)?.dtype === 'int16';
  if (encoding.kind !== 'affine' || encoding.bits !== 32 || encoding.values.length !== channels) {
    return context.refuse('its bias is not on the integer grid of its products; apply Quantize to integers to the whole layer');
  }
  const { scale, zeroPoint } = encoding;
  return context.builder.addTensor({
    name: '',
    type: isWide ? 'INT64' : 'INT32',
    shape: [channels],
    quantization: { scale, zeroPoint: Array.from(zeroPoint), axis: 0 },
    bytes: () => integerBytes(encoding, isWide),
  });
}

function integerBytes({ values }: AffineEncoding, isWide: boolean): Uint8Array {
  return bytesOf(isWide ? BigInt64Array.from(values as Int32Array, BigInt) : Int32Array.from(values));
}
