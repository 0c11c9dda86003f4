import { describe, expect, it } from 'vitest';
import { readWeightsManifest } from '../../src/formats/weights-manifest';
import { fileOf, type SourceFile } from '../../src/lib/source-file';
import { decodeFloats, type Tensor } from '../../src/ir/tensor';

const main = fileOf('model/model.json', '{}');

function bytesOf(...parts: (Uint8Array | Float32Array | Int32Array | Uint16Array)[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(parts.flatMap((part) => [...new Uint8Array(part.buffer, part.byteOffset, part.byteLength)]));
}

function read(weights: unknown[], shards: SourceFile[], paths = shards.map(({ name }) => name.replace('model/', ''))): Promise<Map<string, Tensor>> {
  return readWeightsManifest([{ paths, weights }], [main, ...shards], { main });
}

describe('weights of a manifest', () => {
  it('lie one after another without alignment', async () => {
    const shard = bytesOf(Uint8Array.of(1, 0, 1), Float32Array.of(1.5, -2), Int32Array.of(7));
    const tensors = await read(
      [
        { name: 'flags', shape: [3], dtype: 'bool' },
        { name: 'kernel', shape: [1, 2], dtype: 'float32' },
        { name: 'count', shape: [], dtype: 'int32' },
      ],
      [fileOf('model/a.bin', shard)],
    );
    expect([...tensors.keys()]).toEqual(['flags', 'kernel', 'count']);
    expect(decodeFloats(tensors.get('flags')!)).toEqual(Float32Array.of(1, 0, 1));
    expect(decodeFloats(tensors.get('kernel')!)).toEqual(Float32Array.of(1.5, -2));
    expect(tensors.get('count')).toMatchObject({ dtype: 'int32', shape: [], encoding: { storage: 'int32', data: Int32Array.of(7) } });
  });

  it('may span shards', async () => {
    const whole = bytesOf(Float32Array.of(1, 2, 3, 4));
    const shards = [whole.slice(0, 5), whole.slice(5, 6), whole.slice(6)].map((bytes, i) => fileOf(`model/group1-shard${i + 1}of3.bin`, bytes));
    const tensors = await read([{ name: 'kernel', shape: [4], dtype: 'float32' }], shards);
    expect(decodeFloats(tensors.get('kernel')!)).toEqual(Float32Array.of(1, 2, 3, 4));
  });

  it('keep their quantized numbers', async () => {
    const shard = bytesOf(Uint8Array.of(0, 128, 255), Uint16Array.of(0x3c00, 0xc000), Uint16Array.of(65535), Uint8Array.of(3, 5));
    const tensors = await read(
      [
        { name: 'a', shape: [3], dtype: 'float32', quantization: { dtype: 'uint8', scale: 0.5, min: -64 } },
        { name: 'b', shape: [2], dtype: 'float32', quantization: { dtype: 'float16' } },
        { name: 'c', shape: [1], dtype: 'float32', quantization: { dtype: 'uint16', scale: 0.1, min: 0.25 } },
        { name: 'd', shape: [2], dtype: 'int32', quantization: { dtype: 'uint8', scale: 1.5, min: -1 } },
      ],
      [fileOf('model/a.bin', shard)],
    );
    expect(tensors.get('a')!.encoding).toMatchObject({ kind: 'affine', bits: 8, signed: false, zeroPoint: Float64Array.of(128) });
    expect(decodeFloats(tensors.get('a')!)).toEqual(Float32Array.of(-64, 0, 63.5));
    expect(tensors.get('b')!.encoding).toMatchObject({ kind: 'dense', storage: 'float16' });
    expect(decodeFloats(tensors.get('b')!)).toEqual(Float32Array.of(1, -2));
    expect(decodeFloats(tensors.get('c')!)[0]).toBeCloseTo(6553.75, 2);
    expect(tensors.get('d')!.encoding).toMatchObject({ storage: 'int32', data: Int32Array.of(4, 7) });
  });

  it('stand at their minimum when the scale is zero', async () => {
    const tensors = await read([{ name: 'a', shape: [2], dtype: 'float32', quantization: { dtype: 'uint8', scale: 0, min: 2.5 } }], [fileOf('model/a.bin', Uint8Array.of(9, 9))]);
    expect(decodeFloats(tensors.get('a')!)).toEqual(Float32Array.of(2.5, 2.5));
  });

  it('may be strings, each with its length before it', async () => {
    const texts = ['', 'café'].map((text) => new TextEncoder().encode(text));
    const shard = bytesOf(...texts.flatMap((text) => [Int32Array.of(text.length), text]), Float32Array.of(3));
    const tensors = await read(
      [
        { name: 'words', shape: [2], dtype: 'string' },
        { name: 'after', shape: [1], dtype: 'float32' },
      ],
      [fileOf('model/a.bin', shard)],
    );
    expect(tensors.get('words')!.encoding).toMatchObject({ storage: 'string', data: ['', 'café'] });
    expect(decodeFloats(tensors.get('after')!)).toEqual(Float32Array.of(3));
  });

  it('of the optimizer are left out', async () => {
    const tensors = await read(
      [
        { name: 'momentum', shape: [1], dtype: 'float32', group: 'optimizer' },
        { name: 'kernel', shape: [1], dtype: 'float32' },
      ],
      [fileOf('model/a.bin', bytesOf(Float32Array.of(1, 2)))],
    );
    expect([...tensors.keys()]).toEqual(['kernel']);
    expect(decodeFloats(tensors.get('kernel')!)).toEqual(Float32Array.of(2));
  });
});

describe('a manifest that does not fit its shards', () => {
  const weight = { name: 'kernel', shape: [4], dtype: 'float32' };
  const sixteen = new Uint8Array(16);

  it('names the missing shard', async () => {
    const paths = ['group1-shard1of2.bin', 'group1-shard2of2.bin'];
    await expect(read([weight], [fileOf('model/group1-shard1of2.bin', sixteen)], paths)).rejects.toThrow(
      'group1-shard2of2.bin is missing. Drop it together with model.json.',
    );
    await expect(read([weight], [], paths)).rejects.toThrow('group1-shard1of2.bin and 1 more shard are missing. Drop them together with model.json.');
  });

  it('tells that a shard is truncated', async () => {
    await expect(read([weight], [fileOf('model/a.bin', sixteen.slice(1))])).rejects.toThrow('a.bin holds 15 bytes, but the weight "kernel" needs at least 16');
    const long = { name: 'words', shape: [1], dtype: 'string' };
    await expect(read([long], [fileOf('model/a.bin', bytesOf(Int32Array.of(1000)))])).rejects.toMatchObject({ name: 'FormatError' });
  });

  it('prefers the shard beside the model.json, and refuses to guess between others', async () => {
    const other = fileOf('other/a.bin', new Uint8Array(3));
    await expect(read([weight], [fileOf('model/a.bin', sixteen), other], ['a.bin'])).resolves.toBeDefined();
    await expect(read([weight], [fileOf('x/a.bin', sixteen), other], ['a.bin'])).rejects.toThrow('a.bin is missing');
  });

  it.each([
    ['a shape that is no list', { ...weight, shape: 'four' }, 'FormatError'],
    ['a negative size', { ...weight, shape: [-4] }, 'FormatError'],
    ['an absurd shape', { ...weight, shape: [2 ** 31, 2 ** 31] }, 'FormatError'],
    ['more than the shard holds', { ...weight, shape: [1e9] }, 'FormatError'],
    ['more strings than the shard holds', { ...weight, shape: [1e9], dtype: 'string' }, 'FormatError'],
    ['no name', { shape: [4], dtype: 'float32' }, 'FormatError'],
    ['complex numbers', { ...weight, dtype: 'complex64' }, 'UnsupportedError'],
    ['an unknown quantization', { ...weight, quantization: { dtype: 'uint4', scale: 1, min: 0 } }, 'FormatError'],
    ['a quantization without scale', { ...weight, quantization: { dtype: 'uint8', min: 0 } }, 'FormatError'],
  ])('is refused with %s', async (_what, entry, name) => {
    await expect(read([entry], [fileOf('model/a.bin', sixteen)])).rejects.toMatchObject({ name });
  });

  it('is refused when it is no list, or lists a name twice', async () => {
    for (const manifest of [undefined, {}, [1], [{ paths: 'a' }], [{ paths: [3], weights: [] }]]) {
      await expect(readWeightsManifest(manifest, [], { main })).rejects.toMatchObject({ name: 'FormatError' });
    }
    const half = { ...weight, shape: [2] };
    await expect(read([half, half], [fileOf('model/a.bin', sixteen)])).rejects.toThrow('twice');
  });
});
