import { describe, it, expect } from 'vitest';
import { openNpy, writeNpy } from '../../src/datasets/npy';
import { readArrays, writeNpz } from '../../src/datasets/npz';
import { fileOf } from '../../src/lib/source-file';
import { bytesOf, fixture, jsonOf } from './fixtures';

type Expected = Record<string, { shape: number[]; values: number[] }>;
const expected = jsonOf<Expected>('arrays/types.json');

describe.each(['types.npz', 'types-compressed.npz'])('numpy wrote %s', (name) => {
  it.each(Object.keys(expected))('%s is read as numpy holds it', async (array) => {
    const found = (await readArrays(fixture(`arrays/${name}`))).get(array)!;
    expect(found.shape).toEqual(expected[array]!.shape);
    expect(Array.from(found.data)).toEqual(expected[array]!.values.map(Math.fround));
  });

  it('types are kept as far as models know them', async () => {
    const arrays = await readArrays(fixture(`arrays/${name}`));
    const dtypes = ['u1', 'b1', 'i8', 'u4', 'f2', 'f8'].map((type) => arrays.get(type)!.dtype);
    expect(dtypes).toEqual(['uint8', 'bool', 'int32', 'int32', 'float32', 'float32']);
  });
});

describe('.npy', () => {
  it.each([2, 3])('version %i is read', async (version) => {
    const arrays = await readArrays(fixture(`arrays/version-${version}.npy`));
    expect(arrays.get(`version-${version}`)).toEqual({ shape: [2, 3], dtype: 'float32', data: Float32Array.of(0, 1, 2, 3, 4, 5) });
  });

  it('rows are read without the rest', async () => {
    const array = await openNpy(fixture('arrays/x.npy'));
    if (array.dtype === 'text') throw new Error('numbers expected');
    const whole = bytesOf('arrays/x.npy');
    expect(await array.rows(3, 5)).toEqual(whole.slice(whole.length - 8 * 784).slice(3 * 784, 5 * 784));
  });

  it('what is written begins as numpy begins it, and its numbers are aligned', () => {
    const bytes = writeNpy({ shape: [5], dtype: 'int32', data: Int32Array.of(0, 1, 2, 3, 4) });
    expect(new TextDecoder().decode(bytes.subarray(10, 70))).toMatch(/^\{'descr': '<i4', 'fortran_order': False, 'shape': \(5,\), \}/);
    expect(bytes.length).toBe(128 + 20);
  });

  it('the numpy file of the same array has the same bytes', () => {
    const data = new Uint8Array(bytesOf('arrays/x.npy').slice(128));
    expect(writeNpy({ shape: [8, 28, 28], dtype: 'uint8', data })).toEqual(bytesOf('arrays/x.npy'));
  });

  it.each([
    ['objects.npy', /Python objects/],
    ['structured.npy', /table of fields/],
    ['complex.npy', /<c16.*astype/],
    ['too-wide.npy', /number 1 is 5000000000/],
  ])('%s is refused, and why', async (name, why) => {
    await expect(readArrays(fixture(`arrays/${name}`))).rejects.toMatchObject({ name: 'DataError', message: expect.stringMatching(why) });
  });

  const header = (literal: string): Uint8Array<ArrayBuffer> => {
    const text = new TextEncoder().encode(literal);
    return Uint8Array.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, text.length & 255, text.length >> 8, ...text, 0, 0, 0, 0]);
  };
  it.each([
    ['more numbers than there are', header("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }"), /needs 8 bytes and the file holds 4/],
    ['a size past all memory', header("{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999999999999,), }"), /no list of sizes/],
    ['sizes whose product is past all memory', header("{'descr': '<f8', 'fortran_order': False, 'shape': (4000000000, 4000000000), }"), /more than can be measured/],
    ['twenty axes', header(`{'descr': '<f8', 'fortran_order': False, 'shape': (${'1, '.repeat(20)}), }`), /no list of sizes/],
    ['code', header("{'descr': __import__('os'), 'fortran_order': False, 'shape': (1,), }"), /table of fields/],
    ['nothing', header(''), /header cannot be read/],
    ['a header longer than the file', Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, 255, 255, 0, 0), /claims 65535 bytes/],
    ['a header of gigabytes', Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 2, 0, 255, 255, 255, 255), /claims 4294967295 bytes/],
    ['version 9', Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 9, 0, 0, 0, 0, 0), /version 9/],
    ['its magic alone', Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59), /no complete/],
    ['texts past its end', header("{'descr': '<U99', 'fortran_order': False, 'shape': (99,), }"), /texts do not fit/],
  ])('a header that claims %s is refused', async (_, bytes, why) => {
    await expect(openNpy(fileOf('hostile.npy', bytes))).rejects.toMatchObject({ name: 'DataError', message: expect.stringMatching(why) });
  });
});

describe('.npz', () => {
  it('what is written is read again', async () => {
    const arrays = new Map([
      ['y0', { shape: [2, 2], dtype: 'float32' as const, data: Float32Array.of(1.5, -2, 3, Number.NaN) }],
      ['flags', { shape: [3], dtype: 'bool' as const, data: Uint8Array.of(1, 0, 1) }],
      ['scalar', { shape: [], dtype: 'int32' as const, data: Int32Array.of(-7) }],
    ]);
    expect(await readArrays(fileOf('out.npz', writeNpz(arrays)))).toEqual(arrays);
  });

  it('the same arrays give the same bytes', () => {
    const arrays = new Map([['x', { shape: [1], dtype: 'float32', data: Float32Array.of(1) }]]);
    expect(writeNpz(arrays)).toEqual(writeNpz(arrays));
  });

  it.each([
    ['cut off', bytesOf('arrays/types.npz').slice(0, 3000), /was cut off/],
    ['no archive', new TextEncoder().encode('x,y\n1,2'), /neither a \.npy nor an \.npz/],
    ['empty', Uint8Array.of(0x50, 0x4b, 5, 6, ...new Array<number>(18).fill(0)), /without arrays/],
  ])('an archive that is %s is refused', async (_, bytes, why) => {
    await expect(readArrays(fileOf('broken.npz', bytes))).rejects.toMatchObject({ name: 'DataError', message: expect.stringMatching(why) });
  });

  it('a damaged member is refused by its checksum', async () => {
    const bytes = bytesOf('arrays/types-compressed.npz');
    const at = new TextDecoder('latin1').decode(bytes).indexOf('fortran.npy') + 60;
    bytes[at]! ^= 0xff;
    await expect(readArrays(fileOf('damaged.npz', bytes))).rejects.toMatchObject({ name: 'DataError' });
  });
});
