/**
 * Training in a worker of its own: the model's worker sends the request and a reader of its data through a port, past the window. Batches
 * are handed over, not copied.
 */
import { expose, proxy, transfer, wrap, type Remote } from 'comlink';
import { WhittleError } from '../lib/errors';
import type { TrainElsewhere } from '../engine/platform';
import type { Batch } from '../runtime/backend';
import type { TrainingData, TrainingPoint, TrainingRequest, TrainingResult } from '../training/training';

/** Plain facts of the data cross as they are; reading is a call. */
type DataFacts = Omit<TrainingData, 'read'>;

interface TrainingService {
  train(request: TrainingRequest, facts: DataFacts, read: TrainingData['read'], report: (point: TrainingPoint) => void): Promise<TrainingResult>;
}

/** A way to a trainer, and its end: what waits for a worker that is gone would wait for ever. */
export interface TrainerLink {
  /** Held for as long as the link: Comlink closes the port of a proxy that nobody holds, and an answer would never come. */
  readonly service: Remote<TrainingService>;
  readonly ended: Promise<never>;
  end(): void;
}

export function trainerLink(port: MessagePort): TrainerLink {
  let reject: (error: Error) => void = () => {};
  const ended = new Promise<never>((_resolve, refuse) => {
    reject = refuse;
  });
  // Nobody may be waiting when it ends.
  ended.catch(() => {});
  const end = (): void => {
    reject(new WhittleError('CancelledError', 'The training was stopped.'));
    port.close();
  };
  return { service: wrap<TrainingService>(port), ended, end };
}

/** The model's side. */
export function trainThrough(linkOf: () => TrainerLink | undefined): TrainElsewhere {
  return async (request, data, report) => {
    const link = linkOf();
    if (!link) throw new WhittleError('BackendError', 'No worker to train in was started. Start the training again.');
    const { read, ...facts } = data;
    const readTransferred: TrainingData['read'] = async (indices) => {
      const batch = await read(indices);
      return transfer(batch, buffersOf(batch.inputs, batch.labels));
    };
    return Promise.race([link.service.train(request, facts, proxy(readTransferred), proxy(report)), link.ended]);
  };
}

/** The trainer's side. */
export function serveTraining(port: MessagePort, train: TrainElsewhere): void {
  const service: TrainingService = {
    train: (request, facts, read, report) => train(request, { ...facts, read }, report),
  };
  expose(service, port);
}

function buffersOf(inputs: readonly Batch[], labels: Int32Array | null): ArrayBuffer[] {
  const arrays = [...inputs.map(({ data }) => data), ...(labels ? [labels] : [])];
  return [...new Set(arrays.map(({ buffer }) => buffer as ArrayBuffer))];
}
