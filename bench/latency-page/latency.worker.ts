/** Measures two models in turns, as the engine does it and in the kind of worker that the product measures in. */
import type { EnginePlatform } from '../../src/engine/platform';
import type { Graph } from '../../src/ir/graph';
import type { LatencyReport } from '../../src/measure/types';
import type { BackendId } from '../../src/runtime/backend';
import { decodeImage } from '../../src/datasets/image-decoder.browser';
import { runLatencyJob } from '../../src/engine/latency';
import { emptyState } from '../../src/engine/session';
import { readKeras } from '../../src/formats/keras/read';
import { fileOf } from '../../src/lib/source-file';
import { configureWasm } from '../../src/runtime/tfjs/wasm-paths';
import { browserWasmPaths } from '../../src/runtime/tfjs/wasm-paths.browser';

export interface Question {
  readonly backend: BackendId;
  readonly batch: number;
  /** Files in base64: the first is what the second is measured against. */
  readonly models: readonly [NamedFile, NamedFile];
}

interface NamedFile {
  readonly name: string;
  readonly file: string;
}

configureWasm(browserWasmPaths);
const state = emptyState();
const platform: EnginePlatform = { loadBrotli: () => Promise.reject(new Error('no size is measured here')), decodeImage };

self.onmessage = async ({ data }: MessageEvent<Question>) => {
  const answer = await measure(data).catch((error: unknown) => ({ problem: String(error) }));
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- between a page and its worker there is no origin to name
  self.postMessage(answer);
};

async function measure({ backend, batch, models }: Question): Promise<LatencyReport> {
  const [original, candidate] = [await graphOf(models[0]), await graphOf(models[1])];
  return runLatencyJob({ original, candidate, originalFile: null, candidateFile: null, example: null }, backend, batch, state, platform, () => {});
}

async function graphOf({ name, file }: NamedFile): Promise<Graph> {
  const main = fileOf(name, Uint8Array.from(atob(file), (letter) => letter.charCodeAt(0)));
  return (await readKeras({ main, files: [main], report: () => undefined })).graph;
}
