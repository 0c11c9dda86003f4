/**
 * Weights in every encoding beside float activations: what LiteRT computes from the written file against a file with the
 * same numbers as float32. Hybrid kernels round the activations to 8 bits while they run; everything else is exact.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { decodeModel } from '../../../src/formats/tflite/decode';
import { defaultsOf } from '../../../src/options/options';
import { tfliteOptions } from '../../../src/formats/tflite/meta';
import { writeTflite } from '../../../src/formats/tflite/write';
import type { Graph, Node, Value } from '../../../src/ir/graph';
import { decodeFloats, float32Tensor, type AffineEncoding, type Shape, type Tensor } from '../../../src/ir/tensor';
import { floatsToHalves } from '../../../src/lib/half';
import { createRandom } from '../../../src/lib/random';
import type { FileBackend } from '../../../src/runtime/backend';
import { largestDifference } from '../keras-case';
import { runWritten, startLiteRt } from './run-written';

/** Sums in another order. */
const EXACT = 1e-5;
/** 8-bit activations: half a step of 1/255 of their range, over sums that mostly cancel. */
const HYBRID = 0.02;

const random = createRandom(11);
const sizeOf = (shape: Shape): number => shape.reduce((product, size) => product * size, 1);
const draw = (shape: Shape): Float32Array => Float32Array.from({ length: sizeOf(shape) }, () => random.normal());

interface Layer {
  readonly name: string;
  readonly op: 'conv2d' | 'depthwise-conv2d' | 'dense' | 'transpose-conv2d';
  readonly x: Shape;
  readonly kernel: Shape;
  readonly outputAxis: number;
  readonly attributes: object;
}

const plane = { strides: [1, 1], padding: 'same', dilations: [1, 1], groups: 1, activation: 'none', outputPadding: null };
const layers: readonly Layer[] = [
  { name: 'convolution', op: 'conv2d', x: [1, 9, 9, 16], kernel: [3, 3, 16, 24], outputAxis: 3, attributes: plane },
  { name: 'convolution of points, relu', op: 'conv2d', x: [1, 9, 9, 16], kernel: [1, 1, 16, 24], outputAxis: 3, attributes: { ...plane, strides: [2, 2], activation: 'relu' } },
  { name: 'dilated convolution', op: 'conv2d', x: [1, 9, 9, 16], kernel: [3, 3, 16, 24], outputAxis: 3, attributes: { ...plane, dilations: [2, 2] } },
  { name: 'convolution in groups', op: 'conv2d', x: [1, 9, 9, 16], kernel: [3, 3, 4, 24], outputAxis: 3, attributes: { ...plane, groups: 4 } },
  { name: 'a group a channel', op: 'conv2d', x: [1, 9, 9, 16], kernel: [3, 3, 1, 32], outputAxis: 3, attributes: { ...plane, groups: 16 } },
  { name: 'depthwise', op: 'depthwise-conv2d', x: [1, 9, 9, 16], kernel: [3, 3, 16, 1], outputAxis: 2, attributes: plane },
  { name: 'depthwise, twice the channels', op: 'depthwise-conv2d', x: [1, 9, 9, 16], kernel: [3, 3, 16, 2], outputAxis: 2, attributes: plane },
  { name: 'dense', op: 'dense', x: [3, 63], kernel: [63, 30], outputAxis: 1, attributes: { activation: 'relu' } },
  { name: 'dense over sequences', op: 'dense', x: [2, 5, 64], kernel: [64, 30], outputAxis: 1, attributes: { activation: 'none' } },
  { name: 'transposed convolution', op: 'transpose-conv2d', x: [1, 5, 5, 16], kernel: [3, 3, 8, 16], outputAxis: 2, attributes: { ...plane, strides: [2, 2] } },
];

interface Kind {
  readonly name: string;
  readonly make: (shape: Shape, outputAxis: number) => Tensor;
}

