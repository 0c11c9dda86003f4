/**
 * Public TensorFlow Lite models as they are published: our executor gives what the interpreter recorded, and LiteRT gives it
 * too for what is written of them.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as tf from '@tensorflow/tfjs';
import { ignoreProgress } from '../../src/lib/progress';
import { fileOf } from '../../src/lib/source-file';
import { openModel, type OpenedModel } from '../../src/formats/open';
import { loadFormat } from '../../src/formats/index';
import { sizeOf } from '../../src/ir/tensor';
import { defaultsOf } from '../../src/options/options';
import type { Backend, Batch, FileBackend } from '../../src/runtime/backend';
import { createFileBackend } from '../../src/runtime/litert/backends';
import { configureLiteRt } from '../../src/runtime/litert/files';
import { nodeLiteRtFiles } from '../../src/runtime/litert/files.node';
import { createBackend } from '../../src/runtime/tfjs/backends';
import { configureWasm } from '../../src/runtime/tfjs/wasm-paths';
import { nodeWasmPaths } from '../../src/runtime/tfjs/wasm-paths.node';
import { corpusNumbers, isTfliteCorpusInstalled, loadTfliteModel, readTfliteModels, type TfliteCorpusModel } from '../corpus/load-tflite';

/** Float32 sums in another order through 100 layers, relative to the largest output. */
const TOLERANCE = 1e-4;

const titled = readTfliteModels().map((model) => [model.id, model] as const);

let wasm: Backend;
let liteRt: FileBackend;

beforeAll(async () => {
  if (!isTfliteCorpusInstalled()) throw new Error('The corpus is missing: run "npm ci --prefix tests/corpus --ignore-scripts --omit=peer".');
  tf.env().set('PROD', true);
  configureWasm(nodeWasmPaths());
  configureLiteRt(nodeLiteRtFiles);
  wasm = await createBackend('wasm');
  liteRt = await createFileBackend('litert-wasm');
});

afterAll(() => {
  wasm?.dispose();
  liteRt?.dispose();
});

describe('a public .tflite file', () => {
  it.each(titled)('%s answers as the interpreter does, before and after it is written', async (_, model) => {
    const opened = await open(loadTfliteModel(model), model.path);
    expect(opened.format).toBe('tflite');
    const prepared = await wasm.prepare(opened.graph);
    expectRecorded(await prepared.run(inputsOf(model)), model);
    prepared.dispose();

    const format = await loadFormat('tflite');
    expect(format.canWrite(opened.graph)).toBe(true);
    const written = await format.write(opened.graph, defaultsOf(format.meta.writeOptions), undefined);
    expect(written.diagnostics).toEqual([]);
    const { bytes } = written.files[0]!;
    const again = await open(bytes, 'written.tflite');
    const file = await liteRt.prepare(bytes, again.graph);
    expectRecorded(await file.run(inputsOf(model)), model);
    file.dispose();
  });

  it.each(titled)('%s keeps its half floats and the names of its borders', async (_, model) => {
    const { graph } = await open(loadTfliteModel(model), model.path);
    const storages = new Set(Object.values(graph.values).flatMap(({ tensor }) => (tensor?.dtype === 'float32' && tensor.encoding.kind === 'dense' ? [tensor.encoding.storage] : [])));
    expect(storages.has('float16')).toBe((model.operators.DEQUANTIZE ?? 0) > 0);
    expect(graph.inputs.map((id) => graph.values[id]!.shape)).toEqual(model.inputs);
    expect(new Set([...graph.inputNames, ...graph.outputNames]).size).toBe(model.inputs.length + model.outputs.length);
  });
});

function open(bytes: Uint8Array<ArrayBuffer>, name: string): Promise<OpenedModel> {
  return openModel([fileOf(name, bytes)], ignoreProgress);
}

function inputsOf(model: TfliteCorpusModel): Batch[] {
  return model.inputs.map((shape) => ({ shape, dtype: 'float32', data: corpusNumbers(sizeOf(shape)) }));
}

function expectRecorded(actual: readonly Batch[], model: TfliteCorpusModel): void {
  expect(actual.map((output) => output.shape)).toEqual(model.outputs.map((output) => output.shape));
  model.outputs.forEach(({ step, largest, numbers }, k) => {
    const differences = numbers.map((number, i) => Math.abs(actual[k]!.data[i * step]! - number));
    expect(Math.max(...differences) / largest).toBeLessThan(TOLERANCE);
  });
}
