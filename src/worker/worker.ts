/**
 * The worker's side: an engine, exposed. The same worker serves as the lane that holds the model, as the lane that measures
 * latency and as the lane that trains; ports of their own carry graphs and examples from one to the other, past the window.
 */
import { expose } from 'comlink';
import { decodeImage } from '../datasets/image-decoder.browser';
import { createEngine, type LatencyJob } from '../engine/create-engine';
import { trainHere } from '../engine/train-here';
import type { ReportProgress } from '../lib/progress';
import type { LatencyReport } from '../measure/types';
import type { Recipe } from '../passes/pass';
import type { BackendId } from '../runtime/backend';
import { configureLiteRt } from '../runtime/litert/files';
import { browserLiteRtFiles } from '../runtime/litert/files.browser';
import { configureWasm } from '../runtime/tfjs/wasm-paths';
import { browserWasmPaths } from '../runtime/tfjs/wasm-paths.browser';
import { liveLane } from './live-lane';
import { opfsStore } from './opfs-store';
import { trainingHand } from './training-hand';
import { serveTraining, trainerLink, trainThrough, type TrainerLink } from './training-port';

let isHidden = false;
configureWasm(browserWasmPaths);
configureLiteRt(browserLiteRtFiles);

/** The lane that trains: another one for every training. */
let trainer: TrainerLink | undefined;
const hand = trainingHand();
const checkpoints = opfsStore();

const engine = createEngine({
  loadBrotli: async () => (await import('brotli-wasm')).default,
  decodeImage,
  isPaused: () => isHidden,
  checkpoints,
  trainsOnlyWhenAsked: true,
  train: trainThrough(() => trainer),
  trainingControls: hand.controls,
});

const api = {
  ...engine,
  search: ((...asked) => {
    hand.begin();
    return engine.search(...asked);
  }) satisfies typeof engine.search,
  /** The model's lane: the search under way ends with the best so far. */
  finishSearch(): void {
    hand.finish();
  },
  ...liveLane(engine),
  setHidden(hidden: boolean): void {
    isHidden = hidden;
  },
  /** The model's lane: trainings go through this port. */
  connectTrainer(port: MessagePort): void {
    // Who waits for a worker that another one took the place of would wait for ever.
    trainer?.end();
    trainer = trainerLink(port);
  },
  /** The model's lane: the worker behind that port is gone. */
  disconnectTrainer(): void {
    trainer?.end();
    trainer = undefined;
  },
  /** The trainer's lane: does what comes through `port`. */
  serveTraining(port: MessagePort): void {
    serveTraining(port, (request, data, report) => {
      hand.begin();
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
