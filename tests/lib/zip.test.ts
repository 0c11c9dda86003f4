import { zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../src/lib/random';
import { isZip, openZip } from '../../src/lib/zip';
import { fileOf } from '../../src/lib/source-file';

/** Bytes that do not compress away. */
function randomBytes(length: number): Uint8Array<ArrayBuffer> {
  const random = createRandom(1);
  return Uint8Array.from({ length }, () => random.integer(200));
}

const text = (content: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(content) as Uint8Array<ArrayBuffer>;
const archive = (files: Record<string, Uint8Array>, level: 0 | 6): Uint8Array<ArrayBuffer> => zipSync(files, { level }) as Uint8Array<ArrayBuffer>;
const plain = { 'config.json': text('{}'), 'folder/weights.bin': randomBytes(5000) };

describe('a zip archive', () => {
  it.each([0, 6] as const)('gives its members back (compression %i)', async (level) => {
    const bytes = archive(plain, level);
    expect(isZip(bytes)).toBe(true);
    const zip = await openZip(fileOf('a.zip', bytes));
    expect(zip.members.map(({ name, nbytes }) => [name, nbytes])).toEqual([
      ['config.json', 2],
      ['folder/weights.bin', 5000],
    ]);
    expect(zip.has('config.json')).toBe(true);
    const member = await zip.open('folder/weights.bin');
    expect(new Uint8Array(await member.blob.arrayBuffer())).toEqual(plain['folder/weights.bin']);
  });

  it('leaves folders out, and says so of a member that is not there', async () => {
    const zip = await openZip(fileOf('a.zip', archive({ 'folder/': new Uint8Array(0), 'folder/a.txt': text('a') }, 0)));
    expect(zip.members.map(({ name }) => name)).toEqual(['folder/a.txt']);
    await expect(zip.open('b.txt')).rejects.toThrow('a.zip holds no b.txt.');
  });

  it.each([0, 6] as const)('is refused when it was cut off anywhere (compression %i)', async (level) => {
    const bytes = archive(plain, level);
    for (const share of [0, 0.01, 0.3, 0.7, 0.99]) {
      await expect(openZip(fileOf('a.zip', bytes.slice(0, Math.floor(bytes.length * share))))).rejects.toMatchObject({ name: 'FormatError' });
    }
  });

  it('is refused when a compressed member was damaged', async () => {
    const bytes = archive(plain, 6);
    const start = 30 + 'config.json'.length + 4 + 30 + 'folder/weights.bin'.length;
    for (const at of [start + 40, start + 400]) {
      const damaged = bytes.slice();
      damaged[at]! ^= 0xff;
      const zip = await openZip(fileOf('a.zip', damaged));
      await expect(zip.open('folder/weights.bin')).rejects.toMatchObject({ name: 'FormatError' });
    }
  });

  it.each(['../evil.txt', '/etc/passwd', 'a/../../b', 'C:\\x', 'a\\b'])('is refused with the path %s', async (name) => {
    await expect(openZip(fileOf('a.zip', archive({ [name]: text('x') }, 0)))).rejects.toThrow('leaves the archive');
  });

  it('is refused when it claims to expand more than a hundred times', async () => {
    await expect(openZip(fileOf('bomb.zip', archive({ 'zeros.bin': new Uint8Array(20_000_000) }, 6)))).rejects.toThrow('over 100 times its size');
  });

  it('is refused when a member unpacks to another size than it claims', async () => {
    const bytes = archive({ 'a.txt': text('a'.repeat(2000)) }, 6);
    const view = new DataView(bytes.buffer);
    // The size in the directory entry, 24 bytes behind its signature.
    const directory = bytes.length - 22 - (46 + 5);
    for (const claimed of [1999, 2001]) {
      view.setUint32(directory + 24, claimed, true);
      const zip = await openZip(fileOf('a.zip', bytes));
      await expect(zip.open('a.txt')).rejects.toThrow('no complete zip archive');
    }
  });

  it('is refused when it is encrypted, or of the large kind', async () => {
    const bytes = archive({ 'a.txt': text('a') }, 0);
    const directory = bytes.length - 22 - (46 + 5);
    const encrypted = bytes.slice();
    encrypted[directory + 8] = 1;
    await expect(openZip(fileOf('a.zip', encrypted))).rejects.toThrow('encrypted');
    const large = bytes.slice();
    new DataView(large.buffer).setUint32(directory + 24, 0xffffffff, true);
    await expect(openZip(fileOf('a.zip', large))).rejects.toThrow('zip64');
  });
});
