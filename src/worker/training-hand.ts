/** The person's hand on a training in this worker: pause, resume, finish with the best so far. Lets messages in between steps. */
import type { TrainingControls } from '../training/training';

/** Between two looks at what the window says: far below what a person notices, far above what a look costs. */
const LOOK_MS = 50;

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
  let lookedMs = 0;
  const resume = (): void => {
    paused?.end();
    paused = null;
  };
  return {
    controls: {
      async whileResumed() {
        const now = performance.now();
        if (now - lookedMs > LOOK_MS) {
          lookedMs = now;
          await nextTask();
        }
        await paused?.until;
      },
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

/** Through a channel: timers of a hidden page come once a second. */
function nextTask(): Promise<void> {
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