const kinds: readonly Kind[] = [
  ...([8, 4, 2] as const).flatMap((bits): Kind[] => [
    { name: `int${bits}, a scale a tensor`, make: (shape) => affine(shape, { bits, axis: null }) },
    { name: `int${bits}, a scale an output`, make: (shape, axis) => affine(shape, { bits, axis }) },
    { name: `int${bits} with a zero point`, make: (shape, axis) => affine(shape, { bits, axis, zeroPoint: 1 }) },
    { name: `uint${bits}`, make: (shape) => affine(shape, { bits, axis: null, signed: false, zeroPoint: 2 ** (bits - 1) }) },
    { name: `uint${bits}, a scale an output`, make: (shape, axis) => affine(shape, { bits, axis, signed: false, zeroPoint: 2 ** (bits - 1) }) },
  ]),
  { name: 'uint8 with a zero point beyond its codes', make: (shape) => affine(shape, { bits: 8, axis: null, signed: false, zeroPoint: -2 }) },
  { name: 'uint8 with a zero point between two codes', make: (shape) => affine(shape, { bits: 8, axis: null, signed: false, zeroPoint: 100.25 }) },
  { name: 'int8, scales along the first axis', make: (shape) => affine(shape, { bits: 8, axis: 0 }) },
  { name: 'int16', make: (shape) => affine(shape, { bits: 16, axis: null }) },
  { name: 'int16, a scale an output', make: (shape, axis) => affine(shape, { bits: 16, axis }) },
  { name: 'int8 in blocks', make: (shape) => blocks(shape) },
  { name: 'a palette', make: (shape) => palette(shape) },
  { name: 'float16', make: (shape) => ({ dtype: 'float32', shape, encoding: { kind: 'dense', storage: 'float16', data: floatsToHalves(draw(shape)) } }) },
];

let backend: FileBackend;
beforeAll(async () => {
  backend = await startLiteRt();
});

describe.each(kinds)('weights as $name', ({ make }) => {
  it.each(layers.flatMap((layer) => [{ ...layer, bias: true }, { ...layer, bias: false }]))('$name, with a bias: $bias', async ({ bias, ...layer }) => {
    const kernel = make(layer.kernel, layer.outputAxis);
    const [stored, floats] = [graphOf(layer, kernel, bias), graphOf(layer, float32Tensor(kernel.shape, decodeFloats(kernel)), bias)];
    const inputs = [{ shape: layer.x, dtype: 'float32' as const, data: draw(layer.x) }];
    const { files } = await writeTflite(stored, defaultsOf(tfliteOptions), undefined);
    const { tensors, operators } = decodeModel(files[0]!.bytes).subgraphs[0]!;
    const isHybrid = operators.some(({ op, inputs: read }) => op !== 'DEQUANTIZE' && ['INT8', 'INT4', 'INT2'].includes(tensors[read[1]!]?.type ?? ''));
    const [actual, wanted] = [await runWritten(backend, stored, inputs), await runWritten(backend, floats, inputs)];
    expect(largestDifference(wanted[0]!.data, actual[0]!.data)).toBeLessThanOrEqual(isHybrid ? HYBRID : EXACT);
    expect(isHybrid).toBe(hasHybridKernel(layer, kernel));
  });
});

it.each([{ signed: true, zeroPoint: 3 }, { signed: false, zeroPoint: 120 }])('an embedding of 8 bits is picked from before it becomes floats: $signed', async (kind) => {
  const table = affine([20, 6], { bits: 8, axis: null, ...kind });
  const graph = embeddingOf(table);
  const inputs = [{ shape: [2, 3], dtype: 'int32' as const, data: Int32Array.of(0, 19, 7, 7, 3, 1) }];
  const { files } = await writeTflite(graph, defaultsOf(tfliteOptions), undefined);
  expect(decodeModel(files[0]!.bytes).subgraphs[0]!.operators.map(({ op }) => op)).toEqual(['GATHER', 'DEQUANTIZE']);
  const wanted = await runWritten(backend, embeddingOf(float32Tensor(table.shape, decodeFloats(table))), inputs);
  expect(largestDifference(wanted[0]!.data, (await runWritten(backend, graph, inputs))[0]!.data)).toBeLessThanOrEqual(EXACT);
});

it('says which weights it stores as float32, and why', async () => {
  const written = await writeTflite(graphOf(layers[0]!, palette(layers[0]!.kernel), true), defaultsOf(tfliteOptions), undefined);
  expect(written.diagnostics).toEqual([{ level: 'warning', message: '"kernel" is stored as float32: TensorFlow Lite has no palettes.', subject: 'kernel' }]);
});

it('keeps the packed size of 4-bit weights', async () => {
  const layer = layers[8]!;
  const [four, eight] = await Promise.all(
    ([4, 8] as const).map(async (bits) => (await writeTflite(graphOf(layer, affine(layer.kernel, { bits, axis: 1 }), true), defaultsOf(tfliteOptions), undefined)).files[0]!.bytes.length),
  );
  expect(eight! - four!).toBeGreaterThanOrEqual(sizeOf(layer.kernel) / 2 - 32);
});

