import { describe, expect, it } from 'vitest';
import type { FlatModel, FlatOperator, FlatTensor } from '../../../src/formats/tflite/flat-model';
import { lowerModel } from '../../../src/formats/tflite/lower';
import type { Graph } from '../../../src/ir/graph';
import type { AffineEncoding, Tensor } from '../../../src/ir/tensor';
import { bytesOf, flatModel, flatOperator, flatTensor } from './flat-models';

const lower = (model: FlatModel): Graph => lowerModel(model, 'model.tflite', 'model').graph;
const refusal = (model: FlatModel): Error => {
  try {
    lower(model);
  } catch (error) {
    return error as Error;
  }
  throw new Error('The model was read.');
};

const grid = (scale: number, zeroPoint = 0) => ({ scale: Float32Array.of(scale), zeroPoint: [zeroPoint], axis: 0 });
const scales = (list: readonly number[], axis: number) => ({ scale: Float32Array.from(list), zeroPoint: list.map(() => 0), axis });

/** x [1, 4, 4, 2] through one convolution whose filter is given. */
function convolution(op: 'CONV_2D' | 'DEPTHWISE_CONV_2D', filter: FlatTensor, outputs: number, activations: Partial<FlatTensor> = {}, bias?: FlatTensor): FlatModel {
  const tensors = [
    flatTensor({ shape: [1, 4, 4, 2], ...activations }),
    filter,
    flatTensor({ shape: [1, 4, 4, outputs], ...activations }),
    ...(bias ? [bias] : []),
  ];
  const options = { table: `${op}Options`, fields: { padding: 0, strideW: 1, strideH: 1, fusedActivationFunction: 1, dilationWFactor: 1, dilationHFactor: 1 } };
  return flatModel(tensors, [flatOperator(op, [0, 1, bias ? 3 : -1], [2], { options })], [0], [2]);
}

const kernelOf = (graph: Graph): Tensor => graph.values[graph.nodes[0]!.inputs[1]!]!.tensor!;
const affineOf = (tensor: Tensor): AffineEncoding => tensor.encoding as AffineEncoding;
const counting = (length: number): Int8Array => Int8Array.from({ length }, (_, i) => i);

