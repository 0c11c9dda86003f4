/**
 * Training in a worker of its own: the model's worker sends the request and a reader of its data through a port, past the window. Batches
 * are handed over, not copied.
 */
import { expose, proxy, transfer, wrap } from 'comlink';
import { WhittleError } from '../lib/errors';
import type { TrainElsewhere } from '../engine/platform';
import type { Batch } from '../runtime/backend';
import type { TrainingData, TrainingPoint, TrainingRequest, TrainingResult } from '../training/training';

/** Plain facts of the data cross as they are; reading is a call. */
type DataFacts = Omit<TrainingData, 'read'>;

interface TrainingService {
  train(request: TrainingRequest, facts: DataFacts, read: TrainingData['read'], report: (point: TrainingPoint) => void): Promise<TrainingResult>;
}

/** The model's side. */
export function trainThrough(portOf: () => MessagePort | undefined): TrainElsewhere {
  return async (request, data, report) => {
    const port = portOf();
    if (!port) throw new WhittleError('BackendError', 'No worker to train in was started. Start the training again.');
    const service = wrap<TrainingService>(port);
    const { read, ...facts } = data;
    const readTransferred: TrainingData['read'] = async (indices) => {
      const batch = await read(indices);
      return transfer(batch, buffersOf(batch.inputs, batch.labels));
    };
    return service.train(request, facts, proxy(readTransferred), proxy(report));
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
