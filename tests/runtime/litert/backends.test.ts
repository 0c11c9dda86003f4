/** LiteRT in Node, against what its Python interpreter recorded for the same files and inputs. */
import type { Batch, Borders, FileBackend } from '../../../src/runtime/backend';
import type { Recorded } from './files';
import { readFileSync } from 'node:fs';
import { getGlobalLiteRt } from '@litertjs/core';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { createFileBackend } from '../../../src/runtime/litert/backends';
import { configureLiteRt } from '../../../src/runtime/litert/files';
import { nodeLiteRtFiles } from '../../../src/runtime/litert/files.node';
import { relativeDifference } from '../tfjs/numbers';
import { batchOf, bordersOf } from './files';

/** The browser's build sums floats in another order than the one for this processor. */
const TOLERANCE = 1e-6;
/** Inputs that stayed would take 60 MB. */
const RUNS = 200;

const fixture = (name: string) => readFileSync(new URL(`fixtures/${name}`, import.meta.url));
const bytesOf = (name: string) => Uint8Array.from(fixture(`${name}.tflite`));
const recorded = JSON.parse(fixture('recorded.json').toString()) as Record<'float' | 'int8' | 'uint8' | 'two', Recorded>;
const net = bordersOf(recorded.float, ['picture'], ['output_0']);
const uint8Net = bordersOf(recorded.uint8, ['picture'], ['output_0']);
const two = bordersOf(recorded.two, ['a_shift', 'picture'], ['wide', 'moved']);

let backend: FileBackend;
let warned: readonly unknown[];
beforeAll(async () => {
  const warn = vi.spyOn(console, 'warn');
  configureLiteRt(nodeLiteRtFiles);
  backend = await createFileBackend('litert-wasm');
  warned = warn.mock.calls.flat();
  warn.mockRestore();
});

async function compare(name: keyof typeof recorded, borders: Borders): Promise<number[]> {
  const model = await backend.prepare(bytesOf(name), borders);
  const { inputs, outputs, runs } = recorded[name];
  const differences: number[] = [];
  for (const run of runs) {
    const given = await model.run(run.inputs.map((numbers, i) => batchOf(inputs[i]!, numbers)));
    const wanted = run.outputs.map((numbers, i) => batchOf(outputs[i]!, numbers));
    expect(given.map(({ dtype, shape }) => [dtype, shape])).toEqual(wanted.map(({ dtype, shape }) => [dtype, shape]));
    given.forEach(({ data }, i) => differences.push(relativeDifference(data, wanted[i]!.data)));
  }
  model.dispose();
  return differences;
}

