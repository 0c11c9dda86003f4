/**
 * The worker's side: an engine, exposed. The same worker serves as the lane that holds the model and as the lane that
 * measures latency; a port of its own carries the graphs from one to the other, past the window.
 */
import { expose } from 'comlink';
import { decodeImage } from '../datasets/image-decoder.browser';
import { createEngine, type LatencyJob } from '../engine/create-engine';
import type { ReportProgress } from '../lib/progress';
import type { LatencyReport } from '../measure/types';
import type { Recipe } from '../passes/pass';
import type { BackendId } from '../runtime/backend';
import { configureLiteRt } from '../runtime/litert/files';
import { browserLiteRtFiles } from '../runtime/litert/files.browser';
import { configureWasm } from '../runtime/tfjs/wasm-paths';
import { browserWasmPaths } from '../runtime/tfjs/wasm-paths.browser';

let isHidden = false;
configureWasm(browserWasmPaths);
configureLiteRt(browserLiteRtFiles);

const engine = createEngine({
  loadBrotli: async () => (await import('brotli-wasm')).default,
  decodeImage,
  isPaused: () => isHidden,
});

const api = {
  ...engine,
  setHidden(hidden: boolean): void {
    isHidden = hidden;
  },
  /** Sends what a latency measurement needs through `port`. */
  async sendLatencyJob(recipe: Recipe, report: ReportProgress, port: MessagePort): Promise<void> {
    port.postMessage(await engine.graphsOf(recipe, report));
    port.close();
  },
  /** Measures what arrives through `port`. */
  async measureFrom(port: MessagePort, backend: BackendId, batch: number, report: ReportProgress): Promise<LatencyReport> {
    const job = await new Promise<LatencyJob>((resolve) => {
      port.onmessage = (event: MessageEvent<LatencyJob>) => resolve(event.data);
    });
    port.close();
    return engine.runLatencyJob(job, backend, batch, report);
  },
};

export type WorkerApi = typeof api;

expose(api);