describe('constants keep their encoding', () => {
  it('a filter [O, kh, kw, I] of integers becomes [kh, kw, I, O] with its scales along O', () => {
    const filter = flatTensor({ name: 'w', type: 'INT8', shape: [3, 1, 2, 2], data: bytesOf(counting(12)), quantization: scales([0.1, 0.2, 0.3], 0) });
    const kernel = kernelOf(lower(convolution('CONV_2D', filter, 3)));
    expect(kernel.shape).toEqual([1, 2, 2, 3]);
    expect([...affineOf(kernel).values]).toEqual([0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11]);
    expect(affineOf(kernel)).toMatchObject({ bits: 8, signed: true, axis: 3, blockSize: null });
  });

  it('a depthwise filter has its scales along the channels', () => {
    const filter = flatTensor({ type: 'INT8', shape: [1, 1, 2, 2], data: bytesOf(counting(4)), quantization: scales([0.1, 0.2], 3) });
    const kernel = kernelOf(lower(convolution('DEPTHWISE_CONV_2D', filter, 2)));
    expect(kernel.shape).toEqual([1, 2, 2, 1]);
    expect(affineOf(kernel).axis).toBe(2);
  });

  it('scales of the outputs of a depthwise filter with a multiplier stand for columns of it, or make groups of an integer one', () => {
    const filter = flatTensor({ type: 'INT8', shape: [1, 2, 1, 4], data: bytesOf(counting(8)), quantization: scales([0.1, 0.2, 0.3, 0.4], 3) });
    const hybrid = lower(convolution('DEPTHWISE_CONV_2D', filter, 4));
    expect(hybrid.nodes[0]!.op).toBe('depthwise-conv2d');
    expect(kernelOf(hybrid).shape).toEqual([2, 1, 2, 2]);
    expect(affineOf(kernelOf(hybrid))).toMatchObject({ axis: 0, blockSize: 2 });
    const integer = lower(convolution('DEPTHWISE_CONV_2D', filter, 4, { type: 'INT8', quantization: grid(0.5) }));
    expect(integer.nodes[0]).toMatchObject({ op: 'conv2d', attributes: { groups: 2 } });
    expect(kernelOf(integer).shape).toEqual([2, 1, 1, 4]);
    expect(affineOf(kernelOf(integer)).axis).toBe(3);
  });

  it('an int32 bias without a scale gets the one of the products', () => {
    const filter = flatTensor({ type: 'INT8', shape: [3, 1, 1, 2], data: bytesOf(counting(6)), quantization: scales([0.5, 0.25, 2], 0) });
    const bias = flatTensor({ type: 'INT32', shape: [3], data: bytesOf(Int32Array.of(5, -6, 7)) });
    const graph = lower(convolution('CONV_2D', filter, 3, { type: 'INT8', quantization: grid(0.5) }, bias));
    const encoding = affineOf(graph.values[graph.nodes[0]!.inputs[2]!]!.tensor!);
    expect(encoding).toMatchObject({ bits: 32, axis: 0 });
    expect([...encoding.scale]).toEqual([0.25, 0.125, 1]);
  });

  it('a 64-bit bias is kept in 32 bits where it fits, and refused where it does not', () => {
    const filter = flatTensor({ type: 'INT8', shape: [1, 1, 1, 2], data: bytesOf(counting(2)), quantization: grid(1) });
    const withBias = (value: bigint) =>
      convolution('CONV_2D', filter, 1, { type: 'INT16', quantization: grid(1) }, flatTensor({ name: 'b', type: 'INT64', shape: [1], data: bytesOf(BigInt64Array.of(value)), quantization: grid(1) }));
    const graph = lower(withBias(-7n));
    expect([...affineOf(graph.values[graph.nodes[0]!.inputs[2]!]!.tensor!).values]).toEqual([-7]);
    expect(refusal(withBias(2n ** 31n))).toMatchObject({ name: 'UnsupportedError', message: expect.stringMatching(/"b".*2147483648.*32/) });
  });

  it('4-bit integers stand two a byte, the first in the low half; 2-bit ones four', () => {
    const unpacked = (type: 'INT4' | 'INT2' | 'UINT4', data: Uint8Array): readonly number[] => {
      const weights = flatTensor({ type, shape: [1, 3], data, quantization: grid(1) });
      const graph = lower(flatModel([flatTensor(), weights, flatTensor(), flatTensor()], [flatOperator('DEQUANTIZE', [1], [2]), flatOperator('ADD', [0, 2], [3])], [0], [3]));
      return [...affineOf(graph.values[graph.nodes[0]!.inputs[1]!]!.tensor!).values];
    };
    expect(unpacked('INT4', Uint8Array.of(0x8f, 0x07))).toEqual([-1, -8, 7]);
    expect(unpacked('UINT4', Uint8Array.of(0x8f, 0x07))).toEqual([15, 8, 7]);
    expect(unpacked('INT2', Uint8Array.of(0b00_01_10_11))).toEqual([-1, -2, 1]);
  });

  it('a half-float constant that two operators decode is one constant', () => {
    const half = flatTensor({ name: 'h', type: 'FLOAT16', shape: [3], data: bytesOf(Uint16Array.of(0x3c00, 0xc000, 0x3800)) });
    const tensors = [flatTensor(), half, flatTensor(), flatTensor(), flatTensor(), flatTensor()];
    const operators = [flatOperator('DEQUANTIZE', [1], [2]), flatOperator('DEQUANTIZE', [1], [3]), flatOperator('ADD', [0, 2], [4]), flatOperator('MUL', [4, 3], [5])];
    const graph = lower(flatModel(tensors, operators, [0], [5]));
    expect(graph.nodes.map((node) => node.op)).toEqual(['add', 'mul']);
    expect(graph.nodes[0]!.inputs[1]).toBe(graph.nodes[1]!.inputs[1]);
    expect(graph.values.h!.tensor!.encoding).toMatchObject({ storage: 'float16' });
  });
});

