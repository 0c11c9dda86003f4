/** Ctrl-C while a model is trained, or a recipe searched for: once keeps the best so far and goes on with it, twice ends the program. */
import type { Progress } from '../lib/progress';
import type { TrainingControls } from '../training/training';

/** What a shell gives for a program that Ctrl-C ended. */
export const INTERRUPTED = 130;

export interface Interrupt {
  readonly controls: TrainingControls;
  /** Told of all progress, so that it knows whether there is a best so far. */
  watch(progress: Progress): void;
  /** Ctrl-C. False: there is nothing to keep, and the program should end. */
  press(): boolean;
}

export function interruptible(say: (text: string) => void): Interrupt {
  let hasBest = false;
  let isFinishing = false;
  return {
    controls: {
      whileResumed: async () => {},
      wantsToFinish: () => isFinishing,
    },
    watch(progress) {
      hasBest = progress.training !== undefined || progress.stage === 'search';
      if (!hasBest) isFinishing = false;
    },
    press() {
      if (!hasBest || isFinishing) return false;
      isFinishing = true;
      say('Stopping; the best so far is kept. Ctrl-C again ends at once.');
      return true;
    },
  };
}
