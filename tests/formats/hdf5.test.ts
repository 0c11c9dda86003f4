import { describe, expect, it } from 'vitest';
import * as h5wasm from 'h5wasm';
import { isHdf5, withHdf5 } from '../../src/formats/hdf5';
import { fileOf } from '../../src/lib/source-file';
import { decodeFloats } from '../../src/ir/tensor';

/** A file made by the HDF5 library itself. */
async function made(fill: (file: h5wasm.File) => void): Promise<Uint8Array<ArrayBuffer>> {
  const { FS } = await h5wasm.ready;
  const file = new h5wasm.File('/made.h5', 'w');
  fill(file);
  file.close();
  const bytes = new Uint8Array(FS.readFile('/made.h5'));
  FS.unlink('/made.h5');
  return bytes;
}

const opened = <T>(bytes: Uint8Array<ArrayBuffer>, read: Parameters<typeof withHdf5<T>>[1]): Promise<T> => withHdf5(fileOf('made.h5', bytes), read);

describe('an HDF5 file', () => {
  it('is known by its signature, also behind a user block', async () => {
    const bytes = await made(() => undefined);
    expect(isHdf5(bytes)).toBe(true);
    const shifted = new Uint8Array(bytes.length + 1024);
    shifted.set(bytes, 1024);
    expect(isHdf5(shifted)).toBe(true);
    expect(isHdf5(shifted.subarray(1))).toBe(false);
  });

  it('gives texts, lists of texts and lists that were split', async () => {
    const bytes = await made((file) => {
      file.create_attribute('one', 'Größe');
      file.create_attribute('fixed', ['a', 'bcd'], [2], 'S3');
      file.create_attribute('names0', ['a', 'b']);
      file.create_attribute('names1', ['c']);
      file.create_attribute('none', new Float64Array(0), [0]);
    });
    await opened(bytes, (hdf5) => {
      expect(hdf5.text('/', 'one')).toBe('Größe');
      expect(hdf5.texts('/', 'fixed')).toEqual(['a', 'bcd']);
      expect(hdf5.texts('/', 'names')).toEqual(['a', 'b', 'c']);
      expect(hdf5.texts('/', 'none')).toEqual([]);
      expect(hdf5.texts('/', 'absent')).toBeNull();
      expect(hdf5.text('/', 'absent')).toBeNull();
    });
  });

  it('gives numbers of every common type', async () => {
    const bytes = await made((file) => {
      file.create_dataset({ name: 'float32', data: Float32Array.of(1.5, -2), shape: [2, 1] });
      file.create_dataset({ name: 'float64', data: Float64Array.of(0.1) });
      file.create_dataset({ name: 'int64', data: BigInt64Array.of(-7n) });
      file.create_dataset({ name: 'uint8', data: Uint8Array.of(200) });
      file.create_dataset({ name: 'packed', data: new Float32Array(1000).fill(3), shape: [1000], chunks: [100], compression: 4 });
    });
    await opened(bytes, (hdf5) => {
      expect(hdf5.tensor('float32')).toMatchObject({ dtype: 'float32', shape: [2, 1], encoding: { data: Float32Array.of(1.5, -2) } });
      expect(decodeFloats(hdf5.tensor('float64'))).toEqual(Float32Array.of(0.1));
      expect(hdf5.tensor('int64')).toMatchObject({ dtype: 'int32', encoding: { data: Int32Array.of(-7) } });
      expect(hdf5.tensor('uint8')).toMatchObject({ dtype: 'int32', encoding: { data: Int32Array.of(200) } });
      expect(decodeFloats(hdf5.tensor('packed')).every((value) => value === 3)).toBe(true);
    });
  });

  it('says what is not there', async () => {
    const bytes = await made((file) => void file.create_group('group'));
    await opened(bytes, (hdf5) => {
      expect(hdf5.kindOf('group')).toBe('group');
      expect(hdf5.kindOf('group/none')).toBeNull();
      expect(hdf5.namesIn('/')).toEqual(['group']);
      expect(() => hdf5.tensor('group')).toThrow('the dataset group is missing');
      expect(() => hdf5.namesIn('none')).toThrow('the group none cannot be read');
    });
  });

  it('is refused when it expands more than a hundred times', async () => {
    const bytes = await made((file) => {
      file.create_dataset({ name: 'zeros', data: new Float32Array(4_000_000), shape: [4_000_000], chunks: [1_000_000], compression: 9 });
    });
    expect(bytes.length).toBeLessThan(160_000);
    await expect(opened(bytes, (hdf5) => hdf5.tensor('zeros'))).rejects.toThrow('expand past 100 times');
  });

  it('leaves nothing behind in the library, whether it opened or not', async () => {
    const { FS } = await h5wasm.ready;
    const before = FS.readdir('/');
    const bytes = await made((file) => void file.create_group('group'));
    await opened(bytes, () => undefined);
    await expect(opened(bytes.slice(0, 100), () => undefined)).rejects.toMatchObject({ name: 'FormatError' });
    await expect(opened(bytes, () => Promise.reject(new Error('of the reader')))).rejects.toThrow('of the reader');
    expect(FS.readdir('/')).toEqual(before);
  });
});
