/**
 * The window's side: a worker that holds the model, one that measures latency undisturbed, and while a model is trained one that
 * trains. Synchronous kernels cannot be interrupted, so cancelling ends them all; the next call starts new ones and opens the kept
 * files again.
 */
import { proxy, transfer, wrap, type Remote } from 'comlink';
import type { AdaptiveExport, AdaptiveExportWish } from '../engine/adaptive-export';
import type { EngineApi } from '../engine/types';
import { messageOf, WhittleError } from '../lib/errors';
import { ignoreProgress, type ReportProgress } from '../lib/progress';
import type { SourceFile } from '../lib/source-file';
import type { LiveClient } from '../state/live-client';
import { createLiveClient } from './live-client';
import type { WorkerApi } from './worker';

export interface EngineClient extends EngineApi, LiveClient {
  exportAdaptive(wish: AdaptiveExportWish, report: ReportProgress): Promise<AdaptiveExport>;
  cancel(): Promise<void>;
  /** Holds the training under way between two steps, until `resumeTraining`. */
  pauseTraining(): Promise<void>;
  resumeTraining(): Promise<void>;
  /** Ends the training under way with the best so far. */
  finishTraining(): Promise<void>;
  /** Ends the worker that trains; its last checkpoint stays, and everything else goes on. */
  stopTraining(): Promise<void>;
  /** Ends the search under way with the best so far. */
  finishSearch(): Promise<void>;
}

/** What must be opened again in a new worker, in this order. */
interface Kept {
  model?: readonly SourceFile[];
  data?: readonly SourceFile[];
  training?: readonly SourceFile[];
  share?: number;
  student?: readonly SourceFile[];
}

interface Lane {
  readonly remote: Remote<WorkerApi>;
  /** Rejects when the worker ends, with the reason. */
  readonly ended: Promise<never>;
  end(error: Error): void;
}

const TRAINER_STOPPED =
  'The worker that trains stopped. Everything else goes on; start the training again and it goes on from its last checkpoint. If it stops again, memory was short: take a smaller batch.';

