import { describe, it, expect } from 'vitest';
import type { DatasetSummary } from '../../src/datasets/dataset';
import { suggestPreprocessing, toInputs } from '../../src/datasets/preprocess';
import type { Preprocessing } from '../../src/passes/pass';
import type { Batch } from '../../src/runtime/backend';
import { tinyGraph, type TinyNode } from './tiny-graph';

const plain: Preprocessing = { scale: 1, mean: [], std: [], size: null, channels: null };
const bytes: DatasetSummary = {
  name: 'x', kind: 'npz', count: 1, exampleShape: [28, 28, 1], storage: 'uint8', hasLabels: false, classCount: 0, classNames: null,
};
const conv: TinyNode = { op: 'conv2d', inputs: ['x', 'kernel'] };
const model = (shape: readonly number[], nodes: readonly TinyNode[] = [conv], constants: Record<string, readonly number[]> = {}, dtype: 'float32' | 'int32' = 'float32') =>
  tinyGraph({ x: { shape, dtype } }, { kernel: [0.01, 0.02], ...constants }, nodes);

describe('what is suggested for bytes', () => {
  it('0…1, in the size and colours of the input', () => {
    expect(suggestPreprocessing(model([-1, 28, 28, 1]), bytes)).toEqual({ scale: 1 / 255, mean: [], std: [], size: [28, 28], channels: 'grey' });
    expect(suggestPreprocessing(model([-1, 224, 192, 3]), bytes)).toMatchObject({ size: [224, 192], channels: 'rgb' });
    expect(suggestPreprocessing(model([-1, -1, -1, 3]), bytes)).toMatchObject({ size: null, channels: 'rgb' });
    expect(suggestPreprocessing(model([-1, 784]), bytes)).toMatchObject({ scale: 1 / 255, size: null, channels: null });
  });

  it.each<[string, TinyNode[], Record<string, number[]>]>([
    ['· 1/255', [{ op: 'mul', inputs: ['x', 'c'] }], { c: [1 / 255] }],
    ['1/127.5 ·, behind a cast and a padding', [{ op: 'cast', inputs: ['x'] }, { op: 'pad', inputs: ['v0'] }, { op: 'mul', inputs: ['c', 'v1'] }], { c: [1 / 127.5] }],
    ['/ 255', [{ op: 'div', inputs: ['x', 'c'] }], { c: [255] }],
    ['− the mean of bytes', [{ op: 'sub', inputs: ['x', 'c'] }], { c: [123.68, 116.78, 103.94] }],
    ['a batch normalization of bytes', [{ op: 'batch-norm', inputs: ['x', 'c', 'variance'] }], { c: [123, 116, 103], variance: [58, 57, 57] }],
  ])('as they are, where the model begins with %s', (_, nodes, constants) => {
    expect(suggestPreprocessing(model([-1, 28, 28, 3], nodes, constants), bytes).scale).toBe(1);
  });

  it.each<[string, TinyNode[], Record<string, number[]>]>([
    ['a product with numbers near 1', [{ op: 'mul', inputs: ['x', 'c'] }], { c: [2] }],
    ['a mean of numbers near 1', [{ op: 'sub', inputs: ['x', 'c'] }], { c: [0.485, 0.456, 0.406] }],
    ['a division of a constant', [{ op: 'div', inputs: ['c', 'x'] }], { c: [255] }],
    ['a convolution before the product', [conv, { op: 'mul', inputs: ['v0', 'c'] }], { c: [1 / 255] }],
    ['a product of two inputs', [{ op: 'mul', inputs: ['x', 'x'] }], {}],
  ])('0…1, where the model begins with %s', (_, nodes, constants) => {
    expect(suggestPreprocessing(model([-1, 28, 28, 3], nodes, constants), bytes).scale).toBe(1 / 255);
  });

  it('as they are, for a model that takes integers', () => {
    expect(suggestPreprocessing(model([-1, 28, 28, 1], [conv], {}, 'int32'), bytes).scale).toBe(1);
  });
});

describe('what is suggested otherwise', () => {
  it('floats are taken as they are', () => {
    expect(suggestPreprocessing(model([-1, 28, 28, 1]), { ...bytes, storage: 'float32' })).toEqual({ ...plain, channels: 'grey' });
  });

  it('without data, pictures are expected to be bytes and tables are not', () => {
    expect(suggestPreprocessing(model([-1, 28, 28, 1]), null).scale).toBe(1 / 255);
    expect(suggestPreprocessing(model([-1, 4]), null)).toEqual(plain);
  });

  it('a model without inputs gets nothing', () => {
    expect(suggestPreprocessing(tinyGraph({}, { c: [1] }, [{ op: 'identity', inputs: ['c'] }]), bytes)).toMatchObject({ scale: 1, size: null });
  });
});

