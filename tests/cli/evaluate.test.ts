/** whittle evaluate, against what Keras counted. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeNpz } from '../../src/datasets/npz';
import { CNN, lastLine, MOBILE, RECORD, temporaryFolder, whittle } from './whittle';

const folder = temporaryFolder();
const TEST_DATA = 'public/samples/fashion-mnist-test.npz';
const record = JSON.parse(readFileSync('tests/fixtures/fashion/expected-outputs.json', 'utf8')) as {
  labels: number[];
  fashion_cnn: number[][];
  fashion_mobile: number[][];
};
const pixels = new Uint8Array(readFileSync('tests/fixtures/fashion/images.u8'));

interface Accuracy {
  accuracy: number;
  n: number;
  low: number;
  high: number;
}

function correctOf(model: 'fashion_cnn' | 'fashion_mobile'): number {
  return record[model].filter((row, i) => row.indexOf(Math.max(...row)) === record.labels[i]).length;
}

function dataFile(name: string, arrays: Record<string, { shape: number[]; data: Uint8Array | Float32Array }>): string {
  const path = join(folder, name);
  writeFileSync(path, writeNpz(new Map(Object.entries(arrays).map(([key, array]) => [key, { ...array, dtype: 'uint8' }]))));
  return path;
}

describe('whittle evaluate', () => {
  it.each([
    { path: CNN, model: 'fashion_cnn' as const },
    { path: MOBILE, model: 'fashion_mobile' as const },
  ])('counts the right answers of $model as Keras does', async ({ path, model }) => {
    const outcome = await whittle('evaluate', path, '--data', RECORD, '--json');
    expect(outcome.code).toBe(0);
    const found = outcome.json<Accuracy>();
    expect(Object.keys(found)).toEqual(['accuracy', 'n', 'low', 'high']);
    expect(found.n).toBe(64);
    expect(Math.round(found.accuracy * 64)).toBe(correctOf(model));
    expect(found.low).toBeLessThan(found.accuracy);
    expect(found.high).toBeGreaterThan(found.accuracy);
  });

  it('reaches the accuracy that Keras reports on all 10,000 test images', async () => {
    const found = (await whittle('evaluate', MOBILE, '--data', TEST_DATA, '--json')).json<Accuracy>();
    expect(found).toMatchObject({ accuracy: 0.9202, n: 10_000 });
    expect(found.high - found.low).toBeCloseTo(2 * 1.96 * Math.sqrt((0.9202 * 0.0798) / 10_000), 3);
  });

  it('takes at most --limit examples and prints a line', async () => {
    const { code, out } = await whittle('evaluate', CNN, '--data', TEST_DATA, '--limit', '500');
    expect(code).toBe(0);
    const [, accuracy, low, high] = /^(\d+\.\d\d) % \[(\d+\.\d\d) %, (\d+\.\d\d) %\], n = 500$/.exec(out)!.map(Number);
    expect(accuracy).toBeGreaterThan(88);
    expect(low!).toBeLessThan(accuracy!);
    expect(high!).toBeGreaterThan(accuracy!);
  });

  it('scales bytes and adds the channel axis by itself; flags overrule it', async () => {
    const bytes = dataFile('bytes.npz', { x_test: { shape: [64, 28, 28], data: pixels }, y_test: { shape: [64], data: Uint8Array.from(record.labels) } });
    const right = correctOf('fashion_cnn');
    const accuracyOf = async (...flags: string[]): Promise<number> => {
      const outcome = await whittle('evaluate', CNN, '--data', bytes, '--json', ...flags);
      expect(outcome.err).not.toContain('Usage');
      return Math.round(outcome.json<Accuracy>().accuracy * 64);
    };
    expect(await accuracyOf()).toBe(right);
    expect(await accuracyOf('--scale', '1/255')).toBe(right);
    expect(await accuracyOf('--mean', '0', '--std', '1', '--size', '28x28', '--channels', 'grey')).toBe(right);
    expect(await accuracyOf('--scale', '0')).toBeLessThan(right / 2);
    expect(await accuracyOf('--mean', '50')).toBeLessThan(right / 2);
  });

  it('leaves fractions as they are, also when only the mean is given', async () => {
    const found = (await whittle('evaluate', CNN, '--data', RECORD, '--mean', '0', '--json')).json<Accuracy>();
    expect(Math.round(found.accuracy * 64)).toBe(correctOf('fashion_cnn'));
  });

  it('fails with a sentence when the data do not fit or have no labels', async () => {
    const unlabelled = dataFile('unlabelled.npz', { x: { shape: [4, 28, 28, 1], data: pixels.slice(0, 4 * 784) } });
    const wide = dataFile('wide.npz', { x: { shape: [4, 49, 16, 1], data: pixels.slice(0, 4 * 784) }, y: { shape: [4], data: new Uint8Array(4) } });
    const first = await whittle('evaluate', CNN, '--data', unlabelled, '--json');
    expect(first).toMatchObject({ code: 1, out: '' });
    expect(lastLine(first)).toMatch(/label/);
    const rows = dataFile('rows.npz', { x: { shape: [4, 10], data: new Float32Array(40) }, y: { shape: [4], data: new Uint8Array(4) } });
    const second = await whittle('evaluate', CNN, '--data', rows);
    expect(second).toMatchObject({ code: 1, out: '' });
    expect(lastLine(second)).toMatch(/10.*28/);
    // Pictures of another size are resized.
    expect((await whittle('evaluate', CNN, '--data', wide, '--json')).json<Accuracy>().n).toBe(4);
    expect((await whittle('evaluate', CNN, '--data', join(folder, 'none.npz'))).err).toMatch(/none\.npz does not exist/);
  });

  it.each([
    [['--data', RECORD, '--limit', '0'], /--limit is "0"; a whole number from 1/],
    [['--data', RECORD, '--limit', '1.5'], /--limit is "1.5"/],
    [['--data', RECORD, '--scale', 'small'], /--scale holds "small"/],
    [['--data', RECORD, '--scale', '1,2'], /--scale is "1,2"; one number/],
    [['--data', RECORD, '--std', '0'], /std holds 0/],
    [['--data', RECORD, '--mean', ''], /--mean holds ""/],
    [['--data', RECORD, '--size', '28'], /--size is "28"; HEIGHTxWIDTH/],
    [['--data', RECORD, '--channels', 'cmyk'], /channels is "cmyk"; allowed: rgb, bgr, grey/],
    [['--data', RECORD, '--backend', 'webgpu'], /--backend is "webgpu"; here wasm, cpu, litert-wasm exist/],
    [[], /--data is needed/],
  ])('wrong usage: %j', async (flags, reason) => {
    const outcome = await whittle('evaluate', CNN, ...flags);
    expect(outcome).toMatchObject({ code: 2, out: '' });
    expect(outcome.err).toMatch(reason);
    expect(lastLine(outcome)).toMatch(/^Usage: whittle evaluate MODEL --data D/);
  });
});
