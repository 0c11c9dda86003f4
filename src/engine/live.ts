/**
 * Live runs in a lane of their own: the ladder is made ready and timed once, and then served as often as wanted, with the controller or
 * without. Only what is really cheaper than the rung before stays on the ladder.
 */
import { startLiveRun, timeLiveRungs, type LivePeriod, type LiveRun, type LiveRung, type LiveTotal } from '../adapt/live-run';
import type { BackendName } from '../adapt/module/api';
import type { ServiceTime } from '../adapt/types';
import { toInputs } from '../datasets/preprocess';
import { WhittleError } from '../lib/errors';
import type { ReportProgress } from '../lib/progress';
import type { Batch, PreparedModel } from '../runtime/backend';
import { isLiteRt } from '../runtime/detect';
import { fillingBatches } from './fixed-batch';
import { liveJobOf, type LeftOutRung, type LiveJob, type LiveLadderWish, type LiveSources } from './live-job';
import { prepare } from './prepared-models';
import type { EngineState } from './session';

/** The ladder as it is served. */
export interface LiveLadder {
  readonly backend: BackendName;
  readonly rungs: readonly LiveLadderRung[];
  readonly leftOut: readonly LeftOutRung[];
  /** Examples a second that the first rung can answer one by one when nothing else runs. */
  readonly capacityPerSecond: number;
  readonly batchSizes: readonly number[];
  readonly hasLabels: boolean;
  readonly takesPictures: boolean;
}

export interface LiveLadderRung {
  readonly name: string;
  readonly accuracy: number | null;
  readonly joules: number | null;
  readonly service: ServiceTime;
}

export interface LiveStart {
  readonly source: 'examples' | 'camera' | 'microphone';
  readonly ratePerSecond: number;
  readonly isControlled: boolean;
  readonly isSkippable: boolean;
  readonly targetLoad: number;
  /** Whether a device under pressure is asked for less than the target. */
  readonly heedsPressure: boolean;
}

export interface LiveMethods {
  liveJob(wish: LiveLadderWish, report: ReportProgress): Promise<LiveJob>;
  openLiveJob(job: LiveJob, report: ReportProgress): Promise<LiveLadder>;
  startLive(start: LiveStart, give: (period: LivePeriod) => void): Promise<void>;
  steerLive(change: Partial<Pick<LiveStart, 'ratePerSecond' | 'isControlled'>>): Promise<void>;
  /** The camera's newest picture, raw: [1, height, width, 3] of 0…255. */
  showLive(picture: Batch): Promise<void>;
  /** The microphone's newest window of sound, as long as the model takes it, −1…1. */
  hearLive(window: Float32Array): Promise<void>;
  /** Throws what ended the run, if something did. */
  stopLive(): Promise<LiveTotal>;
}

/** Sizes that are served together: each is compiled once on GPUs, so they are few. */
const BATCH_SIZES = [1, 2, 4, 8];
/** A rung that saves less than this is none: its time is within what a clock is off by. */
const LEAST_SAVING = 0.05;
/** As in an exported module. */
const LATENCY_BUDGET_MS = 250;
/** Twice as often as in an exported module: a person watches. */
const PERIOD_MS = 500;

interface Ready {
  readonly job: LiveJob;
  readonly ladder: LiveLadder;
  readonly rungs: readonly LiveRung[];
  readonly models: readonly PreparedModel[];
  readonly examples: readonly Float32Array[];
  /** The one picture or window of sound that a camera or microphone keeps replacing; empty before the first. */
  readonly newest: Float32Array[];
}

