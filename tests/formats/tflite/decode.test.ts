import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/lib/random';
import { isErrorOf } from '../../../src/lib/errors';
import { decodeModel } from '../../../src/formats/tflite/decode';
import { encodeModel } from '../../../src/formats/tflite/encode';
import type { FlatModel } from '../../../src/formats/tflite/flat-model';
import { fileBytes, fileNames } from './files';

const decode = (name: string): FlatModel => decodeModel(fileBytes(name));

describe("TensorFlow's files", () => {
  it('are read with their operators, options and signatures', () => {
    const { subgraphs, signatures, metadata, description } = decode('net-int8');
    const [subgraph] = subgraphs;
    expect(subgraph!.operators.map(({ op, version }) => `${op} ${version}`)).toEqual([
      'QUANTIZE 1', 'CONV_2D 3', 'DEPTHWISE_CONV_2D 3', 'CONV_2D 3', 'ADD 2', 'MAX_POOL_2D 2', 'TRANSPOSE_CONV 2', 'RESHAPE 1',
      'FULLY_CONNECTED 4', 'TANH 2', 'FULLY_CONNECTED 4', 'SOFTMAX 2', 'DEQUANTIZE 2',
    ]);
    expect(subgraph!.operators[1]!.options).toEqual({
      table: 'Conv2DOptions',
      fields: { padding: 0, strideW: 2, strideH: 2, fusedActivationFunction: 1, dilationWFactor: 1, dilationHFactor: 1, quantizedBiasType: 0 },
    });
    expect(subgraph!.operators[2]!.options!.fields).toMatchObject({ depthMultiplier: 1, fusedActivationFunction: 3 });
    expect(subgraph!.operators[11]!.options).toEqual({ table: 'SoftmaxOptions', fields: { beta: 1 } });
    expect(signatures).toEqual([
      { key: 'serving_default', subgraph: 0, inputs: [{ name: 'picture', tensor: 0 }], outputs: [{ name: 'output_0', tensor: subgraph!.outputs[0] }] },
    ]);
    expect(new TextDecoder().decode(metadata.find(({ name }) => name === 'min_runtime_version')!.data)).toMatch(/^\d\.\d+\.0\0+$/);
    expect(description).toBe('MLIR Converted.');
  });

  it('keep a scale and a zero point for each channel', () => {
    const { tensors, operators } = decode('net-int8').subgraphs[0]!;
    const weights = tensors[operators[1]!.inputs[1]!]!;
    expect(weights).toMatchObject({ type: 'INT8', shape: [16, 3, 3, 3] });
    expect(weights.data).toHaveLength(16 * 27);
    expect(weights.quantization).toMatchObject({ axis: 0, zeroPoint: Array.from({ length: 16 }, () => 0) });
    expect(weights.quantization!.scale).toHaveLength(16);
    expect(tensors[operators[2]!.inputs[1]!]!.quantization!.axis).toBe(3);
    const [input] = operators[1]!.inputs.map((index) => tensors[index]!);
    expect(input).toMatchObject({ type: 'INT8', shape: [1, 12, 12, 3] });
    expect(input!.quantization!.zeroPoint).toEqual([-128]);
    expect(tensors[0]!.quantization).toBeUndefined();
  });

  it('of control flow have every subgraph', () => {
    const { subgraphs } = decode('control-flow');
    expect(subgraphs).toHaveLength(5);
    expect(subgraphs[0]!.operators.find(({ op }) => op === 'WHILE')!.options!.fields).toEqual({ condSubgraphIndex: 3, bodySubgraphIndex: 4 });
    expect(subgraphs[0]!.tensors[0]!.shape).toEqual([]);
  });

  it('of custom operators name them', () => {
    const custom = decode('custom').subgraphs[0]!.operators.find(({ op }) => op === 'CUSTOM')!;
    expect(custom.customCode).toBe('Betainc');
    expect(custom.customOptions!.length).toBeGreaterThan(0);
  });

  it('from before 2021 say the same', () => {
    const [old, now] = [decode('old').subgraphs[0]!, decode('net-float32').subgraphs[0]!];
    expect(old.operators).toEqual(now.operators);
    expect(old.tensors.map(({ shape, data }) => [shape, data])).toEqual(now.tensors.map(({ shape, data }) => [shape, data]));
  });

  it('with constants behind the tables hold the same ones', () => {
    const constants = (name: string): readonly (Uint8Array | undefined)[] => decode(name).subgraphs[0]!.tensors.map(({ data }) => data);
    expect(constants('offsets')).toEqual(constants('net-float32'));
  });

  it('with sparse weights keep the pattern', () => {
    const weights = decode('sparse').subgraphs[0]!.tensors.find(({ sparsity }) => sparsity)!;
    expect(weights.sparsity).toEqual({
      traversalOrder: [0, 1],
      blockMap: [],
      dimensions: [
        { format: 'dense', size: 3 },
        { format: 'sparse', segments: Int32Array.of(0, 2, 2, 4), indices: Int32Array.of(0, 3, 1, 2) },
      ],
    });
    expect(new Float32Array(Uint8Array.from(weights.data!).buffer)).toEqual(Float32Array.of(1, 4, 5, 6));
  });

  it('are read wherever they begin in memory', () => {
    const bytes = fileBytes('net-float32');
    const shifted = new Uint8Array(bytes.length + 3).subarray(3);
    shifted.set(bytes);
    expect(decodeModel(shifted)).toEqual(decodeModel(bytes));
  });
});

