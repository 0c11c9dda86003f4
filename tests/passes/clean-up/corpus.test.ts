/** Public models as they are published give the same answers when they are simplified. */
import { beforeAll, expect, it } from 'vitest';
import { createRandom } from '../../../src/lib/random';
import { ignoreProgress } from '../../../src/lib/progress';
import { fileOf } from '../../../src/lib/source-file';
import { openModel } from '../../../src/formats/open';
import { checkGraph } from '../../../src/ir/check';
import type { Graph } from '../../../src/ir/graph';
import { checkOps } from '../../../src/ops/check';
import { totalMacs } from '../../../src/ops/cost';
import { defaultsOf } from '../../../src/options/options';
import { cleanUpOptions } from '../../../src/passes/clean-up/meta';
import { cleanUp } from '../../../src/passes/clean-up/run';
import type { Backend, Batch } from '../../../src/runtime/backend';
import { createBackend } from '../../../src/runtime/tfjs/backends';
import { configureWasm } from '../../../src/runtime/tfjs/wasm-paths';
import { nodeWasmPaths } from '../../../src/runtime/tfjs/wasm-paths.node';
import { isCorpusInstalled, loadCorpusFiles, readCorpusModels } from '../../corpus/load';
import { relativeDifference } from '../../runtime/tfjs/numbers';
import { contextOf } from '../run-graph';

/** Float32 sums in another order, relative to the largest output; one output of blazepose is the sigmoid of a sum that nearly cancels. */
const TOLERANCE = 2e-5;
const TOLERANCES: Readonly<Record<string, number>> = { blazepose: 1e-4 };
const SEED = 11;
const TIME_LIMIT_MS = 120_000;

const models = readCorpusModels().filter((model) => !model.controlFlow);
let wasm: Backend;

beforeAll(async () => {
  if (!isCorpusInstalled()) throw new Error('The corpus is missing: run "npm ci --prefix tests/corpus --ignore-scripts --omit=peer".');
  configureWasm(nodeWasmPaths());
  wasm = await createBackend('wasm');
});

it.each(models.map((model) => [model.id, model] as const))('%s', async (id, model) => {
  const files = await loadCorpusFiles(model);
  const { graph } = await openModel(files.map((file) => fileOf(file.name, file.bytes)), ignoreProgress);
  const options = defaultsOf(cleanUpOptions);
  const { graph: simple } = await cleanUp.run(graph, options, { ...contextOf(options), execute: (part) => run(part, []) });
  checkGraph(simple, 'simplify');
  checkOps(simple);
  expect(simple.nodes.length).toBeLessThanOrEqual(graph.nodes.length);
  expect(totalMacs(simple)).toBeLessThanOrEqual(totalMacs(graph));
  const inputs = model.inputs.map(({ shape, dtype, low, high }): Batch => {
    const random = createRandom(SEED);
    const numbers = Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => low + (high - low) * random.uniform());
    return dtype === 'int32' ? { shape, dtype, data: Int32Array.from(numbers, Math.round) } : { shape, dtype: 'float32', data: Float32Array.from(numbers) };
  });
  const [expected, actual] = [await run(graph, inputs), await run(simple, inputs)];
  expect(actual.map(({ shape }) => shape)).toEqual(expected.map(({ shape }) => shape));
  const differences = actual.map((output, i) => relativeDifference(output.data, expected[i]!.data));
  expect(Math.max(...differences)).toBeLessThan(TOLERANCES[id] ?? TOLERANCE);
}, TIME_LIMIT_MS);

async function run(graph: Graph, inputs: readonly Batch[]): Promise<Batch[]> {
  const model = await wasm.prepare(graph);
  try {
    return await model.run(inputs);
  } finally {
    model.dispose();
  }
}
