import type { TrainingControls } from './training';

/** Who pauses may still cancel. */
export async function resumedOrCancelled(controls: TrainingControls): Promise<void> {
  const { signal } = controls;
  if (!signal) return controls.whileResumed();
  let stop = (): void => {};
  const cancelled = new Promise<void>((resolve) => {
    stop = resolve;
    signal.addEventListener('abort', stop);
  });
  try {
    await Promise.race([controls.whileResumed(), cancelled]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
