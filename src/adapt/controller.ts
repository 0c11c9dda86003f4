/**
 * Keeps the load at a target by batch size, rung of the ladder and skipped frames. Pure: the same state and observation give the same
 * decision, so that it is proven by simulation.
 *
 * The law is feedforward from a model that is learned, corrected by an integral of what the model misses (Hellerstein, Diao, Parekh
 * and Tilbury, Feedback Control of Computing Systems, 2004):
 *
 *     1  r      requests a ms: a tracked mean, and what drains the backlog:  r' = r + max(0, q − q₀)/(D · T)
 *     2  s(b,v) service times, learned (service-model.ts)
 *     3  b_max  from the latency budget L:  w · ((b − 1)/r + s(b, 0)) ≤ L, where w is measured latency over predicted latency
 *     4  z      ← z + G · (target − ρ), once ρ is known to stand off target, not while busy all the time or at an end of the range
 *     5  effort from  ρ̂(effort) = target + z  (effort.ts)
 *
 * q₀ is what spare capacity, 1 − target, drains within a period (Little 1961: q = r · W); such a queue needs no answer.
 * It stands still when it should: nothing moves while the load that the model predicts for the present decision is within a
 * dead band of what is wanted, or within two standard errors of what is known; more effort is taken at once, less only when two periods running asked for less.
 *
 * It replaces a rule that has the wrong sign: "load above target: smaller batch" takes away what spreads the overhead, raises the
 * load and so feeds back on itself until the batch is 1.
 */
import { decisionAt, effortFor, loadOf, type EffortRange } from './effort';
import { learnService, serviceMs, startServiceModel, type ServiceModel } from './service-model';
import { standardError, startMean, trackMean, type TrackedMean } from './tracked-mean';
import type { ControllerSettings, Decision, Observation, PressureState } from './types';

export interface ControllerState {
  readonly settings: ControllerSettings;
  readonly model: ServiceModel;
  /** Requests a millisecond. */
  readonly rate: TrackedMean;
  /** Load since the decision was last changed. */
  readonly load: TrackedMean;
  /** Measured over predicted latency. */
  readonly waiting: TrackedMean;
  /** z: what is added to the target. */
  readonly correction: number;
  readonly effort: number;
  readonly decision: Decision;
  /** Effort that the last period asked for, when that was less than the present one. */
  readonly lessEffort: number | null;
  /** Factor on the target while the device is under pressure, and the periods it still holds. */
  readonly relief: Relief;
}

interface Relief {
  readonly factor: number;
  readonly periods: number;
}

/** Loads this near count as equal: half the tolerance of ±0.05 that is promised. */
const DEAD_BAND = 0.015;
/** Periods in which a backlog is to be gone. */
const DRAIN_PERIODS = 2;
/** Share of a standing error that one step corrects, and how far corrections reach. */
const INTEGRAL_GAIN = 0.5;
const LARGEST_CORRECTION = 0.15;
/** Periods without a change of decision, rate or speed before what is left of an error is put down to the model. */
const SAMPLES_BEFORE_CORRECTION = 10;
/** Standard errors that a mean must stand off to count as off. */
const SIGNIFICANT = 3;
/** Busy this much of the time, the load says nothing about demand. */
const SATURATED = 0.98;
/** Noise that is always there: one request more or less a period, hundredths of load, a fifth of a percentile of latency. */
const LOAD_FLOOR = 0.01;
const WAITING_FLOOR = 0.2;
const LARGEST_WAITING = 4;
/** What a device under pressure is asked for, and for how many periods after it was. */
const RELIEF: Readonly<Record<PressureState, number>> = { nominal: 1, fair: 1, serious: 0.85, critical: 0.7 };
const RELIEF_PERIODS = 10;

/** Throws a RangeError for settings that make no sense. */
export function startController(settings: ControllerSettings): ControllerState {
  checkSettings(settings);
  return {
    settings,
    model: startServiceModel(settings.rungs.map((rung) => rung.service)),
    rate: startMean(0),
    load: startMean(0),
    waiting: startMean(1),
    correction: 0,
    effort: 0,
    decision: { batch: 1, level: 0, keep: 1 },
    lessEffort: null,
    relief: { factor: 1, periods: 0 },
  };
}

/** One control period. */
export function step(state: ControllerState, seen: Observation): { readonly state: ControllerState; readonly decision: Decision } {
  const learned = learn(state, seen);
  const { settings, decision, effort } = learned;
  // Nothing came and nothing waits: there is nothing to decide.
  if (learned.rate.mean <= 0 && seen.queue === 0) return { state: learned, decision };

  const target = settings.target * learned.relief.factor;
  const wanted = target + learned.correction;
  const range = rangeFor(learned, drainRate(learned, seen, wanted));
  const asked = effortFor(wanted, range);
  const predicted = loadOf(decision, range);
  const isFar = Math.abs(predicted - wanted) > Math.max(DEAD_BAND, wanted * uncertainty(learned)) && asked !== effort;
  if (!isFar) return { state: { ...learned, lessEffort: null }, decision };
  if (predicted < wanted && learned.lessEffort === null) return { state: { ...learned, lessEffort: asked }, decision };
  // Of two periods that asked for less, the more careful one is followed.
  const chosen = predicted < wanted ? Math.max(asked, learned.lessEffort ?? asked) : asked;
  const next = decisionAt(chosen, range);
  return { state: { ...learned, effort: chosen, decision: next, lessEffort: null, load: startMean(0) }, decision: next };
}

