/** The person's hand on a training in this worker: pause, resume, finish with the best so far. */
import type { TrainingControls } from '../training/training';

export interface TrainingHand {
  readonly controls: TrainingControls;
  /** Forgets what was said to an earlier training. */
  begin(): void;
  pause(): void;
  resume(): void;
  finish(): void;
}

export function trainingHand(): TrainingHand {
  let isFinishing = false;
  let paused: { readonly until: Promise<void>; readonly end: () => void } | null = null;
  const resume = (): void => {
    paused?.end();
    paused = null;
  };
  return {
    controls: {
      whileResumed: async () => paused?.until,
      wantsToFinish: () => isFinishing,
    },
    begin() {
      isFinishing = false;
    },
    pause() {
      if (paused) return;
      let end = (): void => {};
      const until = new Promise<void>((resolve) => {
        end = resolve;
      });
      paused = { until, end };
    },
    resume,
    finish() {
      isFinishing = true;
      // A training that was paused ends too.
      resume();
    },
  };
}