export function createEngineClient(): EngineClient {
  let modelLane: Lane | undefined;
  let benchLane: Lane | undefined;
  let trainerLane: Lane | undefined;
  let kept: Kept = {};
  /** The work of opening it again. */
  let ready: Promise<void> = Promise.resolve();

  const endAll = (error: Error): void => {
    modelLane?.end(error);
    benchLane?.end(error);
    trainerLane?.end(error);
    endLive(error);
    modelLane = undefined;
    benchLane = undefined;
    trainerLane = undefined;
  };
  const startLane = (): Lane => {
    const lane = openLane((why) => {
      if (lane === modelLane || lane === benchLane) endAll(new WhittleError('BackendError', `The worker stopped: ${why}. Your model is kept; try again.`));
    });
    return lane;
  };
  /** What it held is kept elsewhere (the model with the model's worker, what was learned in the last checkpoint), so that it ends alone. */
  const startTrainer = (): Lane => {
    const lane = openLane((why) => lane.end(new WhittleError('BackendError', `${TRAINER_STOPPED} (${why})`)));
    return lane;
  };
  const lane = (): Lane => {
    if (modelLane) return modelLane;
    const started = startLane();
    modelLane = started;
    ready = reopen(started, kept);
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

  /** Its ladder is made again for the next run. */
  const { end: endLive, ...liveApi } = createLiveClient(() => openLane((why) => endLive(new WhittleError('BackendError', `The live run stopped: ${why}. Start it again.`))), call);

  /** Calls the model's worker with one that trains for it, until it has its answer. */
  const callWithTrainer = async <T>(work: (remote: Remote<WorkerApi>) => Promise<T>): Promise<T> => {
    const trainer = startTrainer();
    trainerLane?.end(new WhittleError('CancelledError', 'Another training was started.'));
    trainerLane = trainer;
    const { port1, port2 } = new MessageChannel();
    try {
      const trained = call(async (remote) => {
        await trainer.remote.serveTraining(transfer(port2, [port2]));
        await remote.connectTrainer(transfer(port1, [port1]));
        return work(remote);
      });
      return await Promise.race([trained, trainer.ended]);
    } finally {
      // Its memory is the model's several times over; what it learned is with the model.
      trainer.end(new WhittleError('CancelledError', 'The training is over.'));
      if (trainerLane === trainer) {
        trainerLane = undefined;
        await modelLane?.remote.disconnectTrainer();
      }
    }
  };

  document.addEventListener('visibilitychange', () => void benchLane?.remote.setHidden(document.hidden));

  return {
    ...liveApi,
    exportAdaptive: (wish, report) => call((remote) => remote.exportAdaptive(wish, proxy(report))),
    backends: () => call((remote) => remote.backends(), false),
    clockStepMs: () => call((remote) => remote.clockStepMs(), false),
    async open(files, report) {
      const summary = await call((remote) => remote.open(files, proxy(report)), false);
      kept = { model: files };
      ready = Promise.resolve();
      return summary;
    },
    async openDataset(files, report) {
      const summary = await call((remote) => remote.openDataset(files, proxy(report)));
      kept = { ...kept, data: files, share: 0 };
      return summary;
    },
    async openTrainingData(files, report) {
      const summary = await call((remote) => remote.openTrainingData(files, proxy(report)));
      kept = { ...kept, training: files, share: 0 };
      return summary;
    },
    async splitDataset(share) {
      const summary = await call((remote) => remote.splitDataset(share));
      const { training: _training, ...others } = kept;
      kept = { ...others, share };
      return summary;
    },
    trainingData: () => call((remote) => remote.trainingData()),
    async openStudent(files, report) {
      const summary = await call((remote) => remote.openStudent(files, proxy(report)));
      const { student: _student, ...others } = kept;
      kept = files ? { ...others, student: files } : others;
      return summary;
    },
    train: (recipe, report) => callWithTrainer((remote) => remote.train(recipe, proxy(report))),
    pauseTraining: async () => trainerLane?.remote.pauseTraining(),
    resumeTraining: async () => trainerLane?.remote.resumeTraining(),
    finishTraining: async () => trainerLane?.remote.finishTraining(),
    stopTraining: async () => trainerLane?.end(new WhittleError('CancelledError', 'The training was stopped.')),
    finishSearch: async () => modelLane?.remote.finishSearch(),
    apply: (recipe, report) => call((remote) => remote.apply(recipe, proxy(report))),
    estimateSize: (recipe, format) => call((remote) => remote.estimateSize(recipe, format)),
    estimateEnergy: (recipe) => call((remote) => remote.estimateEnergy(recipe)),
    describeGraph: (recipe, report) => call((remote) => remote.describeGraph(recipe, proxy(report))),
    measureSize: (recipe, format, options, report) => call((remote) => remote.measureSize(recipe, format, options, proxy(report))),
    compareRecipes: (before, after, backend, limit, report) => call((remote) => remote.compareRecipes(before, after, backend, limit, proxy(report))),
    compareAccuracy: (recipe, backend, limit, report) => call((remote) => remote.compareAccuracy(recipe, backend, limit, proxy(report))),
    measureFidelity: (recipe, backend, limit, report) => call((remote) => remote.measureFidelity(recipe, backend, limit, proxy(report))),
    exportModel: (recipe, format, options, report, samples) => call((remote) => remote.exportModel(recipe, format, options, proxy(report), samples)),
    sensitivity: (wish, report, give) => call((remote) => remote.sensitivity(wish, proxy(report), proxy(give))),
    search: (wish, report, give) => (wish.recovery ? callWithTrainer : call)((remote) => remote.search(wish, proxy(report), proxy(give))),
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
      kept = {};
    },
  };
}

async function reopen({ remote }: Lane, { model, data, training, share, student }: Kept): Promise<void> {
  if (model) await remote.open(model, proxy(ignoreProgress));
  if (data) await remote.openDataset(data, proxy(ignoreProgress));
  if (training) await remote.openTrainingData(training, proxy(ignoreProgress));
  if (share) await remote.splitDataset(share);
  if (student) await remote.openStudent(student, proxy(ignoreProgress));
}

/** `onCrash` is told why the worker stopped by itself. */
function openLane(onCrash: (why: string) => void): Lane {
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
    onCrash(event.message || messageOf(event.error ?? 'it could not be loaded'));
  });
  return { remote: wrap<WorkerApi>(worker), ended, end };
}
