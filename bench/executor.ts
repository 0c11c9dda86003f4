/**
 * Our executor against TensorFlow.js's own `predict`, on the same graph model, backend and inputs, taking turns in one
 * process; once as it was read and once with batch normalization folded.
 *
 *     npm run bench -- executor [--backend wasm,cpu] [--rounds N] [FOLDER with a model.json …]
 *
 * Without folders: two nets with random weights (models.ts).
 */
import { readFileSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import { loadGraphModel } from '@tensorflow/tfjs-converter';
import type { ModelFiles } from './models';
import type { Value } from '../src/ir/graph';
import type { Batch, TfjsBackendId } from '../src/runtime/backend';
import { readTfjsGraph } from '../src/formats/tfjs-graph/read';
import { createRandom } from '../src/lib/random';
import { fileOf } from '../src/lib/source-file';
import { loadPass } from '../src/passes/index';
import { createBackend } from '../src/runtime/tfjs/backends';
import { configureWasm } from '../src/runtime/tfjs/wasm-paths';
import { nodeWasmPaths } from '../src/runtime/tfjs/wasm-paths.node';
import { mobileNet, plainCnn } from './models';

/** Enough for the just-in-time compiler to be done with the loops around the kernels. */
const WARM_UP_ROUNDS = 10;
const ROUNDS = { wasm: 150, cpu: 25 } as const;

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: { backend: { type: 'string', default: 'wasm,cpu' }, rounds: { type: 'string' } },
});
configureWasm(nodeWasmPaths());
const models = positionals.length > 0 ? positionals.map(modelInFolder) : [mobileNet(), plainCnn()];
console.info('| model | backend | tfjs p50 ms | ours p50 ms | ours ÷ tfjs: median of pairs (quartiles) | folded ÷ tfjs | largest difference |');
console.info('|---|---|---|---|---|---|---|');
for (const model of models) for (const backend of flags.backend.split(',')) console.info(await compare(model, backend as TfjsBackendId));

async function compare(model: ModelFiles, backendId: TfjsBackendId): Promise<string> {
  const backend = await createBackend(backendId);
  const sources = model.files.map(({ name, bytes }) => fileOf(name, bytes));
  const { graph } = await readTfjsGraph({ main: sources.find(({ name }) => name === 'model.json')!, files: sources, report: () => undefined });
  const pass = await loadPass('fold-batch-norm');
  const folded = await pass.run(graph, {} as never, { report: () => undefined, optionsFor: () => ({}), seed: 1 } as never);
  const inputs = graph.inputs.map((id, i) => randomBatch(graph.values[id]!, i));

  const prepared = [await backend.prepare(graph), await backend.prepare(folded.graph)] as const;
  const raw = await prepared[0].stepper(inputs);
  const fewer = await prepared[1].stepper(inputs);
  const theirs = await loadGraphModel({ load: async () => artifactsOf(model) });
  await tf.setBackend(backendId);
  const fed = inputs.map(({ data, shape, dtype }) => tf.tensor(data, [...shape], dtype));
  const predict = async () => {
    const outputs = [theirs.predict(fed.length === 1 ? fed[0]! : fed)].flat() as tf.Tensor[];
    const numbers = await Promise.all(outputs.map((output) => output.data()));
    tf.dispose(outputs);
    return numbers;
  };

  const wanted = await predict();
  const difference = Math.max(...(await raw.step()).map(({ data }, i) => relativeDifference(data, wanted[i]!)));
  const contestants = [predict, raw.step, fewer.step];
  const rounds = Number(flags.rounds ?? ROUNDS[backendId as keyof typeof ROUNDS]);
  const times = await timeInTurns(contestants, rounds);
  for (const thing of [raw, fewer, ...prepared, theirs]) thing.dispose();
  tf.dispose(fed);

  const [tfjs, ours] = [times[0]!, times[1]!];
  const ratios = ours.map((time, i) => time / tfjs[i]!);
  const foldedRatios = times[2]!.map((time, i) => time / tfjs[i]!);
  const cells = [
    model.name,
    backendId,
    quantile(tfjs, 0.5),
    quantile(ours, 0.5),
    `${quantile(ratios, 0.5)} (${quantile(ratios, 0.25)}–${quantile(ratios, 0.75)})`,
    quantile(foldedRatios, 0.5),
    difference.toExponential(1),
  ];
  return `| ${cells.join(' | ')} |`;
}

/** Milliseconds of each; in every round each comes once, and each comes first equally often. */
async function timeInTurns(contestants: readonly (() => Promise<unknown>)[], rounds: number): Promise<number[][]> {
  const times = contestants.map((): number[] => []);
  for (let round = -WARM_UP_ROUNDS; round < rounds; round++) {
    for (let turn = 0; turn < contestants.length; turn++) {
      const index = (round + WARM_UP_ROUNDS + turn) % contestants.length;
      const start = performance.now();
      await contestants[index]!();
      if (round >= 0) times[index]!.push(performance.now() - start);
    }
  }
  return times;
}

function randomBatch({ shape, dtype }: Value, index: number): Batch {
  const random = createRandom(index);
  const known = shape!.map((size) => Math.max(size, 1));
  const data = Float32Array.from({ length: known.reduce((a, b) => a * b, 1) }, () => random.uniform());
  return { shape: known, dtype, data: dtype === 'int32' ? Int32Array.from(data, (value) => Math.floor(value * 10)) : data };
}

function artifactsOf({ files }: ModelFiles): Promise<tf.io.ModelArtifacts> {
  const bytesOf = (name: string) => files.find((file) => file.name === name)!.bytes;
  const json = JSON.parse(new TextDecoder().decode(bytesOf('model.json'))) as tf.io.ModelJSON;
  return tf.io.getModelArtifactsForJSON(json, async (manifest) => [
    manifest.flatMap(({ weights }) => weights),
    tf.io.concatenateArrayBuffers(manifest.flatMap(({ paths }) => paths).map((path) => bytesOf(path).slice().buffer)),
  ]);
}

function modelInFolder(folder: string): ModelFiles {
  const files = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile());
  return { name: basename(folder), files: files.map(({ name }) => ({ name, bytes: new Uint8Array(readFileSync(join(folder, name))) })) };
}

function relativeDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let largest = 0;
  let difference = 0;
  for (let i = 0; i < expected.length; i++) {
    largest = Math.max(largest, Math.abs(expected[i]!));
    difference = Math.max(difference, Math.abs(expected[i]! - actual[i]!));
  }
  return difference / largest;
}

function quantile(values: readonly number[], fraction: number): string {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.round(fraction * (sorted.length - 1))]!.toFixed(3);
}
