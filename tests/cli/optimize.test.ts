/** whittle optimize: what it writes opens again here and in TensorFlow.js, and a failure writes nothing. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadGraphModel } from '@tensorflow/tfjs-converter';
import { setBackend, tensor, type Tensor } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { filesBelow, lastLine, MOBILE, RECORD, temporaryFolder, unpackCase, whittle, type Outcome } from './whittle';

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);
const record = JSON.parse(readFileSync('tests/fixtures/fashion/expected-outputs.json', 'utf8')) as { labels: number[]; fashion_mobile: number[][] };
const pixels = Float32Array.from(readFileSync('tests/fixtures/fashion/images.u8'), (byte) => Math.fround(byte / 255));

interface Optimized {
  out: string;
  format: string;
  files: { name: string; nbytes: number }[];
  size: { raw: number; gzip: number; brotli: number };
  parameters: number;
  macs: number;
  accuracy: { original: { correct: number }; candidate: { correct: number; count: number }; change: { low: number; high: number } } | null;
  fidelity: { count: number; sqnrDb: number | string; agreement: number } | null;
  verification: { samples: number; largestDifference: number; referenceDifference: number | null; agreement: number };
  diagnostics: { level: string; message: string }[];
  recipe: { steps: { pass: string; options: Record<string, unknown>; rules: unknown[] }[]; preprocessing?: unknown };
}

interface Inspected {
  format: string;
  parameters: number;
  layers: { name: string; op: string; sparsity: number | null; bits: number | null; parameters: number }[];
  recipe: { steps: { pass: string }[]; preprocessing: { scale: number } };
}

const inspect = async (path: string): Promise<Inspected> => (await whittle('inspect', path, '--json')).json<Inspected>();

/** TensorFlow.js's own loader on the files of a folder. */
async function runInTfjs(path: string, data: Float32Array, shape: number[]): Promise<Float32Array> {
  const json = JSON.parse(readFileSync(join(path, 'model.json'), 'utf8')) as {
    modelTopology: object;
    weightsManifest: { paths: string[]; weights: never[] }[];
    signature?: object;
  };
  const shards = json.weightsManifest.flatMap(({ paths }) => paths.map((name) => readFileSync(join(path, name))));
  const model = await loadGraphModel({
    load: async () => ({
      modelTopology: json.modelTopology,
      weightSpecs: json.weightsManifest.flatMap(({ weights }) => weights),
      weightData: new Uint8Array(Buffer.concat(shards)).buffer,
      ...(json.signature ? { signature: json.signature } : {}),
    }),
  });
  return (model.predict(tensor(data, shape)) as Tensor).data() as Promise<Float32Array>;
}

describe('whittle optimize, with labelled data', () => {
  const out = at('pruned');
  let outcome: Outcome;
  let result: Optimized;
  beforeAll(async () => {
    outcome = await whittle(
      'optimize', MOBILE, '--pass', 'fold-batch-norm', '--pass', 'prune-magnitude:sparsity=50%,ranking=layer', '--pass', 'cluster-weights:keep-zeros=true,centroids=64',
      '--keep', 'dense_2', '--data', RECORD, '--format', 'tfjs', '--out', out, '--json',
    );
    result = outcome.json<Optimized>();
  });

  it('says what was written, how large it is, and what it cost', () => {
    expect(outcome.code).toBe(0);
    expect(result).toMatchObject({ out, format: 'tfjs-graph', fidelity: null });
    expect(result.files.map(({ name }) => name).sort()).toEqual(filesBelow(out));
    const bytes = filesBelow(out).reduce((sum, name) => sum + readFileSync(join(out, name)).length, 0);
    expect(result.size.raw).toBe(bytes);
    expect(result.size.gzip).toBeLessThan(result.size.raw);
    expect(result.accuracy!.candidate.count).toBe(64);
    const keras = record.fashion_mobile.filter((row, i) => row.indexOf(Math.max(...row)) === record.labels[i]).length;
    expect(result.accuracy!.original.correct).toBe(keras);
    expect(result.accuracy!.change.low).toBeLessThanOrEqual(result.accuracy!.change.high);
  });

  it('reads options by either spelling, and percents', () => {
    expect(result.recipe.steps.map(({ pass }) => pass)).toEqual(['fold-batch-norm', 'prune-magnitude', 'cluster-weights']);
    expect(result.recipe.steps[1]!.options).toMatchObject({ sparsity: 0.5, ranking: 'layer', pattern: 'unstructured' });
    expect(result.recipe.steps[2]!.options).toMatchObject({ keepZeros: true, centroids: 64 });
    expect(result.recipe.steps[1]!.rules).toEqual([{ match: 'dense_2', keep: true }]);
  });

  it('opens again with the recipe inside, pruned where it should be, and spared where asked', async () => {
    const found = await inspect(out);
    expect(found.format).toBe('tfjs-graph');
    expect(found.recipe.steps.map(({ pass }) => pass)).toEqual(['fold-batch-norm', 'prune-magnitude', 'cluster-weights']);
    expect(found.recipe.preprocessing.scale).toBe(1);
    const weighty = found.layers.filter(({ sparsity, parameters }) => sparsity !== null && parameters > 1000);
    expect(weighty.some(({ sparsity }) => sparsity! > 0.4)).toBe(true);
    const last = weighty.at(-1)!;
    expect(last.sparsity).toBeLessThan(0.05);
  });

  it('runs in tf.loadGraphModel as it was verified', async () => {
    await setBackend('cpu');
    const answers = await runInTfjs(out, pixels.slice(0, 64 * 784), [64, 28, 28, 1]);
    const right = record.labels.filter((label, i) => {
      const row = Array.from(answers.subarray(i * 10, i * 10 + 10));
      return row.indexOf(Math.max(...row)) === label;
    }).length;
    expect(right).toBe(result.accuracy!.candidate.correct);
    // Centroids are stored in float16, and softmax answers within 0…1.
    expect(result.verification.largestDifference).toBeLessThan(1e-3);
    expect(Math.abs(result.verification.referenceDifference! - result.verification.largestDifference)).toBeLessThan(1e-5);
  });
});

