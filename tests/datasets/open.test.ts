import { zipSync } from 'fflate';
import { describe, it, expect } from 'vitest';
import type { Dataset } from '../../src/datasets/dataset';
import { summarizeDataset } from '../../src/datasets/dataset';
import { decodeImage } from '../../src/datasets/image-decoder.node';
import { openDataset } from '../../src/datasets/open';
import { ignoreProgress } from '../../src/lib/progress';
import { fileOf, type SourceFile } from '../../src/lib/source-file';
import { bytesOf, fixture, folder, jsonOf, noDecoder } from './fixtures';

const truth = jsonOf<{ labels: number[]; classNames: string[]; firstSums: number[] }>('arrays/expected.json');
const open = (files: readonly SourceFile[]): Promise<Dataset> => openDataset(files, noDecoder, ignoreProgress);
const arrays = (...names: string[]): Promise<Dataset> => open(names.map((name) => fixture(`arrays/${name}`)));

async function sums(dataset: Dataset): Promise<number[]> {
  const { data } = await dataset.read(0, dataset.count, null);
  const size = data.length / dataset.count;
  return Array.from({ length: dataset.count }, (_, i) => Array.from(data.subarray(i * size, (i + 1) * size)).reduce((sum, value) => sum + value, 0));
}

describe('the same eight images are read from', () => {
  it.each<[string[], Dataset['kind'], number[]]>([
    [['test-and-train.npz'], 'npz', [28, 28, 1]],
    [['one-hot.npz'], 'npz', [28, 28, 1]],
    [['x.npy', 'y.npy'], 'npy', [28, 28, 1]],
    [['t10k-labels-idx1-ubyte', 't10k-images-idx3-ubyte'], 'idx', [28, 28, 1]],
    [['t10k-images-idx3-ubyte.gz', 't10k-labels-idx1-ubyte.gz'], 'idx', [28, 28, 1]],
    [['with-header.csv'], 'csv', [784]],
    [['without-header.csv'], 'csv', [784]],
  ])('%s', async (names, kind, exampleShape) => {
    const dataset = await arrays(...names);
    expect(dataset).toMatchObject({ kind, count: 8, exampleShape, storage: 'uint8' });
    expect(Array.from(dataset.labels!)).toEqual(truth.labels);
    expect(await sums(dataset)).toEqual(truth.firstSums);
  });

  it('what the file sets aside for training is opened on request, and only then', async () => {
    const dataset = await arrays('test-and-train.npz');
    const training = await dataset.training!();
    expect(training.count).toBeGreaterThan(0);
    expect(training.labels).toHaveLength(training.count);
    expect(training.classNames).toEqual(dataset.classNames);
    expect(await sums(training)).not.toEqual(truth.firstSums);
    expect(await dataset.training!()).toBe(training);
    expect(training.training).toBeNull();
    expect((await arrays('one-hot.npz')).training).toBeNull();
  });

  it('of MNIST’s four files, the test set, with the training set beside it', async () => {
    const named = (from: string, name: string) => fileOf(name, bytesOf(`arrays/${from}`));
    const files = ['t10k', 'train'].flatMap((part) => [
      named('t10k-images-idx3-ubyte', `${part}-images-idx3-ubyte`),
      named('t10k-labels-idx1-ubyte', `${part}-labels-idx1-ubyte`),
    ]);
    const dataset = await open(files);
    expect(dataset).toMatchObject({ kind: 'idx', count: 8 });
    expect(await dataset.training!()).toMatchObject({ kind: 'idx', count: 8, training: null });
  });

  it('a zip of the IDX files', async () => {
    const zip = zipSync({ 'mnist/images.gz': bytesOf('arrays/t10k-images-idx3-ubyte.gz'), 'mnist/labels': bytesOf('arrays/t10k-labels-idx1-ubyte') });
    const dataset = await open([fileOf('mnist.zip', zip)]);
    expect(dataset).toMatchObject({ kind: 'idx', name: 'mnist.zip', count: 8 });
    expect(Array.from(dataset.labels!)).toEqual(truth.labels);
  });
});

