/** What the controller just did and why, from one period to the next: plain facts, which the page puts into words. */
import type { LivePeriod } from '../adapt/live-run';

export type LiveReason = 'latency' | 'above' | 'below' | 'queue' | 'learned' | 'switched-off';

export interface LiveChange {
  readonly what: 'batch' | 'level' | 'keep';
  readonly from: number;
  readonly to: number;
}

export interface LiveAction {
  readonly elapsedMs: number;
  readonly load: number;
  readonly target: number;
  readonly queue: number;
  /** null: nothing was answered. */
  readonly latencyP90Ms: number | null;
  readonly reason: LiveReason;
  readonly changes: readonly LiveChange[];
}

/** Loads this near the target are no reason: the controller's own dead band. */
const NEAR = 0.015;
/** A mean that moved by less is not worth a word. */
const LEAST_CHANGE: Readonly<Record<LiveChange['what'], number>> = { batch: 0.05, level: 0.02, keep: 0.005 };
/** Batches that wait at any time without being a backlog. */
const USUAL_BATCHES = 2;

/** null: it left everything as it was. */
export function actionOf(before: LivePeriod | undefined, now: LivePeriod, target: number): LiveAction | null {
  const first = { batch: 1, level: 0, keep: 1 };
  const from = before ?? first;
  const changes = (['batch', 'level', 'keep'] as const).flatMap((what): LiveChange[] =>
    Math.abs(now[what] - from[what]) < LEAST_CHANGE[what] ? [] : [{ what, from: from[what], to: now[what] }],
  );
  if (changes.length === 0) return null;
  const { elapsedMs, load, queue, latencyP90Ms } = now;
  return { elapsedMs, load, target, queue, latencyP90Ms, reason: reasonOf(from, now, target), changes };
}

function reasonOf(from: { readonly batch: number }, now: LivePeriod, target: number): LiveReason {
  if (!now.isControlled) return 'switched-off';
  // A smaller batch raises the load: it is taken for the sake of answers that take too long.
  if (now.batch < from.batch - LEAST_CHANGE.batch && now.load > target - NEAR) return 'latency';
  if (now.load > target + NEAR) return 'above';
  if (now.queue > USUAL_BATCHES * Math.max(from.batch, now.batch) + 1) return 'queue';
  return now.load < target - NEAR ? 'below' : 'learned';
}
