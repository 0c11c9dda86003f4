import { beforeAll, describe, expect, it } from 'vitest';
import * as tf from '@tensorflow/tfjs';
import { ignoreProgress } from '../../../src/lib/progress';
import { floatsToHalves, halvesToFloats } from '../../../src/lib/half';
import { createRandom } from '../../../src/lib/random';
import { fileOf } from '../../../src/lib/source-file';
import type { Graph } from '../../../src/ir/graph';
import { decodeFloats, float32Tensor, type Tensor } from '../../../src/ir/tensor';
import type { WriteResult } from '../../../src/formats/format';
import { readTfjsGraph } from '../../../src/formats/tfjs-graph/read';
import type { WeightStorage } from '../../../src/formats/tfjs-graph/store-weight';
import { writeTfjsGraph as write } from '../../../src/formats/tfjs-graph/write';
import { runWithLoader } from './run-with-loader';

const ROWS = 48;
const COLUMNS = 16;
const COUNT = ROWS * COLUMNS;

beforeAll(async () => {
  tf.env().set('PROD', true);
  await tf.setBackend('cpu');
});

describe('weights, stored and loaded by TensorFlow.js', () => {
  it.each([
    ['float32', float32Tensor([ROWS, COLUMNS], numbers())],
    ['float16', half()],
    ['int8, one scale', integers(8, true, null, null)],
    ['uint8, one scale and a zero point', integers(8, false, null, null, 100)],
    ['int4, one scale', integers(4, true, null, null)],
    ['int16, one scale', integers(16, true, null, null)],
  ] as const)('%s is kept exactly, and nothing is said', async (_, tensor) => {
    const written = await writeWeight(tensor, 'as-is');
    expect(await loaded(written)).toEqual(decodeFloats(tensor));
    expect(written.diagnostics).toEqual([]);
  });

  it.each([
    ['int8, a scale a channel', integers(8, true, 1, null)],
    ['uint8, a zero point a channel', integers(8, false, 1, null, 100)],
    ['int4, a scale a row', integers(4, true, 0, null)],
    ['int4, a scale a block', integers(4, true, 0, 16)],
    ['a palette', palette('float32')],
    ['a palette of half floats', palette('float16')],
  ] as const)('%s is kept exactly as codes, and read back in its own encoding', async (_, tensor) => {
    const written = await writeWeight(tensor, 'codes');
    expect(await loaded(written)).toEqual(decodeFloats(tensor));
    expect(written.diagnostics).toEqual([]);
    const { graph } = await readBack(written);
    const again = graph.values[graph.nodes[0]!.inputs[1]!]!.tensor!;
    expect(again.shape).toEqual(tensor.shape);
    expect(again.encoding).toMatchObject({ kind: tensor.encoding.kind });
    expect(decodeFloats(again)).toEqual(decodeFloats(tensor));
    expect(graph.nodes).toHaveLength(1);
    const bytes = written.files.slice(1).reduce((sum, file) => sum + file.bytes.byteLength, 0);
    expect(bytes).toBeLessThan(COUNT * 2);
  });

  it('scales a channel are requantized so that no weight moves by more than half a step of its own', async () => {
    const tensor = integers(8, true, 1, null);
    const written = await writeWeight(tensor, 'as-is');
    const { encoding } = tensor;
    const values = decodeFloats(tensor);
    const scale = encoding.kind === 'affine' ? encoding.scale : new Float32Array();
    const moved = (await loaded(written)).map((value, i) => Math.abs(value - values[i]!) / scale[i % COLUMNS]!);
    expect(Math.max(...moved)).toBeLessThanOrEqual(0.501);
    expect(written.diagnostics).toHaveLength(1);
    expect(written.diagnostics[0]!.message).toMatch(/^1 tensor with a scale for each channel.*Stored 1 as uint16.*1536 bytes in place of \d+, before gzip/);
  });

  it('channels of like range take one byte', async () => {
    const tensor = integers(4, true, 1, null);
    const alike = { ...tensor, encoding: { ...tensor.encoding, scale: new Float32Array(COLUMNS).fill(0.05) } } as Tensor;
    const written = await writeWeight(alike, 'as-is');
    expect(written.diagnostics[0]!.message).toMatch(/Stored 1 as uint8/);
  });

  it('a palette of half floats is stored as half floats, with the same values', async () => {
    const tensor = palette('float16');
    const written = await writeWeight(tensor, 'as-is');
    expect(await loaded(written)).toEqual(decodeFloats(tensor));
    expect(written.diagnostics[0]!.message).toMatch(/Stored 1 as float16, with the same values/);
  });

  it('a palette of float32 is stored within 1e-5 of its range, and that is said', async () => {
    const tensor = palette('float32');
    const written = await writeWeight(tensor, 'as-is');
    const values = decodeFloats(tensor);
    const range = Math.max(...values) - Math.min(...values);
    const moved = (await loaded(written)).map((value, i) => Math.abs(value - values[i]!));
    expect(Math.max(...moved)).toBeLessThanOrEqual(range * 1e-5);
    expect(written.diagnostics.map((one) => one.message).join()).toMatch(/^1 tensor in palettes/);
  });

  it.each([['float16', 1e-3], ['uint16', 1e-5], ['uint8', 3e-3], ['float32', 0]] as const)('forced to %s, no weight is off by more than its step', async (storage, share) => {
    const tensor = float32Tensor([ROWS, COLUMNS], numbers());
    const values = decodeFloats(tensor);
    const range = Math.max(...values) - Math.min(...values);
    const moved = (await loaded(await writeWeight(tensor, storage))).map((value, i) => Math.abs(value - values[i]!));
    expect(Math.max(...moved)).toBeLessThanOrEqual(range * share);
  });

  it('forced to uint8, zero stays exactly zero', async () => {
    const values = numbers().map((value, i) => (i % 3 === 0 ? 0 : value));
    const stored = await loaded(await writeWeight(float32Tensor([ROWS, COLUMNS], values), 'uint8'));
    expect(stored.filter((_, i) => i % 3 === 0).every((value) => value === 0)).toBe(true);
  });

  it('weights that are not numbers stay float32', async () => {
    const values = numbers();
    values[3] = Number.POSITIVE_INFINITY;
    const { graph } = await readBack(await writeWeight(float32Tensor([ROWS, COLUMNS], values), 'uint8'));
    expect(decodeFloats(graph.values['dense/kernel']!.tensor!)).toEqual(values);
  });

  it('gives the same bytes every time', async () => {
    const once = await writeWeight(palette('float32'), 'as-is');
    expect(await writeWeight(palette('float32'), 'as-is')).toEqual(once);
  });
});

