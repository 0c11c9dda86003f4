/** Training in the thread that asks for it. The training code is loaded when the first training starts. */
import type { TrainingControls } from '../training/training';
import type { EnginePlatform, TrainElsewhere } from './platform';

export function trainHere({ trainingControls, checkpoints, signal }: Pick<EnginePlatform, 'trainingControls' | 'checkpoints' | 'signal'>): TrainElsewhere {
  return async (request, data, report) => {
    const path = '../training/fit';
    const { fit } = (await import(/* @vite-ignore */ path)) as { fit: any };
    const controls: TrainingControls = { whileResumed: async () => {}, wantsToFinish: () => false, ...trainingControls, ...(signal ? { signal } : {}) };
    return fit(request, data, report, controls, checkpoints ?? null);
  };
}