describe('broken files', () => {
  const refused = (bytes: Uint8Array): unknown => {
    try {
      return decodeModel(bytes);
    } catch (error) {
      if (isErrorOf(error, 'FormatError')) return 'FormatError';
      throw error;
    }
  };

  it.each([
    ['another identifier', () => fileBytes('sparse').fill(0x41, 4, 8), /bytes 4 to 8 are "AAAA", not "TFL3"/],
    ['no bytes', () => new Uint8Array(0), /the file has 0 bytes/],
    ['half of its bytes', () => fileBytes('net-int8').subarray(0, 4000), /past the end of the file|lies before/],
    ['no subgraph', () => patched((model) => ({ ...model, subgraphs: [] })), /it holds no subgraph/],
  ])('with %s are refused in words', (_, make, message) => {
    expect(() => decodeModel(make())).toThrow(expect.objectContaining({ name: 'FormatError', message: expect.stringMatching(message) }));
  });

  it.each([
    ['an input', { inputs: [9999] }, /names tensor 9999 of/],
    ['an output', { outputs: [-1] }, /names tensor -1 of/],
    ['an operator input', { operators: [{ op: 'RELU', version: 1, inputs: [-2], outputs: [0] }] }, /operator 0 names tensor -2 of/],
    ['options', { operators: [{ op: 'RELU', version: 1, inputs: [0], outputs: [0] }, { op: 'ADD', version: 1, inputs: [0], outputs: [0], options: { table: 'MulOptions', fields: {} } }] }, /operator 1 \(ADD\) are MulOptions, not AddOptions/],
    ['quantization', { tensors: [{ name: '', type: 'INT8', shape: [2], isVariable: false, quantization: { scale: Float32Array.of(1, 2), zeroPoint: [0], axis: 0 } }] }, /2 scales and 1 zero points/],
    ['an axis', { tensors: [{ name: '', type: 'INT8', shape: [2], isVariable: false, quantization: { scale: Float32Array.of(1, 2), zeroPoint: [0, 0], axis: 1 } }] }, /dimension 1 of 1/],
  ] as const)('with %s that does not hold are refused', (_, change, message) => {
    const empty = { name: '', tensors: [{ name: '', type: 'FLOAT32', shape: [1], isVariable: false }], inputs: [], outputs: [], operators: [] } as const;
    const bytes = encodeModel({ description: '', signatures: [], metadata: [], subgraphs: [{ ...empty, ...change }] });
    expect(() => decodeModel(bytes)).toThrow(expect.objectContaining({ name: 'FormatError', message: expect.stringMatching(message) }));
  });

  it('are refused or read wherever they are cut off', () => {
    const bytes = encodeModel(decode('net-integer-borders'));
    const results = Array.from(bytes.keys(), (length) => refused(bytes.subarray(0, length)));
    expect(results.filter((result) => result !== 'FormatError')).toHaveLength(0);
  });

  it.each(fileNames)('are refused or read when bytes of %s change', (name) => {
    const random = createRandom(7);
    const whole = fileBytes(name);
    let refusals = 0;
    for (let turn = 0; turn < FLIPS_PER_FILE; turn++) {
      const bytes = whole.slice();
      for (let flips = 0; flips < 1 + (turn % 4); flips++) bytes[random.integer(bytes.length)]! ^= 1 << random.integer(8);
      if (refused(bytes) === 'FormatError') refusals += 1;
    }
    expect(refusals).toBeGreaterThan(0);
  });

  it('whose tensors are a million times the same are refused before they fill memory', () => {
    const count = 1_000_000;
    const bytes = new Uint8Array(80 + 4 * count);
    const view = new DataView(bytes.buffer);
    const write = (at: number, ...values: readonly number[]): void => values.forEach((value, index) => view.setUint32(at + 4 * index, value, true));
    // The root's place and the identifier; then the root's field list: version at 4, subgraphs at 8.
    write(0, 24);
    bytes.set(new TextEncoder().encode('TFL3'), 4);
    [10, 12, 4, 0, 8].forEach((value, index) => view.setUint16(8 + 2 * index, value, true));
    write(24, 24 - 8, 3, 4);
    // One subgraph, whose field list says tensors at 4; then as many references as there is room for, all to one empty table.
    write(36, 1, 12);
    [6, 8, 4].forEach((value, index) => view.setUint16(44 + 2 * index, value, true));
    write(52, 52 - 44, 4, count);
    const table = 68 + 4 * count;
    for (let index = 0; index < count; index++) write(64 + 4 * index, table - (64 + 4 * index));
    [4, 4].forEach((value, index) => view.setUint16(table - 4 + 2 * index, value, true));
    write(table, 4);
    expect(() => decodeModel(bytes)).toThrow(expect.objectContaining({ name: 'FormatError', message: expect.stringMatching(/tables hold more than/) }));
  });

  it('whose operators all name the same long list are refused before it is gone over too often', () => {
    const operator = { op: 'ADD_N', version: 1, inputs: Array.from({ length: 100_000 }, () => 0), outputs: [0] };
    const tensors = [{ name: '', type: 'FLOAT32', shape: [1], isVariable: false }] as const;
    const subgraph = { name: '', tensors, inputs: [], outputs: [], operators: Array.from({ length: 350 }, () => operator) };
    const bytes = encodeModel({ description: '', signatures: [], metadata: [], subgraphs: [subgraph] });
    expect(bytes.length).toBeLessThan(500_000);
    expect(() => decodeModel(bytes)).toThrow(expect.objectContaining({ name: 'FormatError', message: expect.stringMatching(/tables hold more than/) }));
  });

  function patched(change: (model: FlatModel) => FlatModel): Uint8Array {
    return encodeModel(change(decode('sparse')));
  }
});

/** With 12 files and four kinds of flips, some 2,000 in all. */
const FLIPS_PER_FILE = 170;
