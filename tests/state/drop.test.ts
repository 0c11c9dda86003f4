import { describe, expect, it } from 'vitest';
import { zipSync } from 'fflate';
import { fileOf, type SourceFile } from '../../src/lib/source-file';
import { kindOf, sortDropped } from '../../src/state/drop';
import { zipNames } from '../../src/state/zip-names';

const zip = (name: string, entries: readonly string[]): SourceFile =>
  fileOf(name, zipSync(Object.fromEntries(entries.map((entry) => [entry, new Uint8Array([1])]))) as Uint8Array<ArrayBuffer>);
const bytes = (name: string, ...values: number[]): SourceFile => fileOf(name, new Uint8Array(values));
const recipe = fileOf('recipe.json', '{"version":1,"steps":[]}');

describe('what was dropped', () => {
  it.each([
    ['a .keras archive', zip('m.keras', ['metadata.json', 'config.json', 'model.weights.h5']), 'model'],
    ['a zip of a TensorFlow.js model', zip('m.zip', ['model/model.json', 'model/group1-shard1of1.bin']), 'model'],
    ['a zip that holds an .h5', zip('m.zip', ['fashion.h5']), 'model'],
    ['HDF5 without an extension', bytes('model', 0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a), 'model'],
    ['an .npz', zip('x.npz', ['x_test.npy', 'y_test.npy']), 'data'],
    ['an .npy under another name', bytes('x.dat', 0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59), 'data'],
    ['a zip of images', zip('flowers.zip', ['flowers/rose/1.jpg', 'flowers/tulip/2.png']), 'data'],
    ['an IDX file', bytes('t10k-images-idx3-ubyte', 0, 0, 8, 3), 'data'],
    ['a gzipped IDX file', bytes('t10k-labels-idx1-ubyte.gz', 0x1f, 0x8b), 'data'],
    ['a CSV', fileOf('digits.csv', '1,2,3'), 'data'],
    ['a recipe', recipe, 'recipe'],
    ['a model.json', fileOf('model.json', '{"modelTopology":{},"weightsManifest":[]}'), 'model'],
    ['a model.json with a version and steps', fileOf('model.json', '{"modelTopology":{},"version":1,"steps":[]}'), 'model'],
    ['broken JSON', fileOf('model.json', '{'), 'model'],
    ['a weight file', bytes('group1-shard1of1.bin', 1, 2, 3), 'model'],
    ['an unknown file, which the readers will name', bytes('thing.xyz', 1, 2, 3), 'model'],
    ['an empty file', bytes('nothing'), 'model'],
  ])('is recognized: %s', async (_, file, kind) => {
    expect(await kindOf(file)).toBe(kind);
  });

  it('is taken apart when a model, its data and a recipe come together', async () => {
    const files = [recipe, zip('m.keras', ['config.json']), zip('x.npz', ['x.npy']), bytes('folder/.DS_Store', 1)];
    const dropped = await sortDropped(files);
    expect(dropped.model.map((file) => file.name)).toEqual(['m.keras']);
    expect(dropped.data.map((file) => file.name)).toEqual(['x.npz']);
    expect(dropped.recipe).toBe(recipe);
  });
});

describe('names in a zip', () => {
  it('are read without unpacking', async () => {
    expect(await zipNames(zip('a.zip', ['one.txt', 'two/three.txt']))).toEqual(['one.txt', 'two/three.txt']);
  });

  it('are none when the directory is broken or claims more than the file holds', async () => {
    const good = new Uint8Array(await zip('a.zip', ['one.txt']).blob.arrayBuffer());
    const view = new DataView(good.buffer);
    view.setUint32(good.length - 22 + 16, 0xffff_fff0, true);
    expect(await zipNames(fileOf('a.zip', good))).toEqual([]);
    expect(await zipNames(fileOf('a.zip', 'not a zip'))).toEqual([]);
  });
});