describe('grids', () => {
  it('of inputs and outputs stand on their values, and quantize nodes change them', () => {
    const tensors = [
      flatTensor({ name: 'x' }),
      flatTensor({ name: 'q', type: 'INT8', quantization: grid(0.5, -3) }),
      flatTensor({ name: 'r', type: 'UINT8', quantization: grid(0.25, 128) }),
    ];
    const graph = lower(flatModel(tensors, [flatOperator('QUANTIZE', [0], [1]), flatOperator('QUANTIZE', [1], [2])], [0], [2]));
    expect(graph.nodes.map((node) => node.op)).toEqual(['quantize', 'quantize']);
    expect(graph.values.x!.quantization).toBeUndefined();
    expect(graph.values.q!.quantization).toEqual({ dtype: 'int8', scale: 0.5, zeroPoint: -3 });
    expect(graph.values.r).toMatchObject({ dtype: 'float32', quantization: { dtype: 'uint8', scale: 0.25, zeroPoint: 128 } });
  });

  it.each([
    ['no scale above 0', grid(0)],
    ['a zero point past the integers', grid(1, 300)],
  ])('with %s are damage', (_, quantization) => {
    const model = flatModel([flatTensor({ name: 'q', type: 'INT8', quantization }), flatTensor()], [flatOperator('DEQUANTIZE', [0], [1])], [0], [1]);
    expect(refusal(model)).toMatchObject({ name: 'FormatError', message: expect.stringContaining('"q"') });
  });
});

describe('names and shapes', () => {
  const relu = flatOperator('RELU', [0], [1]);

  it('come from the signature, or else from the tensors', () => {
    const tensors = [flatTensor({ name: 'serving_default_x:0' }), flatTensor({ name: 'StatefulPartitionedCall:0' })];
    const signature = { key: 'serving_default', subgraph: 0, inputs: [{ name: 'image', tensor: 0 }], outputs: [{ name: 'scores', tensor: 1 }] };
    expect(lower(flatModel(tensors, [relu], [0], [1], { signatures: [signature] }))).toMatchObject({ inputNames: ['image'], outputNames: ['scores'] });
    expect(lower(flatModel(tensors, [relu], [0], [1]))).toMatchObject({ inputNames: ['serving_default_x:0'], outputNames: ['StatefulPartitionedCall:0'] });
  });

  it('are made unique, and made up where there are none', () => {
    const graph = lower(flatModel([flatTensor({ name: 'a' }), flatTensor({ name: 'a' }), flatTensor()], [relu, flatOperator('EXP', [0], [2])], [0], [1, 2]));
    expect(new Set(Object.keys(graph.values)).size).toBe(3);
    expect(new Set(graph.outputNames).size).toBe(2);
    expect(new Set(graph.nodes.map((node) => node.name)).size).toBe(2);
  });

  it('hold no key that a record would not', () => {
    const graph = lower(flatModel([flatTensor({ name: '__proto__' }), flatTensor({ name: 'constructor' })], [relu], [0], [1]));
    expect(Object.keys(graph.values)).toHaveLength(2);
  });

  it('leave open what the file leaves open', () => {
    const open = flatTensor({ shape: [1, 3], shapeSignature: [-1, 3] });
    const graph = lower(flatModel([open, open], [relu], [0], [1]));
    expect(graph.values[graph.outputs[0]!]!.shape).toEqual([-1, 3]);
  });
});

