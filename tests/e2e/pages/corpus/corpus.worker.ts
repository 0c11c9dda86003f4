/** Opens a public model and runs it on one backend, by our executor and by TensorFlow.js's own loader. */
import { createRandom } from '../../../../src/lib/random';
import { fileOf } from '../../../../src/lib/source-file';
import { openModel } from '../../../../src/formats/open';
import type { Batch, TfjsBackendId } from '../../../../src/runtime/backend';
import { createBackend } from '../../../../src/runtime/tfjs/backends';
import { runWithTfjsLoader } from '../../../../src/runtime/tfjs/reference-loader';
import { configureWasm } from '../../../../src/runtime/tfjs/wasm-paths';
import { browserWasmPaths } from '../../../../src/runtime/tfjs/wasm-paths.browser';
import type { CorpusInput } from '../../../corpus/load';
import { relativeDifference } from '../../../runtime/tfjs/numbers';

export interface CorpusQuestion {
  readonly backend: TfjsBackendId;
  /** Names of the model's files under `folder`. */
  readonly folder: string;
  readonly names: readonly string[];
  readonly inputs: readonly CorpusInput[];
}

export interface CorpusAnswer {
  /** The largest of each output, relative to its largest number. */
  readonly differences?: readonly number[];
  readonly error?: string;
}

const SEED = 20240501;

configureWasm(browserWasmPaths);

self.onmessage = async (event: MessageEvent<CorpusQuestion>) => {
  const answer = await answerTo(event.data).catch((error: Error): CorpusAnswer => ({ error: `${error.name}: ${error.message}` }));
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- between a page and its worker there is no origin to name
  self.postMessage(answer);
};

async function answerTo({ backend, folder, names, inputs }: CorpusQuestion): Promise<CorpusAnswer> {
  const device = await createBackend(backend);
  const files = await Promise.all(names.map(async (name) => ({ name, bytes: await bytesAt(`${folder}/${name}`) })));
  const opened = await openModel(files.map((file) => fileOf(file.name, file.bytes)), () => undefined);
  const batches = inputs.map(batchOf);
  const model = await device.prepare(opened.graph);
  const actual = await model.run(batches);
  model.dispose();
  const named = files.flatMap((file) => [file, { ...file, name: `./${file.name}` }]);
  const expected = await runWithTfjsLoader(named, opened.format as 'tfjs-graph' | 'tfjs-layers', batches, backend);
  if (actual.length !== expected.length) throw new Error(`${actual.length} outputs in place of ${expected.length}`);
  return { differences: expected.map((output, i) => relativeDifference(actual[i]!.data, output.data)) };
}

async function bytesAt(address: string): Promise<Uint8Array<ArrayBuffer>> {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address}: ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

function batchOf({ shape, dtype, low, high }: CorpusInput, index: number): Batch {
  const random = createRandom(SEED + index);
  const numbers = Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => low + (high - low) * random.uniform());
  return dtype === 'int32' ? { shape, dtype, data: Int32Array.from(numbers, Math.round) } : { shape, dtype: 'float32', data: Float32Array.from(numbers) };
}
