/** How far a candidate is from a person's goals, and which of two is nearer. */
import type { Want } from './plan';
import type { Candidate, Goals, Measured } from './types';

/** How much a candidate misses its goals, each in shares of the goal; 0: none. */
export function missOf(measured: Measured, goals: Goals): number {
  return Object.values(missesOf(measured, goals)).reduce((a, b) => a + b, 0);
}

export function unmetOf(measured: Measured, goals: Goals): (keyof Goals)[] {
  return (Object.entries(missesOf(measured, goals)) as [keyof Goals, number][]).filter(([, miss]) => miss > 0).map(([goal]) => goal);
}

/** By how much each goal is missed; one that was not set, by nothing. */
export function missesOf(measured: Measured, goals: Goals): Record<keyof Goals, number> {
  const over = (value: number | null, most: number | undefined): number => {
    if (most === undefined) return 0;
    if (value === null || Number.isNaN(value)) return Number.POSITIVE_INFINITY;
    return value <= most ? 0 : (value - most) / Math.max(most, Number.MIN_VALUE);
  };
  return {
    mostBytes: over(measured.bytes, goals.mostBytes),
    // Half a point over a limit of nothing is as bad as half a point over any other.
    mostAccuracyDrop: goals.mostAccuracyDrop === undefined ? 0 : Math.max(0, Number.isNaN(measured.accuracyDrop) ? Number.POSITIVE_INFINITY : measured.accuracyDrop - goals.mostAccuracyDrop) * MISS_OF_A_POINT,
    mostLatencyMs: over(measured.latencyMs, goals.mostLatencyMs),
    mostMacs: over(measured.macs, goals.mostMacs),
  };
}

/** Every goal but that of accuracy. */
export function meetsShape({ mostBytes, mostMacs, mostLatencyMs }: Record<keyof Goals, number>): boolean {
  return mostBytes + mostMacs + mostLatencyMs === 0;
}

/** Fewer is better; below 0 for the first. Goals first, then what no goal speaks of. */
export function compare(a: Candidate, b: Candidate, goals: Goals): number {
  const [one, other] = [a.measured, b.measured];
  return missOf(one, goals) - missOf(other, goals) || orderOf(one, goals) - orderOf(other, goals) || one.accuracyDrop - other.accuracyDrop || one.bytes - other.bytes || one.macs - other.macs;
}

/** What a walk should save for these goals. */
export function wantOf({ mostBytes, mostMacs, mostLatencyMs, mostAccuracyDrop }: Goals): Want {
  const isQuick = mostMacs !== undefined || mostLatencyMs !== undefined;
  const isSmall = mostBytes !== undefined || (mostAccuracyDrop !== undefined && !isQuick);
  return { bytes: Number(isSmall), macs: Number(mostMacs !== undefined), ms: Number(mostLatencyMs !== undefined) };
}

/** With a limit on the loss, the smallest; without one, the least loss. */
function orderOf(measured: Measured, goals: Goals): number {
  return goals.mostAccuracyDrop === undefined ? measured.accuracyDrop : measured.bytes;
}

/** A point of accuracy lost weighs like a tenth of a size missed. */
const MISS_OF_A_POINT = 10;
