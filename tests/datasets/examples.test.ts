import { describe, it, expect } from 'vitest';
import { arrayDataset } from '../../src/datasets/array-dataset';
import type { Dataset } from '../../src/datasets/dataset';
import { examplesOf, randomExamples } from '../../src/datasets/examples';
import { arrayInMemory } from '../../src/datasets/stored-array';
import type { Preprocessing } from '../../src/passes/pass';
import { tinyGraph } from './tiny-graph';

const plain: Preprocessing = { scale: 1, mean: [], std: [], size: null, channels: null };

/** Example i is [i, i]; its label i % 3. */
function numbered(count: number): Dataset {
  const data = Float32Array.from({ length: count * 2 }, (_, i) => Math.floor(i / 2));
  const labels = Int32Array.from({ length: count }, (_, i) => i % 3);
  return arrayDataset({ name: 'numbered', kind: 'npz', examples: arrayInMemory('x', [count, 2], 'float32', data), labels: { labels, classNames: null } });
}

const pairs = tinyGraph({ x: { shape: [-1, 2] } }, { kernel: [1] }, [{ op: 'dense', inputs: ['x', 'kernel'] }]);

describe('examples of a data set', () => {
  it('all of them where the limit allows', async () => {
    const examples = examplesOf(numbered(5), pairs, plain, 100, 1);
    expect(examples.count).toBe(5);
    expect(Array.from(examples.labels!)).toEqual([0, 1, 2, 0, 1]);
    expect(await examples.inputs(2, 4)).toEqual([{ shape: [2, 2], dtype: 'float32', data: Float32Array.of(2, 2, 3, 3) }]);
  });

  it('a limit chooses by seed, and labels stay with their examples', async () => {
    const examples = examplesOf(numbered(1000), pairs, plain, 60, 1);
    const [all] = await examples.inputs(0, 60);
    const chosen = Array.from({ length: 60 }, (_, i) => all!.data[2 * i]!);
    expect(new Set(chosen).size).toBe(60);
    expect(chosen).toEqual([...chosen].sort((a, b) => a - b));
    expect(Array.from(examples.labels!)).toEqual(chosen.map((index) => index % 3));
    // Not merely the beginning of the file.
    expect(Math.max(...chosen)).toBeGreaterThan(500);
    const [part] = await examples.inputs(10, 20);
    expect(part!.data).toEqual(all!.data.slice(20, 40));
    const again = examplesOf(numbered(1000), pairs, plain, 60, 1);
    expect((await again.inputs(0, 60))[0]!.data).toEqual(all!.data);
    const other = examplesOf(numbered(1000), pairs, plain, 60, 2);
    expect((await other.inputs(0, 60))[0]!.data).not.toEqual(all!.data);
  });

  it('bytes are brought to the size of the model', async () => {
    const pictures = arrayInMemory('x', [2, 4, 4], 'uint8', Uint8Array.from({ length: 32 }, () => 51));
    const dataset = arrayDataset({ name: 'grey', kind: 'npz', examples: pictures, labels: null });
    const graph = tinyGraph({ x: { shape: [-1, 6, 8, 3] } }, {}, []);
    const [input] = await examplesOf(dataset, graph, { ...plain, scale: 1 / 255 }, 9, 1).inputs(0, 2);
    expect(input!.shape).toEqual([2, 6, 8, 3]);
    expect(input!.data.every((value) => value === Math.fround(0.2))).toBe(true);
  });

  it('floats are not resized unless asked', async () => {
    const maps = arrayInMemory('x', [1, 4, 4, 1], 'float32', new Float32Array(16));
    const dataset = arrayDataset({ name: 'maps', kind: 'npz', examples: maps, labels: null });
    const graph = tinyGraph({ x: { shape: [-1, 8, 8, 1] } }, {}, []);
    await expect(examplesOf(dataset, graph, plain, 9, 1).inputs(0, 1)).rejects.toThrow(/\[4, 4, 1\].*\[8, 8, 1\]/);
    const [input] = await examplesOf(dataset, graph, { ...plain, size: [8, 8] }, 9, 1).inputs(0, 1);
    expect(input!.shape).toEqual([1, 8, 8, 1]);
  });

  it('a model of two inputs is refused by name', () => {
    const graph = tinyGraph({ left: { shape: [-1, 2] }, right: { shape: [-1, 2] } }, {}, [{ op: 'add', inputs: ['left', 'right'] }]);
    expect(() => examplesOf(numbered(3), graph, plain, 3, 1)).toThrow(/2 inputs \(left, right\)/);
  });
});

