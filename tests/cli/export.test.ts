/** whittle export --adaptive: a folder that stands alone, with typed, small code and models that were proven and measured. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { CNN, filesBelow, lastLine, MOBILE, RECORD, temporaryFolder, unpackCase, whittle } from './whittle';

interface Exported {
  out: string;
  module: { gzip: number };
  rungs: { name: string; accuracy: number | null; nbytes: number; macs: number; tfjs: object | null; litert: string | null }[];
  leftOut: { name: string; becauseOf: string }[];
}

/** What the exported code may weigh, gzipped, without TensorFlow.js or LiteRT. */
const LARGEST_MODULE_BYTES = 15_000;

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);

describe('a ladder of two models', async () => {
  const out = at('ladder');
  const outcome = await whittle('export', CNN, '--ladder', MOBILE, '--format', 'both', '--adaptive', out, '--json');
  const exported = outcome.json<Exported>();

  it('holds both, with files for TensorFlow.js and LiteRT', () => {
    expect(outcome.code).toBe(0);
    expect(new Set(exported.rungs.map(({ name }) => name))).toEqual(new Set(['fashion_cnn', 'fashion_mobile']));
    expect(filesBelow(out)).toEqual([
      'README.md', 'demo.html', 'index.d.ts', 'index.js', 'manifest.json', 'package.json',
      'rungs/0/group1-shard1of1.bin', 'rungs/0/model.json', 'rungs/0/model.tflite',
      'rungs/1/group1-shard1of1.bin', 'rungs/1/model.json', 'rungs/1/model.tflite',
      'tfjs.d.ts', 'tfjs.js',
    ]);
  });

  it('its code is small and imports nothing', () => {
    const code = readFileSync(join(out, 'index.js'), 'utf8');
    expect(gzipSync(code, { level: 9 }).length).toBeLessThan(LARGEST_MODULE_BYTES);
    expect(code).not.toMatch(/\bimport\s*[({'"*]/);
    expect(exported.module.gzip).toBe(gzipSync(code, { level: 9 }).length);
  });

  it('is a package that npm takes', () => {
    const manifest = JSON.parse(readFileSync(join(out, 'package.json'), 'utf8')) as { name: string; type: string; types: string; exports: Record<string, string | Record<string, string>> };
    expect(manifest).toMatchObject({ name: 'fashion_cnn-adaptive', type: 'module', types: './index.d.ts' });
    const named = Object.values(manifest.exports).flatMap((entry) => (typeof entry === 'string' ? [entry] : Object.values(entry)));
    expect(named.filter((file) => !existsSync(join(out, file)))).toEqual([]);
    expect(readFileSync(join(out, 'README.md'), 'utf8')).toContain("'fashion_cnn-adaptive/tfjs'");
  });

  it('its types stand alone, and check a caller', () => {
    const check = (text: string): { status: number | null; stdout: string } => {
      writeFileSync(join(out, 'caller.ts'), text);
      return spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '--noEmit', '--strict', '--ignoreConfig', '--target', 'es2022', '--module', 'esnext', '--moduleResolution', 'bundler', '--lib', 'es2022,dom', '--types', '', join(out, 'caller.ts')], { encoding: 'utf8' });
    };
    const right = check("import { createAdaptiveModel } from './index.js';\nconst model = await createAdaptiveModel({ targetLoad: 0.7 });\nconst { output }: { output: Float32Array } = await model.run([1, 2]);\nconst frame = await model.run(output, { skippable: true });\nexport const backend = frame?.backend;\n");
    expect(right.stdout).toBe('');
    expect(right.status).toBe(0);
    expect(check("import { createAdaptiveModel } from './index.js';\nexport const model = createAdaptiveModel({ target: 0.7 });\n").stdout).toContain("'target' does not exist");
  });

  it('its module runs the exported models: in Node, on the CPU backend of TensorFlow.js, as Keras did', async () => {
    const record = JSON.parse(readFileSync('tests/fixtures/fashion/expected-outputs.json', 'utf8')) as Record<string, number[][]>;
    const pixels = Float32Array.from(readFileSync('tests/fixtures/fashion/images.u8').subarray(0, 784), (byte) => Math.fround(byte / 255));
    const program = `
      import { readFileSync } from 'node:fs';
      import { fileURLToPath } from 'node:url';
      import * as tf from '@tensorflow/tfjs';
      import { createAdaptiveModel } from ${JSON.stringify(join(out, 'index.js'))};
      globalThis.fetch = async (address) => new Response(readFileSync(fileURLToPath(address)));
      const model = await createAdaptiveModel({ tf, backends: ['cpu'], storage: null, maxBatch: 1 });
      const { output, rung } = await model.run(${JSON.stringify([...pixels])});
      process.stdout.write(JSON.stringify({ output: [...output], name: model.rungs[rung].name }));
      model.close();
      process.exit(0);`;
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' });
    expect(stderr).not.toContain('Error');
    const { output, name } = JSON.parse(stdout.slice(stdout.indexOf('{"output"'))) as { output: number[]; name: string };
    expect(Math.max(...output.map((value, k) => Math.abs(value - record[name]![0]![k]!)))).toBeLessThan(1e-5);
  });
});

describe('a ladder of recipes', () => {
  it('measures each rung on labelled data, and leaves out what is of no use', async () => {
    // Five parts in a hundred of the weights are left: worse, and with TensorFlow.js no faster.
    writeFileSync(at('pruned.json'), JSON.stringify({ version: 1, steps: [{ pass: 'prune-magnitude', options: { sparsity: 0.95 }, rules: [] }] }));
    const outcome = await whittle('export', MOBILE, '--ladder', at('pruned.json'), '--data', RECORD, '--adaptive', at('pruned'), '--json');
    expect(outcome.code).toBe(0);
    const { rungs, leftOut } = outcome.json<Exported>();
    const whole = rungs.find(({ name }) => name === 'fashion_mobile')!;
    expect(whole.accuracy).toBeCloseTo(62 / 64, 1);
    expect(whole.litert).toBeNull();
    const names = [...rungs, ...leftOut].map(({ name }) => name).sort();
    expect(names).toEqual(['fashion_mobile', 'pruned']);
    expect(leftOut.every(({ becauseOf }) => becauseOf === 'fashion_mobile')).toBe(true);
  });
});

describe('refusals', () => {
  it.each([
    [['export', CNN], /--adaptive is needed/],
    [['export', CNN, '--adaptive', at('x'), '--format', 'keras'], /tfjs, tflite, both are allowed/],
    [['export', CNN, '--adaptive', at('x'), '--ladder', at('missing.json')], /cannot be read/],
  ])('%j', async (words, message) => {
    const outcome = await whittle(...words);
    expect(outcome.code).not.toBe(0);
    expect(outcome.err).toMatch(message);
    expect(existsSync(at('x'))).toBe(false);
  });

  it('models of other tasks make no ladder', async () => {
    const other = unpackCase(folder, 'keras3/dense.keras.gz');
    const outcome = await whittle('export', CNN, '--adaptive', at('x'), '--ladder', other);
    expect(outcome.code).toBe(1);
    expect(lastLine(outcome)).toMatch(/the rungs of a ladder must do the same task/);
    expect(existsSync(at('x'))).toBe(false);
  });
});
