/** TensorFlow Lite on the command line: written, inspected, run, evaluated and benched; the oracle is Keras's record. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { readArrays, writeNpz } from '../../src/datasets/npz';
import { fileOf } from '../../src/lib/source-file';
import { writeOne } from '../../src/cli/write-output';
import { filesBelow, MOBILE, RECORD, temporaryFolder, whittle } from './whittle';

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);
const record = JSON.parse(readFileSync('tests/fixtures/fashion/expected-outputs.json', 'utf8')) as { labels: number[]; fashion_mobile: number[][] };
const COUNT = record.labels.length;
const kerasCorrect = record.fashion_mobile.filter((row, i) => row.indexOf(Math.max(...row)) === record.labels[i]).length;
const pixels = Float32Array.from(readFileSync('tests/fixtures/fashion/images.u8').subarray(0, COUNT * 784), (byte) => Math.fround(byte / 255));
/** float32 sums in another order. */
const TOLERANCE = 1e-5;

interface Optimized {
  size: { raw: number; gzip: number };
  accuracy: { original: { correct: number }; candidate: { count: number } } | null;
  fidelity: object | null;
  verification: { litert: { samples: number; agreement: number; twin: boolean } };
  device: { arena: { totalBytes: number }; runtimes: { runtime: string; supported: boolean }[] };
  recipeToBytes: { elapsedMs: number; peakMemoryBytes: number };
}

const integers = ['--pass', 'fold-batch-norm', '--pass', 'quantize-integer:samples=32', '--data', RECORD, '--format'];

describe('whittle optimize --format tflite', () => {
  it('calibrates, proves and weighs, and evaluates nothing that was not asked for', async () => {
    const outcome = await whittle('optimize', MOBILE, ...integers, 'tflite', '--out', at('int8.tflite'), '--json');
    expect(outcome.err).not.toMatch(/accuracy|fidelity/);
    const result = outcome.json<Optimized>();
    expect(result).toMatchObject({ accuracy: null, fidelity: null, verification: { litert: { samples: COUNT, twin: false } } });
    expect(result.size.raw).toBe(readFileSync(at('int8.tflite')).length);
    expect(result.verification.litert.agreement).toBeGreaterThan(0.95);
    expect(result.device.arena.totalBytes).toBeGreaterThan(10_000);
    expect(result.device.runtimes.find(({ runtime }) => runtime === 'micro')).toMatchObject({ supported: true });
    expect(result.recipeToBytes.peakMemoryBytes).toBeGreaterThan(1e6);
  });

  it('says all that in lines, with accuracy where asked', async () => {
    const { code, out } = await whittle('optimize', MOBILE, ...integers, 'tflite:batch=4', '--evaluate', '--limit', '32', '--verify', '8', '--out', at('four.tflite'));
    expect(code).toBe(0);
    expect(out).toMatch(/accuracy .* n = 32/);
    expect(out).toMatch(/LiteRT ran these bytes: same top-1 .* n = 8/);
    expect(out).toMatch(/tensor arena about [\d.]+ kB/);
    expect(out).toMatch(/from recipe to bytes [\d.]+ s, peak memory/);
  });

  it('names the twin of integer borders', async () => {
    const { out } = await whittle('optimize', MOBILE, '--pass', 'quantize-integer:samples=32,input-output=int8', '--data', RECORD, '--verify', '4', '--format', 'tflite', '--out', at('borders.tflite'));
    expect(out).toMatch(/LiteRT ran the same model with real numbers at its borders/);
  });

  it('writes a C array as two files of a folder', async () => {
    expect((await whittle('optimize', MOBILE, '--pass', 'fold-batch-norm', '--format', 'tflite:container=c-array', '--out', at('firmware'))).code).toBe(0);
    expect(filesBelow(at('firmware'))).toEqual(['fashion_mobile.cc', 'fashion_mobile.h']);
  });
});

describe('a .tflite', () => {
  const path = at('float.tflite');
  /** Its very bytes on LiteRT, and read into TensorFlow.js. */
  const backends: readonly { flags: readonly string[] }[] = [{ flags: [] }, { flags: ['--backend', 'wasm'] }];
  beforeAll(async () => {
    const { code, err } = await whittle('optimize', MOBILE, '--pass', 'fold-batch-norm', '--format', 'tflite', '--out', path);
    if (code !== 0) throw new Error(err);
  });

  it('is inspected with its recipe, arena and other runtimes', async () => {
    const found = (await whittle('inspect', path, '--json')).json<{ format: string; recipe: { steps: { pass: string }[] }; device: Optimized['device'] }>();
    expect(found.format).toBe('tflite');
    expect(found.recipe.steps.map(({ pass }) => pass)).toEqual(['fold-batch-norm']);
    expect(found.device.runtimes.map(({ runtime }) => runtime)).toEqual(['micro', 'edge-tpu', 'gpu']);
    expect((await whittle('inspect', path)).out).toMatch(/tensor arena about/);
  });

  it.each(backends)('runs as Keras did ($flags)', async ({ flags }) => {
    await writeOne(at('x.npz'), writeNpz(new Map([['x0', { shape: [COUNT, 28, 28, 1], dtype: 'float32' as const, data: pixels }]])));
    expect((await whittle('run', path, '--input', at('x.npz'), '--output', at('y.npz'), ...flags)).code).toBe(0);
    const y = (await readArrays(fileOf('y.npz', new Uint8Array(readFileSync(at('y.npz')))))).get('y0')!;
    expect(y.shape).toEqual([COUNT, 10]);
    expect(Math.max(...record.fashion_mobile.flat().map((value, i) => Math.abs(value - y.data[i]!)))).toBeLessThan(TOLERANCE);
  });

  it.each(backends)('is evaluated as Keras was ($flags)', async ({ flags }) => {
    const found = (await whittle('evaluate', path, '--data', RECORD, '--json', ...flags)).json<{ accuracy: number; n: number }>();
    expect(found.n).toBe(COUNT);
    expect(found.accuracy * COUNT).toBeCloseTo(kerasCorrect, 6);
  });

  it('is benched on LiteRT', async () => {
    const found = (await whittle('bench', path, path, '--json')).json<{ backend: string; models: { p50Ms: number }[] }>();
    expect(found.backend).toBe('litert-wasm');
    expect(found.models.map(({ p50Ms }) => p50Ms > 0)).toEqual([true, true]);
  });

  it('is optimized again', async () => {
    const again = await whittle('optimize', path, '--pass', 'quantize-integer:samples=32', '--data', RECORD, '--format', 'tflite', '--out', at('again.tflite'), '--json');
    expect(again.json<Optimized>().size.raw).toBeLessThan(readFileSync(path).length / 2);
    const found = (await whittle('inspect', at('again.tflite'), '--json')).json<{ recipe: { steps: { pass: string }[] } }>();
    expect(found.recipe.steps.at(-1)!.pass).toBe('quantize-integer');
  });
});