/** Steps 1 to 4: everything that is known after this period. */
function learn(state: ControllerState, seen: Observation): ControllerState {
  const { settings } = state;
  const seeds = settings.rungs.map((rung) => rung.service);
  const model = learnService(state.model, seen.work, seeds);
  const rate = trackMean(state.rate, seen.arrived / seen.periodMs, 1 / seen.periodMs);
  const relief = relieve(state.relief, seen.pressure);
  // What was measured under another target is no error of the model.
  const load = relief.factor === state.relief.factor ? trackMean(state.load, seen.busyMs / seen.periodMs, LOAD_FLOOR) : startMean(0);
  const known = { ...state, model, rate, load, relief };
  const hasBacklog = seen.queue > allowedQueue(known, seen);
  const waiting = hasBacklog || seen.latencyP90Ms === null ? state.waiting : trackMean(state.waiting, seen.latencyP90Ms / expectedLatencyMs(known), WAITING_FLOOR);
  const correction = hasBacklog ? state.correction : correct(known);
  // What one correction was made from is used up.
  return { ...known, waiting, correction, load: correction === state.correction ? load : startMean(0) };
}

/** Step 4, with no winding up: an end of the range, full use or a fresh decision leave it as it is. */
function correct(state: ControllerState): number {
  const { settings, load, rate, model, correction, effort, relief } = state;
  const error = settings.target * relief.factor - load.mean;
  const isAtEnd = (error > 0 && effort <= 0) || (error < 0 && effort >= model.rungs.length + 1);
  const isFresh = Math.min(load.count, rate.count, model.slowdown.count) < SAMPLES_BEFORE_CORRECTION;
  const isSmall = Math.abs(error) <= Math.max(DEAD_BAND, SIGNIFICANT * standardError(load));
  if (isFresh || isSmall || isAtEnd || load.mean >= SATURATED) return correction;
  return Math.max(-LARGEST_CORRECTION, Math.min(LARGEST_CORRECTION, correction + INTEGRAL_GAIN * error));
}

/** How far off a predicted load may be for the noise of what it is predicted from, relative to it. */
function uncertainty({ rate, model: { slowdown } }: ControllerState): number {
  return SIGNIFICANT * Math.hypot(standardError(rate) / Math.max(rate.mean, Number.MIN_VALUE), standardError(slowdown) / slowdown.mean);
}

/** Step 1: the rate, and on top of it a backlog's share. */
function drainRate(state: ControllerState, seen: Observation, wanted: number): number {
  const excess = Math.max(0, seen.queue - allowedQueue(state, seen));
  // What is not skippable cannot be skipped: a backlog counts whole, whatever keep is.
  return state.rate.mean + (wanted > 0 ? excess / (DRAIN_PERIODS * seen.periodMs) : 0);
}

/** q₀, and never less than the two batches that wait and run at any time. */
function allowedQueue({ rate, settings, decision }: ControllerState, { periodMs }: Observation): number {
  return Math.max(2 * decision.batch, (rate.mean * periodMs * (1 - settings.target)) / settings.target);
}

/** Step 3: the largest batch that fills and is served within the budget. */
function rangeFor({ model, rate, waiting, settings }: ControllerState, ratePerMs: number): EffortRange {
  const factor = Math.min(LARGEST_WAITING, Math.max(1, waiting.mean));
  const perExampleMs = serviceMs(model, 0, 1) - serviceMs(model, 0, 0);
  const fillMs = 1 / Math.max(rate.mean, Number.MIN_VALUE);
  const batch = (settings.latencyBudgetMs / factor - serviceMs(model, 0, 0) + fillMs) / (fillMs + perExampleMs);
  const largestBatch = Math.max(1, Math.min(settings.maxBatch, batch));
  return { model, ratePerMs, largestBatch, minimumKeep: settings.minimumKeep };
}

function expectedLatencyMs({ model, rate, decision }: ControllerState): number {
  return (decision.batch - 1) / Math.max(rate.mean, Number.MIN_VALUE) + serviceMs(model, decision.level, decision.batch);
}

/** Pressure is answered at once and forgotten slowly, or the answer would take it away and bring it back. */
function relieve(relief: Relief, pressure: PressureState | null): Relief {
  const factor = RELIEF[pressure ?? 'nominal'];
  if (factor < 1 && factor <= relief.factor) return { factor, periods: RELIEF_PERIODS };
  return relief.periods > 0 ? { ...relief, periods: relief.periods - 1 } : { factor, periods: factor < 1 ? RELIEF_PERIODS : 0 };
}

function checkSettings({ rungs, target, maxBatch, latencyBudgetMs, minimumKeep }: ControllerSettings): void {
  const rules: readonly (readonly [boolean, string])[] = [
    [rungs.length > 0, 'The ladder holds no model; give one rung or more.'],
    [rungs.every(({ service }) => service.overheadMs > 0 && service.perExampleMs > 0 && Number.isFinite(service.overheadMs + service.perExampleMs)), 'A rung has a service time that is not above 0.'],
    [target > 0 && target < 1, `The target load is ${target}; above 0 and below 1 is allowed.`],
    [Number.isInteger(maxBatch) && maxBatch >= 1, `The largest batch is ${maxBatch}; a whole number from 1 is allowed.`],
    [latencyBudgetMs > 0, `The latency budget is ${latencyBudgetMs} ms; above 0 is allowed.`],
    [minimumKeep > 0 && minimumKeep <= 1, `The least share of frames served is ${minimumKeep}; above 0 and up to 1 is allowed.`],
  ];
  for (const [holds, message] of rules) if (!holds) throw new RangeError(message);
}
