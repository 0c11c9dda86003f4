import type { TrainingResult } from './training';
import { WhittleError } from '../lib/errors';

/** The loss is no number any more. `best`: the best epoch until then, which is the result; null: there is none. */
export class DivergedError extends WhittleError {
  readonly best: TrainingResult | null;

  constructor(step: number, steps: number, rate: number, best: TrainingResult | null) {
    super('PassError', `Training diverged: the loss is no number at step ${step} of ${steps}. Take a lower learning rate than ${rate}, or smaller inputs.`);
    this.best = best;
  }
}