describe('what a person is told', () => {
  const notes = (model: FlatModel): readonly string[] => lowerModel(model, 'model.tflite', 'model').diagnostics.map(({ message }) => message);
  const relu = flatOperator('RELU', [0], [1]);

  it('names signatures that are left behind, and keeps one with the metadata of others', () => {
    const metadata = ['TFLITE_METADATA', 'min_runtime_version'].map((name) => ({ name, data: Uint8Array.of(1) }));
    const signatures = ['encode', 'decode'].map((key) => ({ key, subgraph: 0, inputs: [{ name: 'x', tensor: 0 }], outputs: [{ name: 'y', tensor: 1 }] }));
    const model = flatModel([flatTensor(), flatTensor()], [relu], [0], [1], { metadata, signatures });
    expect(notes(model)).toEqual([expect.stringMatching(/"encode" is kept; left behind: decode/)]);
    expect(lowerModel(model, 'model.tflite', 'model').graph.source).toMatchObject({
      signatureKey: 'encode',
      metadata: [{ name: 'TFLITE_METADATA', data: Uint8Array.of(1) }],
    });
  });

  it('counts the graphs that are not read', () => {
    const one = flatModel([flatTensor(), flatTensor()], [relu], [0], [1]);
    expect(notes({ ...one, subgraphs: [...one.subgraphs, ...one.subgraphs] })).toEqual([expect.stringContaining('2 graphs')]);
  });

  it('names a broken rule of integer models', () => {
    const q = (zeroPoint: number) => flatTensor({ shape: [1, 4, 4, 1], type: 'INT8', quantization: grid(0.5, zeroPoint) });
    const options = { table: 'Pool2DOptions', fields: { padding: 0, strideW: 1, strideH: 1, filterWidth: 2, filterHeight: 2, fusedActivationFunction: 0 } };
    const pool = (zeroPoint: number) => flatModel([q(3), q(zeroPoint)], [flatOperator('MAX_POOL_2D', [0], [1], { options })], [0], [1]);
    expect(notes(pool(3))).toEqual([]);
    expect(notes(pool(4))).toEqual([expect.stringMatching(/max-pool.*one grid/)]);
  });

  it('is nothing for a plain file', () => {
    expect(notes(flatModel([flatTensor(), flatTensor()], [relu], [0], [1]))).toEqual([]);
  });
});

describe('what cannot be read', () => {
  const reading = (operators: readonly FlatOperator[], tensors: readonly FlatTensor[] = [flatTensor(), flatTensor()]): Error =>
    refusal(flatModel(tensors, operators, [0], [1]));

  it.each([
    ['a loop', flatOperator('WHILE', [0], [1]), /branches, loops.*WHILE/],
    ['a variable', flatOperator('READ_VARIABLE', [0], [1]), /READ_VARIABLE is given and does not name/],
    ['a table', flatOperator('HASHTABLE_FIND', [0], [1]), /tables.*HASHTABLE_FIND/],
    ['a custom operator', flatOperator('CUSTOM', [0], [1], { customCode: 'TFLite_Detection_PostProcess' }), /custom.*"TFLite_Detection_PostProcess"/],
    ['an operator that is unknown here', flatOperator('MATRIX_DIAG', [0], [1]), /MATRIX_DIAG/],
    ['a fused sign bit', flatOperator('ADD', [0, 0], [1], { options: { table: 'AddOptions', fields: { fusedActivationFunction: 5 } } }), /SIGN_BIT/],
    ['shuffled weights', flatOperator('FULLY_CONNECTED', [0, 0, -1], [1], { options: { table: 'FullyConnectedOptions', fields: { weightsFormat: 1 } } }), /shuffled/],
  ])('%s is named', (_, operator, pattern) => {
    expect(reading([operator])).toMatchObject({ name: 'UnsupportedError', message: expect.stringMatching(pattern) });
  });

  it('names every unreadable operator at once, with how many there are', () => {
    const error = reading([flatOperator('SVDF', [0], [1]), flatOperator('MATRIX_DIAG', [0], [1]), flatOperator('SVDF', [0], [1])]);
    expect(error.message).toMatch(/SVDF \(2 times\), MATRIX_DIAG/);
  });

  it('a variable that is read is named', () => {
    const error = reading([flatOperator('ADD', [0, 2], [1])], [flatTensor(), flatTensor(), flatTensor({ name: 'state', isVariable: true })]);
    expect(error).toMatchObject({ name: 'UnsupportedError', message: expect.stringContaining('"state"') });
  });

  it.each([
    ['an input that nothing makes', [flatOperator('ADD', [0, 2], [1])], [flatTensor(), flatTensor(), flatTensor({ name: 'lost' })]],
    ['too few inputs', [flatOperator('ADD', [0], [1])], [flatTensor(), flatTensor()]],
    ['a constant with too few bytes', [flatOperator('ADD', [0, 2], [1])], [flatTensor(), flatTensor(), flatTensor({ data: new Uint8Array(8) })]],
    ['shapes that contradict each other', [flatOperator('ADD', [0, 2], [1])], [flatTensor(), flatTensor(), flatTensor({ shape: [4], data: new Uint8Array(16) })]],
  ])('%s is damage', (_, operators, tensors) => {
    expect(reading(operators, tensors).name).toBe('FormatError');
  });
});

