/**
 * Trains a graph: everything of `training.ts`, done. When a device is lost, training goes on from its last checkpoint on the next backend.
 *
 * The same request, data and backend give the same numbers, bit for bit, also when a checkpoint lies between.
 */
import type { TfjsBackendId } from '../runtime/backend';
import type { CheckpointStore, TrainingControls, TrainingData, TrainingPoint, TrainingRequest, TrainingResult } from './training';
import { isErrorOf, throwIfCancelled, WhittleError } from '../lib/errors';
import { openDevice } from '../runtime/tfjs/backends';
import { onBackend } from '../runtime/tfjs/engine-lock';
import { splitOf, type Split } from './batches';
import { checkpointKey } from './checkpoint-key';
import { DivergedError } from './fit-diverged';
import { Keeper } from './fit-keeper';
import type { Learner } from './fit-learner';
import { DeviceLearner } from './fit-learner-device';
import { HostLearner } from './fit-learner-host';
import { objectiveOf } from './fit-objective';
import { projectionsOf } from './fit-projections';
import { Run } from './fit-run';
import { Teacher, teacherOptions } from './fit-teacher';
import type { Network } from './network';
import { createNetwork } from './network/create';

export interface FitOptions {
  /** One, or several to be tried in turn when a device is lost (`trainingBackends`). */
  readonly backend: TfjsBackendId | readonly TfjsBackendId[];
  readonly report: (point: TrainingPoint) => void;
  readonly controls: TrainingControls;
  /** null: a reload ends the training. */
  readonly checkpoints: CheckpointStore | null;
  /** Half a minute unless told. */
  readonly msBetweenCheckpoints?: number;
}

/** A reload costs at most this much of the work, and saving does not slow it. */
const MS_BETWEEN_CHECKPOINTS = 30_000;

export async function fit(request: TrainingRequest, data: TrainingData, options: FitOptions): Promise<TrainingResult> {
  const split = splitOf(data.count, request.settings);
  checkRequest(request, data, split);
  const keeper = new Keeper(options.checkpoints, checkpointKey(request, data.key), options.msBetweenCheckpoints ?? MS_BETWEEN_CHECKPOINTS);
  const backends = typeof options.backend === 'string' ? [options.backend] : options.backend;
  for (const [i, backend] of backends.entries()) {
    try {
      const trained = await trainOn(backend, request, data, split, keeper, options);
      const result = keeper.problem === null ? trained : { ...trained, checkpointProblem: keeper.problem };
      // Who ended it may ask for it again: it goes on from there.
      if (result.endedBy !== 'person') await keeper.remove();
      return result;
    } catch (error) {
      const isLast = i === backends.length - 1;
      if (isErrorOf(error, 'BackendError') && !isLast) continue;
      // One that does not fit, or from just before numbers ran away, would fail the next start too.
      if (isErrorOf(error, 'CancelledError') || isErrorOf(error, 'FormatError') || error instanceof DivergedError) await keeper.remove();
      throw error;
    }
  }
  throw new WhittleError('BackendError', 'There is no backend to train on.');
}

async function trainOn(backend: TfjsBackendId, request: TrainingRequest, data: TrainingData, split: Split, keeper: Keeper, options: FitOptions): Promise<TrainingResult> {
  throwIfCancelled(options.controls.signal);
  const { graph, teacher: teacherGraph, objective, settings, frozen } = request;
  const owned: { dispose(): void }[] = [];
  const own = <T extends { dispose(): void }>(part: T): T => {
    owned.push(part);
    return part;
  };
  try {
    const device = await openDevice(backend);
    const watched = objective.hints.map(({ student }) => student);
    const network = own(await createNetwork(graph, { backend, frozen, watched, dropout: settings.dropout }));
    const hints = objective.hints.map((hint) => hint.teacher);
    const teacher = teacherGraph
      ? own(new Teacher(await createNetwork(teacherGraph, teacherOptions(teacherGraph, hints, backend)), hints, data.count, settings.augmentation === 'none'))
      : null;
    const learner = own(await onBackend(backend, () => learnerOn(backend, network, request, split.steps)));
    const parts = {
      request, data, split, backend, device, network, learner, teacher, keeper,
      objective: objectiveOf(network, objective, data.classCount), report: options.report, controls: options.controls,
    };
    const checkpoint = await keeper.load();
    const run = await onBackend(backend, () => new Run(parts, checkpoint));
    return await run.toEnd();
  } catch (error) {
    throw failureOn(backend, error);
  } finally {
    await disposeAll(backend, owned);
  }
}

/** In memory where the numbers are there anyway. */
function learnerOn(backend: TfjsBackendId, network: Network, request: TrainingRequest, steps: number): Learner {
  const host = new HostLearner(network, request, steps, projectionsOf(request));
  return backend === 'wasm' || backend === 'cpu' ? host : new DeviceLearner(network, host, request.settings.optimizer);
}

/** On a graphics adapter whatever fails is taken for the adapter's: another backend may do. */
function failureOn(backend: TfjsBackendId, error: unknown): unknown {
  if (backend === 'wasm' || backend === 'cpu' || error instanceof WhittleError) return error;
  return new WhittleError('BackendError', `Training failed on ${backend}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
}

async function disposeAll(backend: TfjsBackendId, parts: readonly { dispose(): void }[]): Promise<void> {
  try {
    await onBackend(backend, () => parts.forEach((part) => part.dispose()));
  } catch {
    // A lost device frees nothing any more, and what it was lost by has been told.
  }
}

function checkRequest({ objective, teacher, settings }: TrainingRequest, data: TrainingData, { steps }: Split): void {
  const { labelWeight, temperature, hints } = objective;
  if (!(labelWeight >= 0 && labelWeight <= 1)) throw new WhittleError('OptionError', `The labels' weight is ${labelWeight}; it goes from 0 to 1.`);
  if (!(temperature > 0)) throw new WhittleError('OptionError', `The temperature is ${temperature}; it must be above 0.`);
  if (!teacher && (labelWeight < 1 || hints.length > 0)) throw new WhittleError('OptionError', 'Soft targets and hints need a teacher; there is none. Add one, or set the labels’ weight to 1.');
  if (labelWeight > 0 && !data.labelled) throw new WhittleError('DataError', 'The training data have no labels. Add labelled data, or train with a teacher and a label weight of 0.');
  if (!(settings.heldOut >= 0 && settings.heldOut < 1)) throw new WhittleError('OptionError', `The held-out share is ${settings.heldOut}; it goes from 0 to below 1.`);
  if (!(settings.batch >= 1) || !(settings.epochs >= 0)) throw new WhittleError('OptionError', `A training of ${settings.epochs} epochs of batches of ${settings.batch} is none.`);
  if (settings.epochs > 0 && !(steps > 0)) throw new WhittleError('DataError', `${data.count} examples are too few to learn from.`);
}