it('an IDX file of floats is read as floats', async () => {
  const dataset = await arrays('floats.idx');
  expect(dataset).toMatchObject({ kind: 'idx', count: 2, exampleShape: [3], storage: 'float32', labels: null });
  expect(Array.from((await dataset.read(0, 2, null)).data)).toEqual([0, 1, 2, 3, 4, 5]);
});

describe('labels', () => {
  it('names of classes come from the file', async () => {
    const summary = summarizeDataset(await arrays('test-and-train.npz'));
    expect(summary).toMatchObject({ hasLabels: true, classCount: 10, classNames: truth.classNames });
  });

  it('words become sorted classes', async () => {
    const dataset = await arrays('named-labels.npz');
    expect(Array.from(dataset.labels!, (label) => dataset.classNames![label])).toEqual(truth.labels.map((label) => truth.classNames[label]));
    expect(dataset.classNames).toEqual([...dataset.classNames!].sort());
    expect(dataset).toMatchObject({ storage: 'float32', exampleShape: [28, 28] });
  });

  it('an array alone has none', async () => {
    expect(summarizeDataset(await arrays('single.npz'))).toMatchObject({ hasLabels: false, classCount: 0, count: 8 });
  });
});

describe('tables', () => {
  const table = (text: string, name = 'table.csv'): Promise<Dataset> => open([fileOf(name, text)]);

  it('words after numbers are the labels', async () => {
    const dataset = await table('a,b,species\n1.5,2,setosa\n2.5,3,virginica\n0,1,setosa\n');
    expect(dataset).toMatchObject({ kind: 'csv', count: 3, exampleShape: [2], storage: 'float32', classNames: ['setosa', 'virginica'] });
    expect(Array.from(dataset.labels!)).toEqual([0, 1, 0]);
    expect(Array.from((await dataset.read(1, 3, null)).data)).toEqual([2.5, 3, 0, 1]);
  });

  it('a column of the right name is the label wherever it stands', async () => {
    const dataset = await table('a;Target;b\n1;2;3\n4;0;6\n');
    expect(Array.from(dataset.labels!)).toEqual([2, 0]);
    expect(Array.from((await dataset.read(0, 2, null)).data)).toEqual([1, 3, 4, 6]);
  });

  it('classes after quantities are the labels', async () => {
    const dataset = await table('0.5,1\n0.25,0\n0.75,1\n1.5,0\n');
    expect(Array.from(dataset.labels!)).toEqual([1, 0, 1, 0]);
  });

  it('a last column of as many numbers as rows is a quantity', async () => {
    const dataset = await table('0.5,10\n0.25,20\n0.75,30\n');
    expect(dataset).toMatchObject({ labels: null, exampleShape: [2] });
  });

  it('minus one and one are two classes', async () => {
    const dataset = await table('y,a\n-1,3\n1,4\n');
    expect(dataset.classNames).toEqual(['-1', '1']);
  });

  it('quotes hold separators, quotes and line ends', async () => {
    const dataset = await table('\uFEFFa\tlabel\r\n1\t"red, ""dark"""\r\n"2"\t"two\nlines"\r\n', 'table.tsv');
    expect(dataset.classNames).toEqual(['red, "dark"', 'two\nlines']);
    expect(Array.from((await dataset.read(0, 2, null)).data)).toEqual([1, 2]);
  });

  it.each([
    ['a word among the numbers', 'a,b,label\n1,2,0\n1,x,1\n', /row 3, column "b" is "x"/],
    ['an empty cell', 'a,b,label\n1,,0\n2,3,1\n', /column "b" is ""/],
    ['a short row', '1,2,3\n1,2\n', /row 2 has 2 columns and row 1 has 3/],
    ['an open quote', 'a,label\n1,"x\n', /quotes near character/],
    ['only labels', 'label\n1\n2\n', /nothing but labels/],
    ['no rows', '\n\n', /no rows/],
  ])('%s is refused', async (_, text, why) => {
    await expect(table(text)).rejects.toMatchObject({ name: 'DataError', message: expect.stringMatching(why) });
  });
});

