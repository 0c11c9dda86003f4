/** whittle inspect, against sizes that Node's own compressors give and counts that Keras prints. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { CNN, lastLine, MOBILE, temporaryFolder, unpackCase, whittle } from './whittle';

const folder = temporaryFolder();

interface Inspection {
  format: string;
  producer: string;
  name: string;
  parameters: number;
  macs: number;
  peakActivationBytes: number;
  size: { raw: number; gzip: number; brotli: number };
  inputs: { name: string; dtype: string; shape: number[] }[];
  outputs: { name: string; dtype: string; shape: number[] }[];
  layers: { name: string; op: string; parameters: number; macs: number; outputShape: number[]; sparsity: number | null; bits: number | null }[];
  diagnostics: unknown[];
  recipe: unknown;
}

describe('whittle inspect', () => {
  it.each([
    { path: CNN, parameters: 242_218, macs: '7.60' },
    { path: MOBILE, parameters: 47_274, macs: '5.79' },
  ])('gives the facts of $path as JSON', async ({ path, parameters, macs }) => {
    const outcome = await whittle('inspect', path, '--json');
    expect(outcome.code).toBe(0);
    const found = outcome.json<Inspection>();
    const bytes = readFileSync(path);
    expect(found).toMatchObject({ format: 'keras', parameters, recipe: null });
    expect(found.producer).toMatch(/Keras 3/);
    expect((found.macs / 1e6).toFixed(2)).toBe(macs);
    expect(found.size.raw).toBe(bytes.length);
    // Other deflaters differ a little at the same level.
    expect(Math.abs(found.size.gzip / gzipSync(bytes, { level: 9 }).length - 1)).toBeLessThan(0.01);
    expect(found.size.brotli).toBeLessThan(found.size.raw);
    expect(found.inputs).toEqual([{ name: expect.any(String) as string, dtype: 'float32', shape: [-1, 28, 28, 1] }]);
    expect(found.outputs.map(({ dtype, shape }) => ({ dtype, shape }))).toEqual([{ dtype: 'float32', shape: [-1, 10] }]);
    expect(found.layers.reduce((sum, layer) => sum + layer.parameters, 0)).toBe(parameters);
    expect(found.layers.reduce((sum, layer) => sum + layer.macs, 0)).toBe(found.macs);
    expect(found.layers[0]).toMatchObject({ op: 'conv2d', outputShape: [1, 28, 28, 32], bits: 32, sparsity: 0 });
  });

  it('prints a head and a table that a person reads', async () => {
    const { code, out } = await whittle('inspect', CNN);
    expect(code).toBe(0);
    const lines = out.split('\n');
    expect(lines[0]).toMatch(/^\S+: Keras \(\.keras\), Keras 3\.\d+/);
    expect(out).toMatch(/^size {8}1\.03 MB, gzip \d+ kB, brotli \d+ kB$/m);
    expect(out).toMatch(/^parameters {2}242218$/m);
    expect(out).toMatch(/^MACs {8}7\.60 M$/m);
    expect(out).toMatch(/^input {7}\S+ \?×28×28×1 float32$/m);
    expect(out).toMatch(/^output {6}\S+ \?×10 float32$/m);
    expect(out).toMatch(/^layer +op +output +parameters +MACs +weights +zeros$/m);
    expect(out).toMatch(/^conv2d +conv2d +1×28×28×32 +288 +226 k +32 bit +0\.00 %$/m);
    expect(out).not.toMatch(/[ \t]$/m);
  });

  it.each([
    ['h5-keras2/model-two-inputs-two-outputs.h5.gz', 'keras-h5'],
    ['h5-keras3/model-two-inputs-two-outputs.h5.gz', 'keras-h5'],
    ['keras3/model-two-inputs-two-outputs.keras.gz', 'keras'],
  ])('names inputs and outputs of %s', async (path, format) => {
    const found = (await whittle('inspect', unpackCase(folder, path), '--json')).json<Inspection>();
    expect(found.format).toBe(format);
    expect(found.inputs).toEqual([
      { name: 'in0', dtype: 'float32', shape: [-1, 8, 8, 3] },
      { name: 'in1', dtype: 'float32', shape: [-1, 5] },
    ]);
    expect(found.outputs.map(({ shape }) => shape)).toEqual([[-1, 3], [-1, 1]]);
  });

  it.each(['tests/fixtures/keras/tfjs/keras2-siamese/model.json', 'tests/fixtures/keras/tfjs/keras2-siamese'])('opens %s with its shards', async (path) => {
    const found = (await whittle('inspect', path, '--json')).json<Inspection>();
    expect(found.format).toBe('tfjs-layers');
    expect(found.inputs).toHaveLength(2);
    expect(found.size.raw).toBeGreaterThan(found.parameters * 4);
  });

  it('refuses what it cannot read, in one sentence, with exit code 1', async () => {
    const text = join(folder, 'notes.txt');
    writeFileSync(text, 'no model at all');
    const unknown = await whittle('inspect', text, '--json');
    expect(unknown).toMatchObject({ code: 1, out: '' });
    expect(lastLine(unknown)).toMatch(/notes\.txt.*It reads: TensorFlow\.js graph model.*Keras/);

    const missing = await whittle('inspect', join(folder, 'nowhere.keras'));
    expect(missing).toMatchObject({ code: 1, out: '' });
    expect(missing.err).toMatch(/nowhere\.keras does not exist\.$/);

    const cut = join(folder, 'cut.keras');
    writeFileSync(cut, readFileSync(CNN).subarray(0, 500_000));
    const truncated = await whittle('inspect', cut);
    expect(truncated).toMatchObject({ code: 1, out: '' });
    expect(lastLine(truncated).length).toBeGreaterThan(30);
  });

  it.each([
    ['special/lambda.keras', /The layer "twice" \(Lambda\) is code/],
    ['special/weights-only-keras3.weights.h5', /holds weights only/],
    ['special/custom-layer.keras', /Gain/],
  ])('says why %s is refused', async (path, reason) => {
    const outcome = await whittle('inspect', unpackCase(folder, path));
    expect(outcome).toMatchObject({ code: 1, out: '' });
    expect(lastLine(outcome)).toMatch(reason);
  });

  it('names the shard that is missing', async () => {
    const model = join(folder, 'model.json');
    writeFileSync(model, readFileSync('tests/fixtures/keras/tfjs/keras2-siamese/model.json'));
    const outcome = await whittle('inspect', model);
    expect(outcome.code).toBe(1);
    expect(lastLine(outcome)).toMatch(/\.bin/);
  });
});

