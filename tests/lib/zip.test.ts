import { zipSync } from 'fflate';
import { describe, it, expect } from 'vitest';
import { readBytes, fileOf } from '../../src/lib/source-file';
import { isZip, openZip } from '../../src/lib/zip';

const text = new TextEncoder().encode('hello, hello, hello, hello');
const archive = (level: 0 | 9 = 9, name = 'a/b.txt'): Uint8Array<ArrayBuffer> => zipSync({ [name]: [text, { level }], 'a/': new Uint8Array(0) });
const open = (bytes: Uint8Array<ArrayBuffer>) => openZip(fileOf('folder/x.zip', bytes));
/** Where the directory's first entry begins, by its signature. */
const directoryOf = (bytes: Uint8Array): number => {
  const at = bytes.findIndex((_, i) => bytes[i] === 0x50 && bytes[i + 1] === 0x4b && bytes[i + 2] === 1 && bytes[i + 3] === 2);
  if (at < 0) throw new Error('no directory');
  return at;
};
const changed = (offset: (bytes: Uint8Array) => number, ...values: number[]): Uint8Array<ArrayBuffer> => {
  const bytes = archive();
  bytes.set(values, offset(bytes));
  return bytes;
};
const inDirectory = (offset: number, ...values: number[]) => changed((bytes) => directoryOf(bytes) + offset, ...values);
const inEnd = (offset: number, ...values: number[]) => changed((bytes) => bytes.length - 22 + offset, ...values);

describe('a zip archive', () => {
  it.each([0, 9] as const)('packed at level %i is read back, without its folders', async (level) => {
    const zip = await open(archive(level));
    expect(zip.members.map(({ name, nbytes }) => [name, nbytes])).toEqual([['a/b.txt', text.length]]);
    expect(zip.has('a/b.txt')).toBe(true);
    const member = await zip.open('a/b.txt');
    expect(member.name).toBe('a/b.txt');
    expect(await readBytes(member)).toEqual(text);
  });

  it('is known by its first bytes', () => {
    expect(isZip(archive())).toBe(true);
    expect(isZip(zipSync({}))).toBe(true);
    expect(isZip(text)).toBe(false);
  });

  it('a member that it does not hold is an error by name', async () => {
    await expect((await open(archive())).open('c')).rejects.toMatchObject({ name: 'FormatError', message: 'x.zip holds no c.' });
  });

  it('a comment at its end is passed over', async () => {
    const bytes = inEnd(20, 5, 0);
    expect((await open(Uint8Array.from([...bytes, 1, 2, 3, 4, 5]))).members).toHaveLength(1);
  });
});

describe('a hostile archive is refused', () => {
  it.each<[string, Uint8Array<ArrayBuffer>, string, RegExp]>([
    ['without its end', archive().slice(0, -30), 'FormatError', /was cut off/],
    ['of zip64', inEnd(10, 0xff, 0xff), 'UnsupportedError', /zip64/],
    ['whose directory lies past its end', inEnd(12, 0xff, 0xff, 0xff, 0x0f), 'FormatError', /past its end/],
    ['that lists more than it holds', inEnd(10, 9, 0), 'FormatError', /entry 3 of its directory is broken/],
    ['whose directory is noise', inDirectory(0, 0, 0), 'FormatError', /entry 1 of its directory is broken/],
    ['whose names run past the directory', inDirectory(28, 0xff, 0xff), 'FormatError', /cut off/],
    ['that is encrypted', inDirectory(8, 1), 'UnsupportedError', /encrypted/],
    ['that expands a thousandfold', inDirectory(24, 0, 0, 0, 0x40), 'FormatError', /a\/b\.txt claims to unpack to 1073741824 bytes/],
    ['whose member lies past its end', inDirectory(42, 0xff, 0xff, 0xff, 0x0f), 'FormatError', /lies past its end/],
    ['that leaves its folder', archive(9, '../evil'), 'FormatError', /leaves the archive/],
    ['with an absolute path', archive(9, '/etc/passwd'), 'FormatError', /leaves the archive/],
    ['with a drive', archive(9, 'C:/x'), 'FormatError', /leaves the archive/],
    ['with backslashes', archive(9, 'a\\b'), 'FormatError', /leaves the archive/],
  ])('%s', async (_, bytes, name, why) => {
    await expect(open(bytes)).rejects.toMatchObject({ name, message: expect.stringMatching(why) });
  });

  it.each<[string, Uint8Array<ArrayBuffer>, string, RegExp]>([
    ['packed by another method', inDirectory(10, 12), 'UnsupportedError', /method 12/],
    ['stored in two sizes', inDirectory(10, 0), 'FormatError', /two sizes/],
    ['of another checksum', inDirectory(16, 1, 2, 3, 4), 'FormatError', /checksum/],
    ['longer than it claims', inDirectory(24, 3, 0, 0, 0), 'FormatError', /more than it claims/],
    ['shorter than it claims', inDirectory(24, 99, 0, 0, 0), 'FormatError', /unpacks to 26 bytes and claims 99/],
    ['without a header', changed(() => 0, 0x50, 0x4b, 3, 5), 'FormatError', /no header/],
    ['of broken deflate', changed(() => 37, 0xff, 0xff, 0xff), 'FormatError', /cannot be unpacked|unpacks to|checksum/],
  ])('when a member is opened that is %s', async (_, bytes, name, why) => {
    const zip = await open(bytes);
    await expect(zip.open('a/b.txt')).rejects.toMatchObject({ name, message: expect.stringMatching(why) });
  });
});