describe('pictures in folders', () => {
  type Pictures = Record<string, { shape: [number, number, number]; pixels: number[] }>;
  const pictures = jsonOf<Pictures>('pictures.json');
  const names = Object.keys(pictures).sort();
  const pick = async (): Promise<Dataset> => openDataset(folder('pictures'), decodeImage, ignoreProgress);

  it('the folder is the class', async () => {
    const dataset = await pick();
    expect(dataset).toMatchObject({ kind: 'images', name: 'pictures', storage: 'uint8', exampleShape: [-1, -1, 3], classNames: ['rings', 'slopes'] });
    expect(Array.from(dataset.labels!)).toEqual(names.map((name) => (name.startsWith('rings') ? 0 : 1)));
  });

  it('an archive of them is read alike, and what systems leave in it is left out', async () => {
    const loose = await pick();
    const zipped = await openDataset([fixture('pictures.zip')], decodeImage, ignoreProgress);
    expect(zipped).toMatchObject({ count: names.length, classNames: ['rings', 'slopes'] });
    expect((await zipped.read(2, 6, [8, 8])).data).toEqual((await loose.read(2, 6, [8, 8])).data);
  });

  // Pillow's JPEG and WebP decoders are the same libraries in other versions; roundings differ by a step or two.
  it.each(names)('%s has the pixels that Pillow reads', async (name) => {
    const tolerance = /\.(jpe?g|webp)$/.test(name) ? 3 : 0;
    const dataset = await pick();
    const at = names.indexOf(name);
    const { shape, data } = await dataset.read(at, at + 1, null);
    const { pixels } = pictures[name]!;
    expect(shape).toEqual([1, ...pictures[name]!.shape]);
    expect(Math.max(...pixels.map((pixel, i) => Math.abs(pixel - data[i]!)))).toBeLessThanOrEqual(tolerance);
  });

  it('pictures of one folder have no labels', async () => {
    const dataset = await openDataset([fixture('pictures/rings/grey.png'), fixture('pictures/rings/grey.jpg')], decodeImage, ignoreProgress);
    expect(dataset).toMatchObject({ count: 2, labels: null });
  });

  it('magic bytes count, not the name', async () => {
    const dataset = await openDataset([fileOf('picture', bytesOf('pictures/rings/grey.png'))], decodeImage, ignoreProgress);
    expect((await dataset.read(0, 1, null)).shape).toEqual([1, 14, 20, 3]);
  });

  it('sizes that differ need a size', async () => {
    const small = await openDataset([fileOf('a/1.png', bytesOf('pictures/rings/grey.png')), fileOf('b/2.bmp', tinyBitmap())], decodeImage, ignoreProgress);
    await expect(small.read(0, 2, null)).rejects.toMatchObject({ name: 'DataError', message: expect.stringMatching(/2\.bmp.*1 × 1 pixels.*20 × 14/) });
    expect((await small.read(0, 2, [14, 20])).shape).toEqual([2, 14, 20, 3]);
  });

  it.each([
    ['promises ten thousand million pixels', bytesOf('huge.png'), /100000 × 100000 pixels/],
    ['is cut off in its header', bytesOf('pictures/slopes/colour.png').slice(0, 20), /header is damaged/],
    ['is cut off in its pixels', bytesOf('pictures/slopes/colour.png').slice(0, 60), /cannot be decoded/],
    ['is a JPEG of noise', Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0, 2, 1, 2, 3, 4, 5, 6, 7, 8, 9), /header is damaged/],
    ['is text', new TextEncoder().encode('not a picture'), /no picture/],
  ])('a picture that %s is refused when it is read', async (_, bytes, why) => {
    const dataset = await openDataset([fileOf('bad.png', bytes)], decodeImage, ignoreProgress);
    await expect(dataset.read(0, 1, null)).rejects.toMatchObject({ name: 'DataError', message: expect.stringMatching(why) });
  });

  it('a good picture is decoded after a bad one', async () => {
    const files = [fileOf('1.jpg', bytesOf('pictures/slopes/colour.jpg').slice(0, 700)), fileOf('2.jpg', bytesOf('pictures/slopes/colour.jpg'))];
    const dataset = await openDataset(files, decodeImage, ignoreProgress);
    await dataset.read(0, 1, null).catch(() => undefined);
    const { pixels } = pictures['slopes/colour.jpg']!;
    expect(Math.abs((await dataset.read(1, 2, null)).data[0]! - pixels[0]!)).toBeLessThanOrEqual(3);
  });
});

