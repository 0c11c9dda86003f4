import { afterEach, describe, expect, it, vi } from 'vitest';
import { withHdf5 } from '../../src/formats/hdf5';
import { writeHdf5, type Hdf5Writer } from '../../src/formats/hdf5-write';
import { fileOf } from '../../src/lib/source-file';

function content(hdf5: Hdf5Writer): void {
  hdf5.text('/', 'model_config', 'é'.repeat(70_000));
  hdf5.group('/model_weights/dense');
  hdf5.texts('/model_weights/dense', 'weight_names', ['dense/kernel', 'dense/bias']);
  hdf5.texts('/model_weights', 'nothing', []);
  hdf5.dataset('/model_weights/dense/dense/kernel', [2, 2], Float32Array.of(1, -0, Infinity, Number.NaN));
  hdf5.dataset('/model_weights/dense/count', [], Int32Array.of(7));
  hdf5.dataset('/model_weights/dense/empty', [0, 3], new Float32Array(0));
}

describe('writeHdf5', () => {
  afterEach(() => vi.useRealTimers());

  it('writes groups, texts of any length, lists and numbers that read back as they were', async () => {
    const bytes = await writeHdf5(content);
    await withHdf5(fileOf('x.h5', bytes), (hdf5) => {
      expect(hdf5.text('/', 'model_config')).toBe('é'.repeat(70_000));
      expect(hdf5.texts('/model_weights/dense', 'weight_names')).toEqual(['dense/kernel', 'dense/bias']);
      expect(hdf5.texts('/model_weights', 'nothing')).toEqual([]);
      expect(hdf5.namesIn('/model_weights/dense')).toEqual(['count', 'dense', 'empty']);
      const kernel = hdf5.tensor('/model_weights/dense/dense/kernel');
      expect(kernel).toMatchObject({ dtype: 'float32', shape: [2, 2] });
      expect(kernel.encoding).toMatchObject({ data: Float32Array.of(1, -0, Infinity, Number.NaN) });
      expect(hdf5.tensor('/model_weights/dense/count')).toMatchObject({ dtype: 'int32', shape: [], encoding: { data: Int32Array.of(7) } });
      expect(hdf5.tensor('/model_weights/dense/empty').shape).toEqual([0, 3]);
    });
  });

  it('splits a list of names that one attribute does not hold', async () => {
    const names = Array.from({ length: 3000 }, (_, i) => `a_rather_long_name_of_a_layer_${i}`);
    const bytes = await writeHdf5((hdf5) => hdf5.texts('/', 'layer_names', names));
    await withHdf5(fileOf('x.h5', bytes), (hdf5) => {
      expect(hdf5.hasAttribute('/', 'layer_names')).toBe(false);
      expect(hdf5.texts('/', 'layer_names')).toEqual(names);
    });
  });

  it('gives the same bytes at any time', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: new Date('2024-01-01T00:00:00Z') });
    const first = await writeHdf5(content);
    vi.setSystemTime(new Date('2031-07-05T12:34:56Z'));
    expect(await writeHdf5(content)).toEqual(first);
  });

  it('refuses numbers that do not fill their shape', async () => {
    await expect(writeHdf5((hdf5) => hdf5.dataset('/w', [3], Float32Array.of(1)))).rejects.toMatchObject({
      name: 'ExportError',
      message: 'The weight /w has 1 numbers for the shape [3].',
    });
  });

  it('refuses a file that does not read back: two datasets of one path', async () => {
    const twice = writeHdf5((hdf5) => {
      hdf5.dataset('/group/w', [1], Float32Array.of(1));
      hdf5.dataset('/group/w', [1], Float32Array.of(2));
    });
    await expect(twice).rejects.toMatchObject({ name: 'ExportError' });
  });
});