function numbers(): Float32Array {
  const random = createRandom(3);
  return Float32Array.from({ length: COUNT }, () => random.normal());
}

function half(): Tensor {
  return { dtype: 'float32', shape: [ROWS, COLUMNS], encoding: { kind: 'dense', storage: 'float16', data: floatsToHalves(numbers()) } };
}

function integers(bits: 4 | 8 | 16, signed: boolean, axis: number | null, blockSize: number | null, zero = 0): Tensor {
  const random = createRandom(5);
  const lowest = signed ? -(2 ** (bits - 1)) : 0;
  const list = Array.from({ length: COUNT }, () => lowest + random.integer(2 ** bits));
  const values = bits === 16 ? Int16Array.from(list) : signed ? Int8Array.from(list) : Uint8Array.from(list);
  const count = axis === null ? 1 : blockSize === null ? [ROWS, COLUMNS][axis]! : (ROWS / blockSize) * COLUMNS;
  const scale = Float32Array.from({ length: count }, () => 0.001 + random.uniform() * 0.1);
  const zeroPoint = Float64Array.from({ length: count }, (_, i) => (zero === 0 ? 0 : zero + i));
  return { dtype: 'float32', shape: [ROWS, COLUMNS], encoding: { kind: 'affine', bits, signed, values, scale, zeroPoint, axis, blockSize } };
}

function palette(codebookStorage: 'float32' | 'float16'): Tensor {
  const random = createRandom(7);
  const entries = Float32Array.from({ length: 16 }, () => random.normal());
  const codebook = codebookStorage === 'float16' ? halvesToFloats(floatsToHalves(entries)) : entries;
  const indices = Uint8Array.from({ length: COUNT }, () => random.integer(16));
  return { dtype: 'float32', shape: [ROWS, COLUMNS], encoding: { kind: 'palette', bits: 4, indices, codebook, codebookStorage, axis: null } };
}

/** y = x · weight; with the unit matrix as x, y is the weight. */
function graphOf(tensor: Tensor): Graph {
  return {
    name: 'weights',
    inputs: ['x'],
    outputs: ['y'],
    inputNames: ['x'],
    outputNames: ['y'],
    nodes: [{ id: 'dense', name: 'dense', op: 'dense', inputs: ['x', 'w'], outputs: ['y'], attributes: { activation: 'none' } }],
    values: {
      x: { id: 'x', name: 'x', dtype: 'float32', shape: [-1, ROWS] },
      w: { id: 'w', name: 'dense/kernel', dtype: 'float32', shape: tensor.shape, tensor },
      y: { id: 'y', name: 'y', dtype: 'float32', shape: null },
    },
    source: { format: 'test', producer: '' },
  };
}

function writeWeight(tensor: Tensor, weights: WeightStorage | 'codes'): Promise<WriteResult> {
  return write(graphOf(tensor), { weights }, undefined);
}

async function loaded(written: WriteResult): Promise<Float32Array> {
  const unit = Float32Array.from({ length: ROWS * ROWS }, (_, i) => (i % (ROWS + 1) === 0 ? 1 : 0));
  const [y] = await runWithLoader(written.files, [{ shape: [ROWS, ROWS], dtype: 'float32', data: unit }]);
  return Float32Array.from(y!.data);
}

function readBack(written: WriteResult) {
  const [main, ...shards] = written.files.map((file) => fileOf(file.name, file.bytes));
  return readTfjsGraph({ main: main!, files: [main!, ...shards], report: ignoreProgress });
}
