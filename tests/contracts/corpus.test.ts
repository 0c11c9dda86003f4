/**
 * Public models as they are published: our executor gives what TensorFlow.js's own loaders give on the same backend,
 * and so does what is written of them. Models with control flow are refused by name.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as tf from '@tensorflow/tfjs';
import { createRandom } from '../../src/lib/random';
import { ignoreProgress } from '../../src/lib/progress';
import { fileOf } from '../../src/lib/source-file';
import { openModel, type OpenedModel } from '../../src/formats/open';
import { loadFormat } from '../../src/formats/index';
import { defaultsOf } from '../../src/options/options';
import type { Backend, Batch } from '../../src/runtime/backend';
import { createBackend } from '../../src/runtime/tfjs/backends';
import { configureWasm } from '../../src/runtime/tfjs/wasm-paths';
import { nodeWasmPaths } from '../../src/runtime/tfjs/wasm-paths.node';
import { runWithTfjsLoader } from '../../src/runtime/tfjs/reference-loader';
import { isCorpusInstalled, loadCorpusFiles, readCorpusModels, type CorpusFile, type CorpusModel } from '../corpus/load';
import { relativeDifference } from '../runtime/tfjs/numbers';

/** Float32 sums in another order, relative to the largest output. */
const TOLERANCE = 1e-5;
/**
 * One output of blazepose is the sigmoid of a sum that nearly cancels: TensorFlow.js's own cpu and wasm backends differ by
 * 4e-5 of it.
 */
const TOLERANCES: Readonly<Record<string, number>> = { blazepose: 1e-4 };
const SEED = 20240501;

const models = readCorpusModels();
const titled = models.filter((model) => !model.controlFlow).map((model) => [model.id, model] as const);
const refused = models.filter((model) => model.controlFlow).map((model) => [model.id, model] as const);

let wasm: Backend;

beforeAll(async () => {
  if (!isCorpusInstalled()) throw new Error('The corpus is missing: run "npm ci --prefix tests/corpus --ignore-scripts --omit=peer".');
  tf.env().set('PROD', true);
  configureWasm(nodeWasmPaths());
  wasm = await createBackend('wasm');
});

afterAll(() => wasm?.dispose());

describe('a public model', () => {
  it.each(titled)('%s runs as TensorFlow.js runs it, before and after it is written', async (_, model) => {
    const files = await loadCorpusFiles(model);
    const opened = await open(files);
    expect(opened.format).toBe(model.kind === 'graph' ? 'tfjs-graph' : 'tfjs-layers');
    const inputs = inputsOf(model, opened);
    // Some manifests name their files with a leading "./".
    const named = files.flatMap((file) => [file, { ...file, name: `./${file.name}` }]);
    const expected = await runWithTfjsLoader(named, opened.format as 'tfjs-graph' | 'tfjs-layers', inputs, 'wasm');
    const prepared = await wasm.prepare(opened.graph);
    const actual = await prepared.run(inputs);
    prepared.dispose();
    expectSame(actual, expected, TOLERANCES[model.id]);

    const format = await loadFormat('tfjs-graph');
    expect(format.canWrite(opened.graph)).toBe(true);
    const written = await format.write(opened.graph, defaultsOf(format.meta.writeOptions), undefined);
    expect(written.diagnostics).toEqual([]);
    expectSame(await runWithTfjsLoader(written.files, 'tfjs-graph', inputs, 'wasm'), expected);
  });

  /** The reference backend takes thirty times as long: light models only. */
  it.each(titled.filter(([, model]) => model.cost === 'light'))('%s runs on cpu as TensorFlow.js runs it there', async (_, model) => {
    const files = await loadCorpusFiles(model);
    const opened = await open(files);
    const inputs = inputsOf(model, opened);
    const named = files.flatMap((file) => [file, { ...file, name: `./${file.name}` }]);
    const expected = await runWithTfjsLoader(named, opened.format as 'tfjs-graph' | 'tfjs-layers', inputs, 'cpu');
    const prepared = await (await createBackend('cpu')).prepare(opened.graph);
    expectSame(await prepared.run(inputs), expected);
    prepared.dispose();
  });

  it.each(refused)('%s is refused because of its control flow', async (_, model) => {
    const error = await open(await loadCorpusFiles(model)).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(Error);
    expect((error as Error).name).toBe('UnsupportedError');
    expect((error as Error).message).toMatch(/branches, loops or keeps lists/);
    const named = Object.keys(model.ops).filter((op) => (error as Error).message.includes(op));
    expect(named.length).toBeGreaterThan(0);
  });
});

function open(files: readonly CorpusFile[]): Promise<OpenedModel> {
  return openModel(files.map((file) => fileOf(file.name, file.bytes)), ignoreProgress);
}

/** By name: models list their inputs in orders of their own. */
function inputsOf(model: CorpusModel, opened: OpenedModel): Batch[] {
  return opened.graph.inputs.map((_, i) => {
    const input = model.inputs[i]!;
    const random = createRandom(SEED + i);
    const numbers = Array.from({ length: input.shape.reduce((a, b) => a * b, 1) }, () => input.low + (input.high - input.low) * random.uniform());
    const isInteger = input.dtype === 'int32';
    return { shape: input.shape, dtype: isInteger ? 'int32' : 'float32', data: isInteger ? Int32Array.from(numbers, Math.round) : Float32Array.from(numbers) };
  });
}

function expectSame(actual: readonly Batch[], expected: readonly Batch[], tolerance = TOLERANCE): void {
  expect(actual.map((output) => output.shape)).toEqual(expected.map((output) => output.shape));
  const differences = actual.map((output, i) => relativeDifference(output.data, expected[i]!.data));
  expect(Math.max(...differences)).toBeLessThan(tolerance);
}
