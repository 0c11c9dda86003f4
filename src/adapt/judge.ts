/**
 * How well a load was kept, in the terms of control, by many seeded runs of a scenario. Where arrivals are random, settling, overshoot
 * and error are those of the runs' mean load, because no rule can answer for the noise of a single period; where they are even, the
 * worst run counts.
 */
import { startServiceModel } from './service-model';
import { loadOf } from './effort';
import type { Scenario } from './scenarios';
import type { Period } from './simulate';
import type { ControllerSettings, Decision } from './types';

export interface Verdict {
  /** Control periods from the end of a change until the load stays within the band, the worst change; Infinity: it never does. */
  readonly settlingPeriods: number;
  /** The furthest that the load swings past the target to the other side after a change, as a share of the target. */
  readonly overshoot: number;
  /** Turns of what the decision asks of the device by more than the band, back and forth, while nothing changes. */
  readonly reversals: number;
  /** Share of requests that were not served: skipped, or lost to a full queue. */
  readonly dropped: number;
  /** Mean |load − target| over all periods after the start. */
  readonly meanError: number;
  readonly worstP90Ms: number;
  /** Mean accuracy of what was served. */
  readonly accuracy: number;
}

/** The tolerance of the promise: target ± 0.05. */
export const BAND = 0.05;
/** Periods in which any rule may find its feet at the start, and in which one should have settled after a change. */
export const PERIODS_TO_SETTLE = 10;

/** `traces`: of one rule in one scenario, a run each. */
export function judge(traces: readonly (readonly Period[])[], scenario: Scenario, settings: ControllerSettings): Verdict {
  const { changes, periods } = scenario;
  const errors = traces.map((trace) => trace.map(({ load }) => load - settings.target));
  const curves = scenario.disturbance.arrivals === 'random' ? [meanCurve(errors)] : errors;
  const spans = changes.map(([from, until], i) => ({ from, until, end: changes[i + 1]?.[0] ?? periods }));
  const lasting = spans.filter(({ until, end }) => end - until > PERIODS_TO_SETTLE);
  const judged = traces.flatMap((trace) => trace.slice(PERIODS_TO_SETTLE));
  return {
    settlingPeriods: worst(curves, (curve) => worst(lasting, ({ until, end }) => settling(curve.slice(until, end)))),
    overshoot: worst(curves, (curve) => worst(spans, ({ from, end }) => overshoot(curve.slice(from, end)))) / settings.target,
    reversals: worst(traces, (trace) => sum(lasting, ({ until, end }) => reversals(askedLoads(trace, until + PERIODS_TO_SETTLE, end, scenario, settings)))),
    dropped: sum(judged, (one) => one.skipped + one.lost) / sum(judged, (one) => one.arrived),
    meanError: sum(curves, (curve) => sum(curve.slice(PERIODS_TO_SETTLE), Math.abs)) / curves.length / (periods - PERIODS_TO_SETTLE),
    worstP90Ms: worst(judged, (one) => one.latencyP90Ms ?? 0),
    accuracy: sum(judged, (one) => (one.accuracy ?? 0) * one.served) / sum(judged, (one) => one.served),
  };
}

/** After the last two periods running outside the band: one alone is the noise of a batch more or less. */
function settling(errors: readonly number[]): number {
  const last = errors.findLastIndex((error, i) => Math.abs(error) > BAND && Math.abs(errors[i - 1] ?? error) > BAND);
  return last === errors.length - 1 ? Infinity : last + 1;
}

/** The disturbance pushes to the side on which the load first leaves the band; past the target is the other one. */
function overshoot(errors: readonly number[]): number {
  const begin = errors.findIndex((error) => Math.abs(error) > BAND);
  if (begin < 0) return 0;
  return Math.max(0, ...errors.slice(begin).map((error) => -Math.sign(errors[begin]!) * error));
}

/** What the decisions of periods `from` to `until` load the true server with. */
function askedLoads(trace: readonly Period[], from: number, until: number, { disturbance }: Scenario, settings: ControllerSettings): number[] {
  const model = startServiceModel(settings.rungs.map((rung) => rung.service));
  const asked = (decision: Decision, period: number): number =>
    disturbance.slowdown(period) * loadOf(decision, { model, ratePerMs: disturbance.rate(period) / 1000, largestBatch: settings.maxBatch, minimumKeep: settings.minimumKeep });
  return trace.slice(from, until).map(({ decision }, i) => asked(decision, from + i));
}

/** Turning points that stand off each other by more than the band. */
function reversals(values: readonly number[]): number {
  let [count, direction] = [0, 0];
  let extreme = values[0] ?? 0;
  for (const value of values) {
    const move = value - extreme;
    if (Math.sign(move) === direction) extreme = value;
    if (Math.abs(move) <= BAND || Math.sign(move) === direction) continue;
    if (direction !== 0) count++;
    direction = Math.sign(move);
    extreme = value;
  }
  return count;
}

function meanCurve(curves: readonly (readonly number[])[]): number[] {
  return curves[0]!.map((_, i) => sum(curves, (curve) => curve[i]!) / curves.length);
}

function worst<T>(values: readonly T[], of: (value: T) => number): number {
  return Math.max(0, ...values.map(of));
}

function sum<T>(values: readonly T[], of: (value: T) => number): number {
  return values.reduce((total, value) => total + of(value), 0);
}
