/**
 * The worker's side: an engine, exposed. The same worker serves as the lane that holds the model, as the lane that measures
 * latency and as the lane that trains; ports of their own carry graphs and examples from one to the other, past the window.
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
import { opfsStore } from './opfs-store';
import { trainingHand } from './training-hand';
import { serveTraining, trainThrough } from './training-port';

let isHidden = false;
configureWasm(browserWasmPaths);
configureLiteRt(browserLiteRtFiles);

/** The way to the lane that trains, opened anew for every training. */
let trainerPort: MessagePort | undefined;
const hand = trainingHand();
const checkpoints = opfsStore();

const engine = createEngine({
  loadBrotli: async () => (await import('brotli-wasm')).default,
  decodeImage,
  isPaused: () => isHidden,
  checkpoints,
  trainsOnlyWhenAsked: true,
  train: trainThrough(() => trainerPort),
});

const api = {
  ...engine,
  setHidden(hidden: boolean): void {
    isHidden = hidden;
  },
  /** The model's lane: trainings go through this port. */
  connectTrainer(port: MessagePort): void {
    trainerPort = port;
  },
  /** The trainer's lane: does what comes through `port`. */
  serveTraining(port: MessagePort): void {
    serveTraining(port, async (request, data, report) => {
      hand.begin();
      const { trainHere } = await import('../engine/train-here');
      return trainHere({ trainingControls: hand.controls, checkpoints })(request, data, report);
    });
  },
  pauseTraining: hand.pause,
  resumeTraining: hand.resume,
  finishTraining: hand.finish,
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
