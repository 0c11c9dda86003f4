import { describe, expect, it } from 'vitest';
import { arrayDataset } from '../../src/datasets/array-dataset';
import { randomAccess } from '../../src/datasets/random-access';
import { exampleHashes, fingerprintOf } from '../../src/datasets/same-examples';
import type { Dataset } from '../../src/datasets/dataset';
import { arrayInMemory } from '../../src/datasets/stored-array';
import { subsetOf } from '../../src/datasets/subset';

/** `count` pictures of 2 × 2 bytes: 4 i, 4 i + 1, … */
function pictures(count: number, start = 0): Dataset {
  const data = Uint8Array.from({ length: count * 4 }, (_, i) => (start * 4 + i) % 256);
  const labels = { labels: Int32Array.from({ length: count }, (_, i) => i % 3), classNames: null };
  return arrayDataset({ name: 'pictures', kind: 'npz', examples: arrayInMemory('x', [count, 2, 2], 'uint8', data), labels });
}

/** Counts what is read. */
function counted(dataset: Dataset): { dataset: Dataset; reads: [number, number][] } {
  const reads: [number, number][] = [];
  return { reads, dataset: { ...dataset, read: (start, end, size) => (reads.push([start, end]), dataset.read(start, end, size)) } };
}

describe('examples in any order', () => {
  it('are what reading them one by one gives', async () => {
    const dataset = pictures(50);
    const readAt = randomAccess(dataset, null);
    const found = await readAt(Uint32Array.of(41, 0, 41, 7));
    expect(found.shape).toEqual([4, 2, 2, 1]);
    for (const [row, index] of [41, 0, 41, 7].entries()) {
      const { data } = await dataset.read(index, index + 1, null);
      expect([...found.data.subarray(row * 4, row * 4 + 4)]).toEqual([...data]);
    }
  });

  it('are read from the file once', async () => {
    const { dataset, reads } = counted(pictures(50));
    const readAt = randomAccess(dataset, null);
    await readAt(Uint32Array.of(3, 1));
    await readAt(Uint32Array.of(49, 12));
    expect(reads).toEqual([[0, 50]]);
  });

  it('are read each time when they do not fit in memory', async () => {
    const { dataset, reads } = counted(pictures(50));
    const readAt = randomAccess(dataset, null, 0);
    expect([...(await readAt(Uint32Array.of(3))).data]).toEqual([12, 13, 14, 15]);
    await readAt(Uint32Array.of(3));
    expect(reads).toEqual([[3, 4], [3, 4]]);
  });

  it('come in another size, as numbers between the bytes', async () => {
    const dataset = pictures(3);
    const larger = await randomAccess(dataset, [3, 3])(Uint32Array.of(2));
    expect(larger.shape).toEqual([1, 3, 3, 1]);
    expect([...larger.data]).toEqual([...(await dataset.read(2, 3, [3, 3])).data]);
    expect([...larger.data].some((value) => !Number.isInteger(value))).toBe(true);
  });

  it('are asked for again when reading failed', async () => {
    const dataset = pictures(5);
    let isBroken = true;
    const failing: Dataset = { ...dataset, read: async (start, end, size) => {
      if (isBroken) throw new Error('the stick is out');
      return dataset.read(start, end, size);
    } };
    const readAt = randomAccess(failing, null);
    await expect(readAt(Uint32Array.of(1))).rejects.toThrow('the stick is out');
    isBroken = false;
    expect([...(await readAt(Uint32Array.of(1))).data]).toEqual([4, 5, 6, 7]);
  });
});

describe('a part of a data set', () => {
  it('is a data set of its own, with its labels', async () => {
    const part = subsetOf(pictures(10), Uint32Array.of(2, 3, 9));
    expect(part.count).toBe(3);
    expect([...part.labels!]).toEqual([2, 0, 0]);
    const { shape, data } = await part.read(1, 3, null);
    expect(shape).toEqual([2, 2, 2, 1]);
    expect([...data]).toEqual([12, 13, 14, 15, 36, 37, 38, 39]);
    await expect(part.read(0, 4, null)).rejects.toThrow(/there are 3/);
  });
});

describe('the same examples in two data sets', () => {
  it('have the same hash, and others have another one', async () => {
    const [first, second] = [(await exampleHashes(pictures(10)))!, (await exampleHashes(pictures(10, 5)))!];
    expect([...second.subarray(0, 5)]).toEqual([...first.subarray(5)]);
    expect(new Set([...first, ...second]).size).toBe(15);
  });

  it('have the same hash as bytes, as floats of the same size and as fractions, and others have another one', async () => {
    const bytes = pictures(10, 200);
    const stored = (storage: Dataset['storage'], change: (number: number) => number): Dataset => ({
      ...bytes,
      storage,
      read: async (start, end, size) => {
        const batch = await bytes.read(start, end, size);
        return { ...batch, data: Float32Array.from(batch.data, change) };
      },
    });
    const hashes = (await exampleHashes(bytes))!;
    expect(await exampleHashes(stored('float32', (number) => number))).toEqual(hashes);
    expect(await exampleHashes(stored('float32', (number) => number / 255))).toEqual(hashes);
    const standardized = (await exampleHashes(stored('float32', (number) => number / 128 - 1)))!;
    expect([...standardized].filter((hash) => hashes.includes(hash))).toEqual([]);
  });

  it('name the data set by what it holds', async () => {
    const name = async (dataset: Dataset): Promise<string> => fingerprintOf(dataset, await exampleHashes(dataset));
    expect(await name(pictures(10))).toBe(await name(pictures(10)));
    expect(await name(pictures(10))).not.toBe(await name(pictures(10, 1)));
    expect(await name({ ...pictures(10), labels: null })).not.toBe(await name(pictures(10)));
  });
});