describe('random examples', () => {
  it('are the same for the same seed, in any batch', async () => {
    const examples = randomExamples(pairs, 8, 3);
    const [all] = await examples.inputs(0, 8);
    const [part] = await examples.inputs(5, 7);
    expect(examples).toMatchObject({ count: 8, labels: null });
    expect(part!.data).toEqual(all!.data.slice(10, 14));
    expect((await randomExamples(pairs, 8, 4).inputs(0, 8))[0]!.data).not.toEqual(all!.data);
    expect(new Set(all!.data).size).toBe(16);
  });

  it('pictures are uniform in 0…1, or in 0…255 where the model scales them itself', async () => {
    const shape = [-1, -1, -1, 3];
    const [plainInput] = await randomExamples(tinyGraph({ x: { shape } }, {}, []), 2, 1).inputs(0, 2);
    expect(plainInput!.shape).toEqual([2, 64, 64, 3]);
    expect(Math.min(...plainInput!.data)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...plainInput!.data)).toBeLessThanOrEqual(1);
    const scaling = tinyGraph({ x: { shape } }, { c: [1 / 255] }, [{ op: 'mul', inputs: ['x', 'c'] }]);
    const [bytes] = await randomExamples(scaling, 1, 1).inputs(0, 1);
    expect(Math.max(...bytes!.data)).toBeGreaterThan(200);
  });

  it.each<['int32' | 'float32']>([['int32'], ['float32']])('%s tokens stay within the smallest table that they index', async (dtype) => {
    const graph = tinyGraph({ tokens: { shape: [-1, -1], dtype } }, { small: { shape: [7, 4] }, large: { shape: [90, 4] } }, [
      { op: 'cast', inputs: ['tokens'], attributes: { dtype: 'int32' } },
      { op: 'gather', inputs: ['large', 'v0'], attributes: { axis: 0, batchDims: 0 } },
      { op: 'gather', inputs: ['small', 'v0'], attributes: { axis: 0, batchDims: 0 } },
    ]);
    const [input] = await randomExamples(graph, 10, 1).inputs(0, 10);
    expect(input).toMatchObject({ shape: [10, 16], dtype });
    expect(new Set(input!.data)).toEqual(new Set([0, 1, 2, 3, 4, 5, 6]));
  });

  it('every input of a model, each its own numbers; scalars are switches, off', async () => {
    const graph = tinyGraph(
      { a: { shape: [-1, 4] }, b: { shape: [-1, 4] }, training: { shape: [], dtype: 'bool' }, mask: { shape: [-1, 3], dtype: 'bool' }, count: { shape: [-1, 5], dtype: 'int32' } },
      {},
      [{ op: 'add', inputs: ['a', 'b'] }],
    );
    const [a, b, training, mask, count] = await randomExamples(graph, 20, 1).inputs(0, 20);
    expect(a!.data).not.toEqual(b!.data);
    expect(training).toEqual({ shape: [], dtype: 'bool', data: Uint8Array.of(0) });
    expect(new Set(mask!.data)).toEqual(new Set([0, 1]));
    expect(Math.max(...count!.data)).toBeLessThan(10);
    expect(count!.data).toBeInstanceOf(Int32Array);
  });

  it('an input that says nothing of its shape, or takes texts, is refused by name', async () => {
    await expect(randomExamples(tinyGraph({ x: { shape: null } }, {}, []), 1, 1).inputs(0, 1)).rejects.toThrow(/"x" says nothing of its shape/);
    await expect(randomExamples(tinyGraph({ words: { shape: [-1], dtype: 'string' } }, {}, []), 1, 1).inputs(0, 1)).rejects.toThrow(/"words" takes texts/);
  });
});
