/** whittle run, against what Keras answered. */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readArrays, writeNpz, type NamedArray } from '../../src/datasets/npz';
import { writeNpy } from '../../src/datasets/npy';
import { fileOf } from '../../src/lib/source-file';
import { caseValues, kerasCases, type KerasCase } from '../fixtures/keras/cases';
import { CNN, filesBelow, lastLine, MOBILE, temporaryFolder, unpackCase, whittle } from './whittle';

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);
const record = JSON.parse(readFileSync('tests/fixtures/fashion/expected-outputs.json', 'utf8')) as Record<'fashion_cnn' | 'fashion_mobile', number[][]>;
const pixels = Float32Array.from(readFileSync('tests/fixtures/fashion/images.u8'), (byte) => Math.fround(byte / 255));
const images = { shape: [64, 28, 28, 1], dtype: 'float32', data: pixels };
writeFileSync(at('images.npy'), writeNpy(images));
writeFileSync(at('images.npz'), writeNpz(new Map([['x0', images]])));
writeFileSync(at('named-otherwise.npz'), writeNpz(new Map([['pictures', images]])));

const arraysOf = async (path: string): Promise<Map<string, NamedArray>> => readArrays(fileOf(path, new Uint8Array(readFileSync(path))));

function largestDifference(expected: ArrayLike<number>, actual: ArrayLike<number>): number {
  expect(actual.length).toBe(expected.length);
  return Array.from(expected).reduce((largest, value, i) => Math.max(largest, Number.isNaN(actual[i]) ? Infinity : Math.abs(value - actual[i]!)), 0);
}

describe('whittle run', () => {
  it.each([
    { path: CNN, model: 'fashion_cnn' as const, input: 'images.npy', backend: 'wasm' },
    { path: MOBILE, model: 'fashion_mobile' as const, input: 'images.npz', backend: 'wasm' },
    { path: MOBILE, model: 'fashion_mobile' as const, input: 'named-otherwise.npz', backend: 'wasm' },
    { path: 'tests/fixtures/fashion/fashion_mobile.h5', model: 'fashion_mobile' as const, input: 'images.npy', backend: 'cpu' },
  ])('answers as Keras: $path, $input, $backend', async ({ path, model, input, backend }) => {
    const output = at(`${model}-${input}-${backend}-out.npz`);
    const outcome = await whittle('run', path, '--input', at(input), '--output', output, '--backend', backend, '--json');
    expect(outcome.code).toBe(0);
    expect(outcome.json()).toMatchObject({ output, outputs: [{ name: 'y0', shape: [64, 10], dtype: 'float32' }] });
    const arrays = await arraysOf(output);
    expect([...arrays.keys()]).toEqual(['y0']);
    expect(arrays.get('y0')!.shape).toEqual([64, 10]);
    expect(largestDifference(record[model].flat(), arrays.get('y0')!.data)).toBeLessThan(1e-5);
  });

  const two = kerasCases().find(({ id, writer }) => id === 'model-two-inputs-two-outputs' && writer === 'keras3')!;
  const inputsOf = (testCase: KerasCase, names: readonly string[]): Uint8Array<ArrayBuffer> =>
    writeNpz(new Map(testCase.inputs.map((input, i) => [names[i]!, { shape: input.shape, dtype: input.dtype, data: caseValues(input) }])));

  it.each([
    { how: 'by name', names: ['in0', 'in1'] },
    { how: 'by x0, x1', names: ['x0', 'x1'] },
    { how: 'by one of each', names: ['x0', 'in1'] },
  ])('takes several inputs $how and gives several outputs in order', async ({ names }) => {
    const model = unpackCase(folder, two.files[0]!.path);
    const input = at(`${names.join('-')}.npz`);
    const output = at(`${names.join('-')}-out.npz`);
    writeFileSync(input, inputsOf(two, names));
    const { code, out } = await whittle('run', model, '--input', input, '--output', output);
    expect(code).toBe(0);
    expect(out.split('\n')[0]).toBe(output);
    expect(out.split('\n')[1]).toMatch(/^y0 {2}\S+ {2}2×3 float32$/);
    expect(out.split('\n')[2]).toMatch(/^y1 {2}\S+ {2}2×1 float32$/);
    const arrays = await arraysOf(output);
    for (const [i, expected] of two.outputs.entries()) {
      expect(arrays.get(`y${i}`)!.shape).toEqual(expected.shape);
      expect(largestDifference(caseValues(expected), arrays.get(`y${i}`)!.data)).toBeLessThan(1e-5);
    }
  });

  it('takes whole numbers where the model does', async () => {
    const tokens = kerasCases().find(({ id, files }) => id === 'attention-embedding-mask' && files.some(({ kind }) => kind === 'keras'))!;
    const input = at('tokens.npz');
    writeFileSync(input, inputsOf(tokens, ['in0', 'in1']));
    const { code } = await whittle('run', unpackCase(folder, tokens.files[0]!.path), '--input', input, '--output', at('tokens-out.npz'));
    expect(code).toBe(0);
    const found = (await arraysOf(at('tokens-out.npz'))).get('y0')!;
    expect(largestDifference(caseValues(tokens.outputs[0]!), found.data)).toBeLessThan(1e-5);
  });

  it('writes nothing when it fails, and says why', async () => {
    const model = unpackCase(folder, two.files[0]!.path);
    const out = mkdtempSync(at('none-'));
    const output = join(out, 'y.npz');
    writeFileSync(at('half.npz'), writeNpz(new Map([['in0', { shape: [2, 8, 8, 3], dtype: 'float32', data: new Float32Array(384) }]])));
    writeFileSync(at('wrong.npy'), writeNpy({ shape: [2, 7], dtype: 'float32', data: new Float32Array(14) }));
    writeFileSync(at('text.txt'), 'no numbers');
    const cases: [string[], RegExp][] = [
      [[model, '--input', at('half.npz')], /No array for the input "in1": name one "in1" or "x1"\. The file holds: in0\./],
      [[MOBILE, '--input', at('wrong.npy')], /2.*7.*28/],
      [[MOBILE, '--input', at('text.txt')], /text\.txt.*neither a \.npy nor an \.npz/],
      [[MOBILE, '--input', at('gone.npy')], /gone\.npy does not exist/],
    ];
    for (const [argv, says] of cases) {
      const outcome = await whittle('run', ...argv, '--output', output);
      expect(outcome).toMatchObject({ code: 1, out: '' });
      expect(lastLine(outcome)).toMatch(says);
    }
    expect((await whittle('run', MOBILE, '--input', at('images.npy'))).err).toMatch(/--output is needed\.\nUsage: whittle run/);
    expect((await whittle('run', MOBILE, MOBILE, '--input', at('images.npy'), '--output', output)).err).toMatch(/One MODEL is needed, 2 were given/);
    expect(filesBelow(out)).toEqual([]);
  });
});
