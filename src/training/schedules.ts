/**
 * How large a step is. After a short warm-up (Adam's estimates are young, and the weights are somebody's trained ones):
 *
 * 1. cosine: rate · (1 + cos(π · share)) / 2, down to zero (Loshchilov and Hutter 2017, arXiv 1608.03983).
 * 2. step: a tenth after one half, a hundredth after three quarters (He et al. 2016, arXiv 1512.03385).
 * 3. constant.
 */
import type { TrainingSettings } from './training';

/** Share of all steps that warm up, and the most of them: enough for Adam's second moments, lost on nobody's budget. */
const WARM_UP_SHARE = 0.02;
const MOST_WARM_UP_STEPS = 100;
/** Shares of the steps after which the step schedule divides, and by what. */
const STEP_BORDERS = [0.5, 0.75];
const STEP_FACTOR = 0.1;

/** The rate of step `step`, counted from 0, of `steps`. */
export function learningRateAt({ learningRate, schedule }: Pick<TrainingSettings, 'learningRate' | 'schedule'>, step: number, steps: number): number {
  const warmUp = Math.min(Math.floor(steps * WARM_UP_SHARE), MOST_WARM_UP_STEPS);
  if (step < warmUp) return (learningRate * (step + 1)) / (warmUp + 1);
  const share = (step - warmUp) / Math.max(steps - warmUp, 1);
  switch (schedule) {
    case 'cosine':
      return (learningRate * (1 + Math.cos(Math.PI * share))) / 2;
    case 'step':
      return learningRate * STEP_FACTOR ** STEP_BORDERS.filter((border) => share >= border).length;
    case 'constant':
      return learningRate;
    default: {
      const never: never = schedule;
      return never;
    }
  }
}
