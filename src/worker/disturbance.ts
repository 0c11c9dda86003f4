/** Workers that burn time, one a core: on a device with cores to spare, one alone would not be felt. */

export interface Disturbance {
  /** 0…1 of every core; 0 ends the workers. */
  set(share: number): void;
}

/** More would be felt by the window too. */
const MOST_WORKERS = 16;

export function createDisturbance(): Disturbance {
  let workers: readonly Worker[] = [];
  return {
    set(share) {
      if (share > 0 && workers.length === 0) workers = Array.from({ length: coreCount() }, () => new Worker(new URL('./burner.ts', import.meta.url), { type: 'module' }));
      for (const worker of workers) {
        // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker has none.
        if (share > 0) worker.postMessage(share);
        else worker.terminate();
      }
      if (!(share > 0)) workers = [];
    },
  };
}

function coreCount(): number {
  return Math.max(1, Math.min(MOST_WORKERS, navigator.hardwareConcurrency || 1));
}