export function liveMethods(state: EngineState, sources: LiveSources): LiveMethods {
  let ready: Ready | undefined;
  let run: LiveRun | undefined;
  const requireReady = (): Ready => {
    if (!ready) throw new WhittleError('DataError', 'No ladder is ready to be served. Start the run again.');
    return ready;
  };
  return {
    liveJob: (wish, report) => liveJobOf(wish, state, sources, report),

    async openLiveJob(job, report) {
      for (const model of ready?.models ?? []) model.dispose();
      ready = undefined;
      ready = await makeReady(job, state, report);
      return ready.ladder;
    },

    async startLive({ source, ...start }, give) {
      const { job, ladder, rungs, examples, newest } = requireReady();
      if (run) throw new WhittleError('DataError', 'A live run is under way. Stop it first.');
      const isLive = source !== 'examples';
      if (isLive && newest.length === 0) throw new WhittleError('DataError', `The ${source} has given nothing yet. Allow it, or stream the examples.`);
      run = await startLiveRun(
        {
          ...start,
          backend: job.backend,
          rungs,
          services: ladder.rungs.map(({ service }) => service),
          examples: isLive ? newest : examples,
          labels: isLive ? null : job.labels,
          inputShape: job.input.shape,
          outputShape: job.output.shape,
          latencyBudgetMs: LATENCY_BUDGET_MS,
          periodMs: PERIOD_MS,
          batchSizes: ladder.batchSizes,
        },
        give,
      );
    },

    async steerLive({ ratePerSecond, isControlled }) {
      if (ratePerSecond !== undefined) run?.setRate(ratePerSecond);
      if (isControlled !== undefined) run?.setControlled(isControlled);
    },

    async showLive(picture) {
      const { job, newest } = requireReady();
      if (!job.picture) throw new WhittleError('DataError', 'This model takes no pictures of one size. Stream the examples instead.');
      const { data } = toInputs(picture, job.picture.preprocessing, [1, ...job.input.shape], job.input.dtype);
      newest[0] = Float32Array.from(data);
    },

    async hearLive(window) {
      const { job, newest } = requireReady();
      const samples = job.input.shape.reduce((product, one) => product * one, 1);
      if (job.picture || window.length !== samples) throw new WhittleError('DataError', `This model takes ${samples} numbers, and the microphone gave ${window.length}. Stream the examples instead.`);
      newest[0] = window;
    },

    async stopLive() {
      const ending = run;
      run = undefined;
      if (!ending) throw new WhittleError('DataError', 'No live run is under way.');
      return ending.stop();
    },
  };
}

async function makeReady(job: LiveJob, state: EngineState, report: ReportProgress): Promise<Ready> {
  const models: PreparedModel[] = [];
  let isOpen = !isLiteRt(job.backend);
  for (const [i, { name, graph, file }] of job.rungs.entries()) {
    report({ stage: 'Preparing the ladder', fraction: i / (2 * job.rungs.length), detail: name });
    const largest = isOpen ? BATCH_SIZES.at(-1)! : 1;
    const { model, batch } = await prepare(state, job.backend, { graph, file }, { batch: largest, shapes: [[largest, ...job.input.shape]] });
    isOpen &&= batch === null;
    models.push(fillingBatches(model, batch));
  }
  const examples = Array.from({ length: job.count }, (_, i) => job.examples.subarray((i * job.examples.length) / job.count, ((i + 1) * job.examples.length) / job.count));
  const batchSizes = isOpen ? BATCH_SIZES : [1];
  const rungs = job.rungs.map(({ name, accuracy, joules }, i): LiveRung => ({ name, accuracy, joules, run: (inputs, batch) => runModel(models[i]!, job, inputs, batch) }));
  report({ stage: 'Timing the ladder', fraction: 0.5, detail: '' });
  const services = await timeLiveRungs({ backend: job.backend, rungs, examples, batchSizes });
  const { kept, leftOut } = reallyCheaper(services, batchSizes.at(-1)!);
  for (const i of leftOut) models[i]!.dispose();
  const { overheadMs, perExampleMs } = services[0]!;
  return {
    job,
    rungs: kept.map((i) => rungs[i]!),
    models: kept.map((i) => models[i]!),
    examples,
    newest: [],
    ladder: {
      backend: job.backend,
      rungs: kept.map((i) => ({ name: job.rungs[i]!.name, accuracy: job.rungs[i]!.accuracy, joules: job.rungs[i]!.joules, service: services[i]! })),
      leftOut: [...job.refused, ...leftOut.map((i) => ({ name: job.rungs[i]!.name, reason: null }))],
      capacityPerSecond: 1000 / (overheadMs + perExampleMs),
      batchSizes,
      hasLabels: job.labels !== null,
      takesPictures: job.picture !== null,
    },
  };
}

async function runModel(model: PreparedModel, { input }: LiveJob, inputs: Float32Array, batch: number): Promise<Float32Array> {
  const data = input.dtype === 'int32' ? Int32Array.from(inputs) : inputs;
  const [output] = await model.run([{ shape: [batch, ...input.shape], dtype: input.dtype, data }]);
  return output!.data instanceof Float32Array ? output!.data : Float32Array.from(output!.data);
}

/** The first, and of the others, from the dearest on, each that is cheaper than the one kept before. Places in `services`. */
export function reallyCheaper(services: readonly ServiceTime[], batch: number): { readonly kept: readonly number[]; readonly leftOut: readonly number[] } {
  const time = (i: number): number => services[i]!.overheadMs + batch * services[i]!.perExampleMs;
  const others = services.map((_, i) => i).slice(1).sort((a, b) => time(b) - time(a));
  const kept = [0];
  const leftOut: number[] = [];
  for (const i of others) (time(i) < (1 - LEAST_SAVING) * time(kept.at(-1)!) ? kept : leftOut).push(i);
  return { kept, leftOut };
}