describe('whittle optimize, without data', () => {
  const small = unpackCase(folder, 'keras3/model-two-inputs-two-outputs.keras.gz');
  const wide = unpackCase(folder, 'keras3/dense.keras.gz');
  afterAll(() => setBackend('cpu'));

  it.each([
    { flag: 'tfjs', format: 'tfjs-graph', out: 'a-graph', opens: 'a-graph' },
    { flag: 'tfjs:weights=float16', format: 'tfjs-graph', out: 'half/model.json', opens: 'half/model.json' },
    { flag: 'tfjs-layers', format: 'tfjs-layers', out: 'layers', opens: 'layers' },
    { flag: 'keras', format: 'keras', out: 'new/made/small.keras', opens: 'new/made/small.keras' },
    { flag: 'h5', format: 'keras-h5', out: 'small.h5', opens: 'small.h5' },
    { flag: 'tfjs', format: 'tfjs-graph', out: 'small.zip', opens: 'small.zip' },
  ])('writes --format $flag to $out, which opens', async ({ flag, format, out, opens }) => {
    const outcome = await whittle('optimize', small, '--pass', 'clean-up', '--pass', 'quantize-weights:format=float16', '--format', flag, '--out', at(out), '--json');
    expect(outcome.err).not.toMatch(/Usage/);
    const result = outcome.json<Optimized>();
    expect(outcome.code).toBe(0);
    expect(result.format).toBe(format);
    expect(result.accuracy).toBeNull();
    expect(result.fidelity!.count).toBeGreaterThan(0);
    expect(Number(result.fidelity!.sqnrDb)).toBeGreaterThan(40);
    expect(result.verification.largestDifference).toBeLessThan(1e-3);
    const found = await inspect(at(opens));
    expect(found.format).toBe(format);
    expect(found.parameters).toBe(result.parameters);
    expect(found.recipe.steps.map(({ pass }) => pass)).toEqual(['clean-up', 'quantize-weights']);
    expect(filesBelow(folder).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  it('the archive holds the files that the folder would hold', () => {
    expect(Object.keys(unzipSync(readFileSync(at('small.zip')))).sort()).toEqual(filesBelow(at('a-graph')));
  });

  it('takes a recipe file, with --keep on top of its rules, and prints lines that a person reads', async () => {
    const recipe = at('recipe.json');
    writeFileSync(recipe, JSON.stringify({ version: 1, steps: [{ pass: 'prune-magnitude', options: { sparsity: 0.5 } }, { pass: 'clean-up', enabled: false }] }));
    const { code, out } = await whittle('optimize', wide, '--recipe', recipe, '--format', 'tfjs', '--out', at('from-recipe'));
    expect(code).toBe(0);
    const lines = out.split('\n');
    expect(lines[0]).toMatch(/from-recipe: [\d.]+ k?B, gzip [\d.]+ k?B, brotli [\d.]+ k?B \(was [\d.]+ kB\)$/);
    expect(lines[1]).toMatch(/^parameters \d+ → \d+, MACs \S+ → \S+$/);
    expect(lines[2]).toMatch(/^fidelity \(not accuracy\): SQNR [\d.]+ dB, same top-1 [\d.]+ %, n = 64$/);
    expect(lines[3]).toMatch(/^verified: re-opened and run, largest difference \d\.\de[+-]\d+$/);

    const kept = await whittle('optimize', wide, '--recipe', recipe, '--keep', 'dense*', '--format', 'tfjs', '--out', at('kept'), '--json');
    expect(kept.json<Optimized>().recipe.steps[0]!.rules).toEqual([{ match: 'dense*', keep: true }]);
    expect(kept.json<Optimized>().fidelity).toMatchObject({ sqnrDb: 'Infinity', agreement: 1 });
  });

  it('says what the format cannot hold', async () => {
    const outcome = await whittle('optimize', wide, '--pass', 'quantize-weights:format=int8,granularity=channel', '--format', 'keras', '--out', at('stored.keras'));
    expect(outcome.code).toBe(0);
    expect(outcome.out).toMatch(/^(info|warning): .*float32/m);
  });
});

describe('whittle optimize writes nothing when it fails', () => {
  const small = unpackCase(folder, 'keras3/dense.keras.gz');
  const closed = at('closed');
  mkdirSync(closed);
  const file = join(closed, 'a-file');
  writeFileSync(file, 'here before');
  const target = join(closed, 'out');
  const base = ['optimize', small, '--pass', 'clean-up'];

  it.each([
    { name: 'an unknown format', code: 2, argv: [...base, '--format', 'onnx', '--out', target], says: /There is no format "onnx"\. There are: tfjs, tfjs-layers, keras, h5/ },
    { name: 'an unknown pass', code: 2, argv: ['optimize', small, '--pass', 'prune', '--format', 'tfjs', '--out', target], says: /There is no pass "prune"\. There are: clean-up/ },
    { name: 'an unknown option', code: 2, argv: ['optimize', small, '--pass', 'prune-magnitude:amount=1', '--format', 'tfjs', '--out', target], says: /has no option "amount"\. It has: sparsity/ },
    { name: 'a value out of range', code: 2, argv: ['optimize', small, '--pass', 'prune-magnitude:sparsity=120%', '--format', 'tfjs', '--out', target], says: /sparsity is 1\.2; allowed: 0…0\.99/ },
    { name: 'a value without a name', code: 2, argv: ['optimize', small, '--pass', 'prune-magnitude:50', '--format', 'tfjs', '--out', target], says: /"50" in "prune-magnitude:50" should be option=value/ },
    { name: 'an option of the format that is none', code: 2, argv: [...base, '--format', 'tfjs:weights=int3', '--out', target], says: /weights is "int3"; allowed: as-is/ },
    { name: 'no recipe', code: 2, argv: ['optimize', small, '--format', 'tfjs', '--out', target], says: /A recipe is needed/ },
    { name: 'two recipes', code: 2, argv: [...base, '--recipe', 'r.json', '--format', 'tfjs', '--out', target], says: /either --recipe or --pass/ },
    { name: 'no --out', code: 2, argv: [...base, '--format', 'tfjs'], says: /--out is needed/ },
    { name: 'no --format', code: 2, argv: [...base, '--out', target], says: /--format is needed/ },
    { name: 'a misspelt --keep', code: 2, argv: [...base, '--keep', 'densely', '--format', 'tfjs', '--out', target], says: /--keep densely is no layer of this model\. Layers with weights: dense/ },
    { name: 'a recipe that is not there', code: 1, argv: ['optimize', small, '--recipe', at('gone.json'), '--format', 'tfjs', '--out', target], says: /gone\.json cannot be read/ },
    { name: 'a recipe that is no JSON', code: 1, argv: ['optimize', small, '--recipe', file, '--format', 'tfjs', '--out', target], says: /a-file is no JSON/ },
    { name: 'a file where a folder is needed', code: 1, argv: [...base, '--format', 'tfjs', '--out', file], says: /a-file cannot be written: .+\. Choose another path\.$/ },
    { name: 'a folder where a file is needed', code: 1, argv: [...base, '--format', 'h5', '--out', closed], says: /closed cannot be written: it is a folder/ },
    { name: 'a place below a file', code: 1, argv: [...base, '--format', 'keras', '--out', join(file, 'deeper', 'x.keras')], says: /x\.keras cannot be written/ },
    { name: 'data that do not exist', code: 1, argv: [...base, '--data', at('gone.npz'), '--format', 'tfjs', '--out', target], says: /gone\.npz does not exist/ },
  ])('$name', async ({ argv, code, says }) => {
    const outcome = await whittle(...argv);
    expect(outcome).toMatchObject({ code, out: '' });
    expect(outcome.err).toMatch(says);
    expect(lastLine(outcome)).toMatch(code === 2 ? /^Usage: whittle optimize MODEL/ : says);
    expect(filesBelow(closed)).toEqual(['a-file']);
    expect(readFileSync(file, 'utf8')).toBe('here before');
  });

  it('a model that the format cannot hold', async () => {
    const model = unpackCase(folder, 'keras3/attention-concat-scale.keras.gz');
    const outcome = await whittle('optimize', model, '--pass', 'clean-up', '--format', 'tfjs-layers', '--out', target);
    expect(lastLine(outcome)).toMatch(/attention/i);
    expect(outcome).toMatchObject({ code: 1, out: '' });
    expect(filesBelow(closed)).toEqual(['a-file']);
  });
});
