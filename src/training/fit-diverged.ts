import type { TrainingResult } from './training';
import { WhittleError } from '../lib/errors';

/** The loss is no number any more. `best`: the best epoch until then, which is the result where it beat the start; null: there is none. */
export class DivergedError extends WhittleError {
  readonly best: TrainingResult | null;

  constructor(step: number, steps: number, rate: number, bestEpoch: number | null, best: TrainingResult | null) {
    const kept = bestEpoch === null ? '' : ` The best until then is ${bestEpoch === 0 ? 'the model as it was before training' : `that of epoch ${bestEpoch}`}.`;
    super('PassError', `Training diverged: the loss is no number at step ${step} of ${steps}.${kept} Take a lower learning rate than ${rate}, or smaller inputs.`);
    this.best = best;
  }
}
