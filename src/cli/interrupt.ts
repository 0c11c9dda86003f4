/** Ctrl-C while a model is trained: once keeps the best so far and goes on with it, twice ends the program. */
import type { Progress } from '../lib/progress';
import type { TrainingControls } from '../training/training';

/** What a shell gives for a program that Ctrl-C ended. */
export const INTERRUPTED = 130;

export interface Interrupt {
  readonly controls: TrainingControls;
  /** Told of all progress, so that it knows whether a training runs. */
  watch(progress: Progress): void;
  /** Ctrl-C. False: there is nothing to keep, and the program should end. */
  press(): boolean;
}

export function interruptible(say: (text: string) => void): Interrupt {
  let isTraining = false;
  let isFinishing = false;
  return {
    controls: {
      whileResumed: async () => {},
      wantsToFinish: () => isFinishing,
    },
    watch(progress) {
      isTraining = progress.training !== undefined;
      if (!isTraining) isFinishing = false;
    },
    press() {
      if (!isTraining || isFinishing) return false;
      isFinishing = true;
      say('Stopping; the best so far is kept. Ctrl-C again ends at once.');
      return true;
    },
  };
}
