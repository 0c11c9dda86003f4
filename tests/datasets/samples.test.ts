import { readdirSync, readFileSync, statSync } from 'node:fs';
import { describe, it, expect } from 'vitest';
import { summarizeDataset } from '../../src/datasets/dataset';
import { openDataset } from '../../src/datasets/open';
import { findSample, samples } from '../../src/datasets/samples';
import { ignoreProgress } from '../../src/lib/progress';
import { fileOf } from '../../src/lib/source-file';
import { noDecoder } from './fixtures';

const served = new URL('../../public/', import.meta.url);
const folder = new URL('samples/', served);
/** What may be shipped. */
const LARGEST_NBYTES = 10_000_000;

const open = (url: string) =>
  openDataset([fileOf(url, new Uint8Array(readFileSync(new URL(url, served))))], noDecoder, ignoreProgress);

describe('the bundled samples', () => {
  it('are together under 10 MB', () => {
    const nbytes = readdirSync(folder).reduce((sum, name) => sum + statSync(new URL(name, folder)).size, 0);
    expect(nbytes).toBeLessThan(LARGEST_NBYTES);
  });

  it.each(samples)('$id has the files it names, of the size it says', ({ id, modelUrls, nbytes }) => {
    expect(modelUrls.reduce((sum, url) => sum + statSync(new URL(url, served)).size, 0)).toBe(nbytes);
    expect(findSample(id)?.id).toBe(id);
    expect(readFileSync(new URL('README.md', folder), 'utf8')).toContain(modelUrls[0]!.slice('samples/'.length));
  });

  it('the test data are 10,000 labelled images in ten named classes of a thousand', async () => {
    const dataset = await open(samples[0]!.dataUrl);
    expect(summarizeDataset(dataset)).toMatchObject({ count: 10_000, exampleShape: [28, 28, 1], storage: 'uint8', classCount: 10 });
    expect(dataset.classNames![9]).toBe('Ankle boot');
    const counts = new Array<number>(10).fill(0);
    for (const label of dataset.labels!) counts[label]!++;
    expect(new Set(counts)).toEqual(new Set([1000]));
  });

  it('the training data are 8,500 other images', async () => {
    const test = await open(samples[0]!.dataUrl);
    const train = await open(samples[0]!.trainUrl);
    expect(train).toMatchObject({ count: 8500, exampleShape: [28, 28, 1] });
    expect(train.classNames).toEqual(test.classNames);
    const some = async (dataset: typeof test): Promise<string[]> => {
      const { data } = await dataset.read(0, 2000, null);
      return Array.from({ length: 2000 }, (_, i) => data.subarray(i * 784, (i + 1) * 784).join());
    };
    const known = new Set(await some(test));
    expect((await some(train)).filter((image) => known.has(image))).toEqual([]);
  });
});
