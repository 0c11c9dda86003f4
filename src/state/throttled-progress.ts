/** Lets progress through at a pace that eyes can follow; every report costs a drawing. The latest one always arrives. */
import type { Progress, ReportProgress } from '../lib/progress';

/** Ten a second. */
const PACE_MS = 100;

export function throttledProgress(report: ReportProgress): ReportProgress {
  let last = Number.NEGATIVE_INFINITY;
  let waiting: Progress | null = null;
  const flush = (): void => {
    if (!waiting) return;
    last = performance.now();
    report(waiting);
    waiting = null;
  };
  return (progress) => {
    const isScheduled = waiting !== null;
    waiting = progress;
    const rest = last + PACE_MS - performance.now();
    if (rest <= 0) flush();
    else if (!isScheduled) setTimeout(flush, rest);
  };
}