describe('what is refused, and why', () => {
  it.each([
    [['ambiguous.npz'], /first, second.*x_test and y_test/],
    [['fractions.npz'], /label 0 is .*whole class numbers/],
    [['miscounted.npz'], /5 labels and 8 examples/],
    [['t10k-labels-idx1-ubyte'], /labels alone/],
    [['types.npz'], /the arrays u1/],
    [['x.npy', 'single.npz'], /several data sets: \.npz and \.npy/],
    [['one-hot.npz', 'single.npz'], /one data set at a time/],
  ])('%s', async (names, why) => {
    await expect(arrays(...names)).rejects.toMatchObject({ name: 'DataError', message: expect.stringMatching(why) });
  });

  it('files of no kind that is read: the kinds are listed', async () => {
    await expect(open([fileOf('notes.md', 'hello')])).rejects.toThrow(/notes\.md.*\.npz, \.npy, IDX, CSV, and pictures/);
    await expect(open([])).rejects.toMatchObject({ name: 'DataError' });
  });

  it('no examples', async () => {
    const empty = zipSync({ 'x.npy': npyOf('(0, 3)') });
    await expect(open([fileOf('empty.npz', empty)])).rejects.toThrow(/no examples: its shape is \[0, 3\]/);
  });

  it('a gzip bomb, while it unpacks', async () => {
    const zeros = new Blob([new Uint8Array(40_000_000)]).stream().pipeThrough(new CompressionStream('gzip'));
    const bomb = new Uint8Array(await new Response(zeros).arrayBuffer());
    await expect(open([fileOf('images-idx3-ubyte.gz', bomb)])).rejects.toThrow(/over 100 times its size/);
  });

  it('a gzip that is cut off', async () => {
    const cut = bytesOf('arrays/t10k-images-idx3-ubyte.gz').slice(0, 2000);
    await expect(open([fileOf('images.gz', cut)])).rejects.toThrow(/no complete gzip/);
  });

  it('an IDX that claims more than it holds', async () => {
    const cut = bytesOf('arrays/t10k-images-idx3-ubyte').slice(0, 5000);
    await expect(open([fileOf('images', cut)])).rejects.toThrow(/\[8, 28, 28\] needs 6272 bytes and the file holds 4984/);
  });

  it('cancelled', async () => {
    const aborted = AbortSignal.abort();
    await expect(openDataset([fixture('arrays/single.npz')], noDecoder, ignoreProgress, aborted)).rejects.toMatchObject({ name: 'CancelledError' });
  });

  it('examples that are not there', async () => {
    const dataset = await arrays('single.npz');
    await expect(dataset.read(4, 9, null)).rejects.toThrow(/4 to 9.*there are 8/);
  });
});

function npyOf(shape: string): Uint8Array {
  const text = `{'descr': '<f4', 'fortran_order': False, 'shape': ${shape}, }\n`;
  return Uint8Array.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, text.length, 0, ...new TextEncoder().encode(text)]);
}

/** One white pixel, 24 bits. */
function tinyBitmap(): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(58);
  const view = new DataView(bytes.buffer);
  bytes.set([0x42, 0x4d]);
  view.setUint32(2, 58, true);
  view.setUint32(10, 54, true);
  view.setUint32(14, 40, true);
  view.setInt32(18, 1, true);
  view.setInt32(22, 1, true);
  view.setUint16(26, 1, true);
  view.setUint16(28, 24, true);
  bytes.fill(255, 54, 57);
  return bytes;
}
