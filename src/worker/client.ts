/**
 * The window's side: two workers, one that holds the model and one that measures latency undisturbed. Synchronous kernels
 * cannot be interrupted, so cancelling ends both workers; the next call starts new ones and opens the kept files again.
 */
import { proxy, transfer, wrap, type Remote } from 'comlink';
import type { EngineApi } from '../engine/types';
import { messageOf, WhittleError } from '../lib/errors';
import { ignoreProgress } from '../lib/progress';
import type { SourceFile } from '../lib/source-file';
import type { WorkerApi } from './worker';

export interface EngineClient extends EngineApi {
  cancel(): Promise<void>;
}

interface Lane {
  readonly remote: Remote<WorkerApi>;
  /** Rejects when the worker ends, with the reason. */
  readonly ended: Promise<never>;
  end(error: Error): void;
}

export function createEngineClient(): EngineClient {
  let modelLane: Lane | undefined;
  let benchLane: Lane | undefined;
  /** What must be opened again in a new worker, and the work of doing so. */
  let modelFiles: readonly SourceFile[] | undefined;
  let dataFiles: readonly SourceFile[] | undefined;
  let ready: Promise<void> = Promise.resolve();

  const endAll = (error: Error): void => {
    modelLane?.end(error);
    benchLane?.end(error);
    modelLane = undefined;
    benchLane = undefined;
  };
  const startLane = (): Lane => {
    const lane = openLane((error) => {
      if (lane === modelLane || lane === benchLane) endAll(error);
    });
    return lane;
  };
  const lane = (): Lane => {
    if (modelLane) return modelLane;
    const started = startLane();
    modelLane = started;
    ready = reopen(started, modelFiles, dataFiles);
    // Whoever calls next waits for `ready` and meets the error there.
    ready.catch(() => {});
    return started;
  };
  const bench = (): Lane => (benchLane ??= startLane());

  /** Calls the model's worker once it has its files; rejects at once when the worker ends. */
  const call = async <T>(work: (remote: Remote<WorkerApi>) => Promise<T>, needsFiles = true): Promise<T> => {
    const current = lane();
    const start = needsFiles ? ready : Promise.resolve();
    return Promise.race([start.then(() => work(current.remote)), current.ended]);
  };

  document.addEventListener('visibilitychange', () => void benchLane?.remote.setHidden(document.hidden));

  return {
    backends: () => call((remote) => remote.backends(), false),
    clockStepMs: () => call((remote) => remote.clockStepMs(), false),
    async open(files, report) {
      const summary = await call((remote) => remote.open(files, proxy(report)), false);
      modelFiles = files;
      dataFiles = undefined;
      ready = Promise.resolve();
      return summary;
    },
    async openDataset(files, report) {
      const summary = await call((remote) => remote.openDataset(files, proxy(report)));
      dataFiles = files;
      return summary;
    },
    apply: (recipe, report) => call((remote) => remote.apply(recipe, proxy(report))),
    estimateSize: (recipe, format) => call((remote) => remote.estimateSize(recipe, format)),
    measureSize: (recipe, format, options, report) => call((remote) => remote.measureSize(recipe, format, options, proxy(report))),
    compareAccuracy: (recipe, backend, limit, report) => call((remote) => remote.compareAccuracy(recipe, backend, limit, proxy(report))),
    measureFidelity: (recipe, backend, limit, report) => call((remote) => remote.measureFidelity(recipe, backend, limit, proxy(report))),
    exportModel: (recipe, format, options, report, samples) => call((remote) => remote.exportModel(recipe, format, options, proxy(report), samples)),
    run: (recipe, backend, inputs) => call((remote) => remote.run(recipe, backend, inputs)),
    async measureLatency(recipe, backend, batch, report) {
      const { port1, port2 } = new MessageChannel();
      const measuring = bench();
      const sent = call((remote) => remote.sendLatencyJob(recipe, proxy(report), transfer(port1, [port1])));
      const measured = measuring.remote.measureFrom(transfer(port2, [port2]), backend, batch, proxy(report));
      // When sending fails nothing will ever arrive: let that error win.
      return Promise.race([sent.then(() => measured), measuring.ended]);
    },
    async cancel() {
      endAll(new WhittleError('CancelledError', 'Cancelled.'));
    },
    async dispose() {
      endAll(new WhittleError('CancelledError', 'The engine was closed.'));
      modelFiles = undefined;
      dataFiles = undefined;
    },
  };
}

async function reopen(
  lane: Lane,
  modelFiles: readonly SourceFile[] | undefined,
  dataFiles: readonly SourceFile[] | undefined,
): Promise<void> {
  if (modelFiles) await lane.remote.open(modelFiles, proxy(ignoreProgress));
  if (dataFiles) await lane.remote.openDataset(dataFiles, proxy(ignoreProgress));
}

function openLane(onCrash: (error: Error) => void): Lane {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
  let end: (error: Error) => void = () => {};
  const ended = new Promise<never>((_resolve, reject) => {
    end = (error) => {
      worker.terminate();
      reject(error);
    };
  });
  // Nobody may be waiting when it ends.
  ended.catch(() => {});
  worker.addEventListener('error', (event) => {
    const why = event.message || messageOf(event.error ?? 'it could not be loaded');
    onCrash(new WhittleError('BackendError', `The worker stopped: ${why}. Your model is kept; try again.`));
  });
  return { remote: wrap<WorkerApi>(worker), ended, end };
}