/** Symmetric integers along the outputs, for the operators and bits that were found right in every runtime. */
function hasHybridKernel(layer: Layer, { encoding, shape }: Tensor): boolean {
  if (encoding.kind !== 'affine' || encoding.blockSize !== null) return false;
  const middle = encoding.signed ? 0 : 2 ** (encoding.bits - 1);
  if (encoding.zeroPoint.some((point) => point !== middle) || (encoding.bits === 8 && encoding.values.includes(middle - 128))) return false;
  if (encoding.axis !== null && encoding.axis !== layer.outputAxis && encoding.scale.length > 1) return false;
  const isDepthwise = layer.op === 'depthwise-conv2d' || (layer.op === 'conv2d' && shape[2] === 1);
  // With one scale it stays unsigned.
  if (!encoding.signed && encoding.bits === 8 && encoding.scale.length === 1 && !isDepthwise) return false;
  if (isDepthwise) return encoding.bits === 8;
  if (layer.op === 'dense') return encoding.bits <= 8;
  return layer.op === 'conv2d' && shape[2] === layer.x[3] && (encoding.bits === 8 || encoding.bits === 4);
}

function affine(shape: Shape, given: Pick<AffineEncoding, 'bits' | 'axis'> & { readonly signed?: boolean; readonly zeroPoint?: number }): Tensor {
  const { bits, axis, signed = true, zeroPoint = 0 } = given;
  const count = axis === null ? 1 : shape[axis]!;
  const half = 2 ** (bits - 1);
  const [lowest, highest] = signed ? [-half + 1, half - 1] : [0, 2 * half - 1];
  const integers = Array.from({ length: sizeOf(shape) }, () => Math.round(lowest + (highest - lowest) * random.uniform()));
  const values = bits === 16 ? Int16Array.from(integers) : signed ? Int8Array.from(integers) : Uint8Array.from(integers);
  const scale = Float32Array.from({ length: count }, () => 0.01 + 0.02 * random.uniform());
  const encoding: AffineEncoding = { kind: 'affine', bits, signed, values, scale, zeroPoint: new Float64Array(count).fill(zeroPoint), axis, blockSize: null };
  return { dtype: 'float32', shape, encoding };
}

function blocks(shape: Shape): Tensor {
  const axis = shape.length - 1;
  const { encoding } = affine(shape, { bits: 8, axis: null });
  const count = (sizeOf(shape) / shape[axis]!) * 2;
  const scale = Float32Array.from({ length: count }, () => 0.01 + 0.02 * random.uniform());
  const blocked = { ...encoding, axis, blockSize: Math.ceil(shape[axis]! / 2), scale, zeroPoint: new Float64Array(count) };
  return shape[axis] === 1 ? affine(shape, { bits: 16, axis: 0 }) : { dtype: 'float32', shape, encoding: blocked as AffineEncoding };
}

function palette(shape: Shape): Tensor {
  const indices = Uint8Array.from({ length: sizeOf(shape) }, () => Math.floor(16 * random.uniform()));
  return { dtype: 'float32', shape, encoding: { kind: 'palette', bits: 4, indices, codebook: draw([16]), codebookStorage: 'float32', axis: null } };
}

function embeddingOf(tensor: Tensor): Graph {
  const values: Record<string, Value> = {
    x: { id: 'x', name: 'x', dtype: 'int32', shape: [2, 3] },
    y: { id: 'y', name: 'y', dtype: 'float32', shape: null },
    table: { id: 'table', name: 'table', dtype: 'float32', shape: tensor.shape, tensor },
  };
  const node: Node = { id: 'words', name: 'words', op: 'gather', inputs: ['table', 'x'], outputs: ['y'], attributes: { axis: 0, batchDims: 0 } };
  return { name: 'net', inputs: ['x'], outputs: ['y'], inputNames: ['x'], outputNames: ['y'], nodes: [node], values, source: { format: 'test', producer: '' } };
}

function graphOf({ op, x, attributes, kernel, outputAxis }: Layer, tensor: Tensor, hasBias: boolean): Graph {
  const outputs = op === 'depthwise-conv2d' ? kernel[2]! * kernel[3]! : kernel[outputAxis]!;
  const bias = float32Tensor([outputs], Float32Array.from({ length: outputs }, (_, i) => Math.sin(i)));
  const values: Record<string, Value> = {
    x: { id: 'x', name: 'x', dtype: 'float32', shape: x },
    y: { id: 'y', name: 'y', dtype: 'float32', shape: null },
    kernel: { id: 'kernel', name: 'kernel', dtype: 'float32', shape: kernel, tensor },
    ...(hasBias ? { bias: { id: 'bias', name: 'bias', dtype: 'float32', shape: [outputs], tensor: bias } } : {}),
  };
  const node = { id: 'layer', name: 'layer', op, inputs: hasBias ? ['x', 'kernel', 'bias'] : ['x', 'kernel'], outputs: ['y'], attributes } as unknown as Node;
  return { name: 'net', inputs: ['x'], outputs: ['y'], inputNames: ['x'], outputNames: ['y'], nodes: [node], values, source: { format: 'test', producer: '' } };
}