describe('LiteRT on WASM', () => {
  it('loads without a word and leaves no globals behind', () => {
    expect(warned).toEqual([]);
    expect(['self', 'Module', 'ModuleFactory', 'importScripts'].filter((name) => name in globalThis)).toEqual([]);
  });

  it('runs a float file as Python does', async () => {
    const differences = await compare('float', net);
    expect(differences).toHaveLength(8);
    expect(Math.max(...differences)).toBeLessThan(TOLERANCE);
  });

  it.each([['int8', net], ['uint8', uint8Net]] as const)('gives the very numbers of Python for an %s file', async (name, borders) => {
    expect(await compare(name, borders)).toEqual(Array.from({ length: 8 }, () => 0));
  });

  it('pairs inputs and outputs by name, whatever their order in the signature', async () => {
    expect(Math.max(...(await compare('two', two)))).toBeLessThan(TOLERANCE);
  });

  it('puts uint8 numbers on their grid as a float input of the same net is', async () => {
    const model = await backend.prepare(bytesOf('uint8'), uint8Net);
    const [y] = await model.run([batchOf(recorded.float.inputs[0]!, recorded.int8.runs[0]!.inputs[0]!)]);
    expect([...y!.data]).toEqual(recorded.int8.runs[0]!.outputs[0]);
    model.dispose();
  });

  it('keeps nothing of its runs', async () => {
    const large = { ...net, values: Object.fromEntries(Object.entries(net.values).map(([id, value]) => [id, { ...value, shape: null }])) };
    const model = await backend.prepare(bytesOf('large'), large);
    const input: Batch = { shape: [1, 160, 160, 3], dtype: 'float32', data: new Float32Array(160 * 160 * 3) };
    const stepper = await model.stepper([input]);
    await model.run([input]);
    const heap = () => getGlobalLiteRt().liteRtWasm.HEAPU8.byteLength;
    const [nbytes, tensors] = [heap(), backend.tensorCount()];
    for (let i = 0; i < RUNS; i++) {
      await model.run([input]);
      await stepper.step();
    }
    expect([heap(), backend.tensorCount()]).toEqual([nbytes, tensors]);
    stepper.dispose();
    expect(backend.tensorCount()).toBe(0);
    model.dispose();
    await expect(model.run([input])).rejects.toMatchObject({ name: 'BackendError', message: expect.stringMatching(/closed/) });
  });

  it('steps with inputs given once, and survives being spread into a model of its own', async () => {
    const model = { ...(await backend.prepare(bytesOf('int8'), net)) };
    const { inputs, runs } = recorded.int8;
    const stepper = await model.stepper([batchOf(inputs[0]!, runs[1]!.inputs[0]!)]);
    for (let i = 0; i < 3; i++) expect([...(await stepper.step())[0]!.data]).toEqual(runs[1]!.outputs[0]);
    stepper.dispose();
    expect(model.nbytes).toBe(bytesOf('int8').length);
    model.dispose();
  });

  it('runs asked for at once take turns', async () => {
    const models = await Promise.all([backend.prepare(bytesOf('int8'), net), backend.prepare(bytesOf('uint8'), uint8Net)]);
    const { inputs, runs } = recorded.int8;
    const all = await Promise.all([0, 1, 0, 1].map((i) => models[i]!.run([batchOf(inputs[0]!, runs[2]!.inputs[0]!)])));
    for (const [y] of all) expect([...y!.data]).toEqual(runs[2]!.outputs[0]);
    for (const model of models) model.dispose();
  });

  it.each([
    ['int8 borders', 'int8-borders', { ...uint8Net, values: asInt8(uint8Net.values) }, /is int8\. Export with float or uint8/],
    ['a free batch', 'free-batch', net, /fixed shapes.*\[any, 8, 8, 3\].*fixed batch/],
    ['another graph', 'two', net, /LiteRT finds 2 input/],
  ] as const)('refuses %s', async (_what, file, borders, message) => {
    await expect(backend.prepare(bytesOf(file), borders)).rejects.toMatchObject({ name: 'BackendError', message: expect.stringMatching(message) });
  });

  it.each([
    ['no model at all', () => new Uint8Array(64)],
    ['half a model', () => bytesOf('int8').slice(0, 2000)],
    ['nothing', () => new Uint8Array(0)],
  ])('refuses %s with LiteRT’s words', async (_what, make) => {
    await expect(backend.prepare(make(), net)).rejects.toMatchObject({ name: 'BackendError', message: expect.stringMatching(/LiteRT does not take the file: \w/) });
  });

  it('refuses inputs of another batch, and inner values', async () => {
    const model = await backend.prepare(bytesOf('int8'), net);
    const batch: Batch = { shape: [2, 8, 8, 3], dtype: 'float32', data: new Float32Array(384) };
    await expect(model.run([batch])).rejects.toMatchObject({ name: 'DataError', message: expect.stringMatching(/\[2, 8, 8, 3\].*\[1, 8, 8, 3\]/) });
    await expect(model.runWith([{ ...batch, shape: [1, 8, 8, 3], data: new Float32Array(192) }], ['conv'])).rejects.toMatchObject({ name: 'BackendError' });
    expect(backend.tensorCount()).toBe(0);
    model.dispose();
  });

  it('says why its other accelerators are missing', async () => {
    await expect(createFileBackend('litert-webgpu')).rejects.toMatchObject({ name: 'BackendError', message: expect.stringMatching(/Node has no WebGPU/) });
    await expect(createFileBackend('litert-webnn')).rejects.toMatchObject({ name: 'BackendError', message: expect.stringMatching(/Node has no WebNN/) });
  });
});

function asInt8(values: Borders['values']): Borders['values'] {
  return Object.fromEntries(Object.entries(values).map(([id, value]) => [id, { ...value, quantization: { dtype: 'int8' as const, scale: 1, zeroPoint: 0 } }]));
}