describe('sparse constants', () => {
  const sparse = (sparsity: FlatTensor['sparsity'], values: readonly number[]): FlatModel => {
    const constant = flatTensor({ name: 's', shape: [2, 3], data: bytesOf(Float32Array.from(values)), sparsity: sparsity! });
    return flatModel([flatTensor(), constant, flatTensor(), flatTensor()], [flatOperator('DENSIFY', [1], [2]), flatOperator('ADD', [0, 2], [3])], [0], [3]);
  };
  const rows = (segments: readonly number[], indices: readonly number[]): FlatTensor['sparsity'] => ({
    traversalOrder: [0, 1],
    blockMap: [],
    dimensions: [
      { format: 'dense', size: 2 },
      { format: 'sparse', segments: Int32Array.from(segments), indices: Int32Array.from(indices) },
    ],
  });

  it('are spread out', () => {
    const graph = lower(sparse(rows([0, 1, 3], [2, 0, 1]), [5, 6, 7]));
    expect([...(graph.values.s!.tensor!.encoding as { data: Float32Array }).data]).toEqual([0, 0, 5, 6, 7, 0]);
  });

  it.each([
    ['an index past the shape', rows([0, 1, 3], [2, 0, 3]), [5, 6, 7]],
    ['a negative index', rows([0, 1, 3], [2, 0, -1]), [5, 6, 7]],
    ['segments past the indices', rows([0, 1, 9], [2, 0, 1]), [5, 6, 7]],
    ['fewer numbers than places', rows([0, 1, 3], [2, 0, 1]), [5, 6]],
    ['more numbers than places', rows([0, 1, 3], [2, 0, 1]), [5, 6, 7, 8]],
    ['levels larger than the tensor', { ...rows([0, 1, 3], [2, 0, 1])!, dimensions: [{ format: 'dense', size: 2 ** 31 - 1 }, { format: 'dense', size: 2 ** 31 - 1 }] } as FlatTensor['sparsity'], [5]],
    ['an order that is none', { ...rows([0, 1, 3], [2, 0, 1])!, traversalOrder: [1, 1] }, [5, 6, 7]],
  ])('with %s are damage', (_, sparsity, values) => {
    expect(refusal(sparse(sparsity, values))).toMatchObject({ name: 'FormatError', message: expect.stringContaining('"s"') });
  });
});

describe('MediaPipe\'s transposed convolution', () => {
  const options = new Uint8Array(Int32Array.of(1, 3, 2).buffer);
  const model = (customOptions: Uint8Array): FlatModel => {
    const weights = flatTensor({ shape: [5, 2, 2, 3], data: new Uint8Array(240) });
    const bias = flatTensor({ shape: [5], data: new Uint8Array(20) });
    return flatModel(
      [flatTensor({ shape: [1, 4, 4, 3] }), weights, bias, flatTensor({ shape: [1, 8, 12, 5] })],
      [flatOperator('CUSTOM', [0, 1, 2], [3], { customCode: 'Convolution2DTransposeBias', customOptions })],
      [0],
      [3],
    );
  };

  it('is read with its bias', () => {
    const graph = lower(model(options));
    expect(graph.nodes[0]).toMatchObject({ op: 'transpose-conv2d', attributes: { strides: [2, 3], padding: 'same' } });
    expect(graph.values[graph.outputs[0]!]!.shape).toEqual([1, 8, 12, 5]);
  });

  it('is refused with options that say nothing', () => {
    expect(refusal(model(new Uint8Array(4))).message).toMatch(/4 bytes/);
    expect(refusal(model(new Uint8Array(12))).message).toMatch(/padding/);
  });
});