describe('inputs', () => {
  const batch = (shape: number[], values?: readonly number[]): Batch => {
    const size = shape.reduce((product, one) => product * one, 1);
    return { shape, dtype: 'float32', data: Float32Array.from(values ?? Array.from({ length: size }, (_, i) => i)) };
  };

  it('scale, mean and deviation, channel by channel', () => {
    const found = toInputs(batch([1, 1, 2, 3], [0, 51, 102, 153, 204, 255]), { ...plain, scale: 1 / 255, mean: [0.5, 0.4, 0.2], std: [0.5, 0.2, 0.1] }, [-1, 1, 2, 3], 'float32');
    expect(Array.from(found.data, (value) => Number(value.toFixed(5)))).toEqual([-1, -1, 2, 0.2, 2, 8]);
  });

  it('one mean and deviation hold for all channels', () => {
    const found = toInputs(batch([2, 2], [1, 3, 5, 7]), { ...plain, mean: [1], std: [2] }, [-1, 2], 'float32');
    expect(Array.from(found.data)).toEqual([0, 1, 2, 3]);
  });

  it('bytes over 255 are what numpy computes in float32', () => {
    const values = Array.from({ length: 256 }, (_, i) => i);
    const found = toInputs(batch([1, 256], values), { ...plain, scale: 1 / 255 }, [-1, 256], 'float32');
    expect(Array.from(found.data)).toEqual(values.map((value) => Math.fround(value / 255)));
  });

  it('colours become grey by BT.601, and grey stays exactly what it is', () => {
    const found = toInputs(batch([1, 1, 3, 3], [255, 0, 0, 0, 255, 0, 77, 77, 77]), plain, [-1, 1, 3, 1], 'float32');
    expect(found.shape).toEqual([1, 1, 3, 1]);
    expect(Array.from(found.data, (value) => Number(value.toFixed(3)))).toEqual([76.245, 149.685, 77]);
  });

  it('grey becomes three equal channels; a fourth channel goes; blue can come first', () => {
    expect(Array.from(toInputs(batch([1, 1, 2, 1], [5, 6]), plain, [-1, 1, 2, 3], 'float32').data)).toEqual([5, 5, 5, 6, 6, 6]);
    expect(Array.from(toInputs(batch([1, 1, 1, 4], [1, 2, 3, 4]), plain, [-1, 1, 1, 3], 'float32').data)).toEqual([1, 2, 3]);
    expect(Array.from(toInputs(batch([1, 1, 1, 3], [1, 2, 3]), { ...plain, channels: 'bgr' }, [-1, 1, 1, 3], 'float32').data)).toEqual([3, 2, 1]);
  });

  it.each<[number[], number[], number[]]>([
    [[2, 28, 28, 1], [-1, 28, 28, 1], [2, 28, 28, 1]],
    [[2, 28, 28], [-1, 28, 28, 1], [2, 28, 28, 1]],
    [[2, 28, 28, 1], [-1, 28, 28], [2, 28, 28]],
    [[2, 28, 28, 1], [-1, -1, 28], [2, 28, 28]],
    [[2, 28, 28, 1], [-1, 784], [2, 784]],
    [[2, 28, 28, 3], [-1, 784], [2, 784]],
    [[2, 784], [-1, 28, 28, 1], [2, 28, 28, 1]],
    [[2, 784], [-1, 28, 28, 3], [2, 28, 28, 3]],
    [[2, 3072], [-1, 32, 32, 3], [2, 32, 32, 3]],
    [[2, 30, 40, 3], [-1, -1, -1, 3], [2, 30, 40, 3]],
    [[2, 10], [-1, -1], [2, 10]],
    [[2, 10], [-1, -1, 1], [2, 10, 1]],
    [[2, 4, 6], [-1, 24], [2, 24]],
    [[2], [-1, 1], [2, 1]],
  ])('examples %j for a model that takes %j', (shape, inputShape, expected) => {
    const found = toInputs(batch(shape), plain, inputShape, 'float32');
    expect(found.shape).toEqual(expected);
    expect(found.data.length).toBe(expected.reduce((product, size) => product * size, 1));
  });

  it.each<[number[], number[], RegExp]>([
    [[2, 28, 28, 1], [-1, 32, 32, 1], /\[28, 28, 1\].*\[32, 32, 1\]/],
    [[2, 10], [-1, 12], /\[10\].*\[12\]/],
    [[2, 10, 4], [-1, -1, 5], /\[10, 4\].*\[\?, 5\]/],
  ])('examples %j for a model that takes %j are refused with both shapes', (shape, inputShape, why) => {
    expect(() => toInputs(batch(shape), plain, inputShape, 'float32')).toThrow(expect.objectContaining({ name: 'DataError', message: expect.stringMatching(why) }));
  });

  it('whole numbers go to integer inputs, fractions do not', () => {
    const tokens = toInputs(batch([1, 3], [4, 0, 9]), plain, [-1, 3], 'int32');
    expect(tokens).toEqual({ shape: [1, 3], dtype: 'int32', data: Int32Array.of(4, 0, 9) });
    expect(() => toInputs(batch([1, 2], [1, 0.5]), plain, [-1, 2], 'int32')).toThrow(/whole numbers and the data hold 0\.5/);
  });

  it('booleans and texts', () => {
    expect(toInputs(batch([1, 2], [0, 3]), plain, [-1, 2], 'bool').data).toEqual(Uint8Array.of(0, 1));
    expect(() => toInputs(batch([1, 2]), plain, [-1, 2], 'string')).toThrow(/takes texts/);
  });

  it('a mean of the wrong length, and a deviation of 0, are refused', () => {
    expect(() => toInputs(batch([1, 1, 1, 3]), { ...plain, mean: [1, 2] }, [-1, 1, 1, 3], 'float32')).toThrow(/mean has 2 numbers and the data have 3 channels/);
    expect(() => toInputs(batch([1, 3]), { ...plain, std: [0] }, [-1, 3], 'float32')).toThrow(/may be 0/);
    expect(() => toInputs(batch([1, 3]), { ...plain, scale: Number.NaN }, [-1, 3], 'float32')).toThrow(/must be numbers/);
  });
});
