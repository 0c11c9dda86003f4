/** Training in the thread that asks for it. The training code is loaded when the first training starts. */
import { trainingBackends } from '../lib/backend-order';
import { listBackends } from '../runtime/detect';
import type { TrainingControls } from '../training/training';
import type { EnginePlatform, TrainElsewhere } from './platform';

export function trainHere({ trainingControls, checkpoints, signal }: Pick<EnginePlatform, 'trainingControls' | 'checkpoints' | 'signal'>): TrainElsewhere {
  return async (request, data, report) => {
    const { fit } = await import('../training/fit');
    const controls: TrainingControls = { whileResumed: async () => {}, wantsToFinish: () => false, ...trainingControls, ...(signal ? { signal } : {}) };
    return fit(request, data, { backend: trainingBackends(await listBackends()), report, controls, checkpoints: checkpoints ?? null });
  };
}
