/** The disturbances that controllers are judged by, and the ladder they are tried on. Times in control periods, rates in requests a second. */
import { simulate, type Disturbance, type Period, type Rule } from './simulate';
import type { ControllerSettings, Rung } from './types';

export interface Scenario {
  readonly name: string;
  readonly disturbance: Disturbance;
  readonly periods: number;
  /** Periods in which it changes: from the first of these to the last, nobody is expected to have settled. */
  readonly changes: readonly (readonly [from: number, until: number])[];
}

/** Like four variants of a small net on a phone's processor. */
export const simulatedLadder: readonly Rung[] = [
  { name: 'float', accuracy: 0.921, service: { overheadMs: 4, perExampleMs: 8 } },
  { name: 'int8', accuracy: 0.918, service: { overheadMs: 3.5, perExampleMs: 4.5 } },
  { name: 'pruned', accuracy: 0.905, service: { overheadMs: 3, perExampleMs: 2.5 } },
  { name: 'small', accuracy: 0.88, service: { overheadMs: 2.5, perExampleMs: 1.2 } },
];

export const simulatedSettings: ControllerSettings = { rungs: simulatedLadder, target: 0.8, maxBatch: 8, latencyBudgetMs: 250, minimumKeep: 0.05 };

/** Long beside a batch: some 50 of them, so that which period the last one falls into hardly shows. */
const PERIOD_MS = 2000;
/** Three seconds of the calm stream. */
const QUEUE_LIMIT = 256;
/** Runs of a scenario; a run uses its seed and the one after. */
const RUNS = 20;
const FIRST_SEED = 1;
const SEED_STEP = 100;

/** A scenario's runs under a rule: the same seeds, and so the same arrivals, for each rule. */
export function tryRule(rule: () => Rule, scenario: Scenario): Period[][] {
  return Array.from({ length: RUNS }, (_, run) =>
    simulate({ ...simulatedSettings, ...scenario, periodMs: PERIOD_MS, queueLimit: QUEUE_LIMIT, seed: FIRST_SEED + SEED_STEP * run }, rule()),
  );
}

/** Needs a batch of 1.5 for a load of 0.8 on the first rung. */
const CALM = 75;
const BEGIN = 40;
const LENGTH = 120;
const asEver = (): number => 1;

export const scenarios: readonly Scenario[] = [
  {
    name: 'step',
    disturbance: { rate: (t) => (t < BEGIN || t >= 80 ? CALM : 140), slowdown: asEver, arrivals: 'stream' },
    periods: LENGTH,
    changes: [[BEGIN, BEGIN], [80, 80]],
  },
  {
    name: 'ramp',
    disturbance: { rate: (t) => CALM + (140 * Math.min(1, Math.max(0, (t - BEGIN) / 40))), slowdown: asEver, arrivals: 'stream' },
    periods: LENGTH,
    changes: [[BEGIN, 80]],
  },
  {
    name: 'burst',
    disturbance: { rate: (t) => (t >= BEGIN && t < BEGIN + 4 ? 260 : CALM), slowdown: asEver, arrivals: 'stream' },
    periods: LENGTH,
    changes: [[BEGIN, BEGIN], [BEGIN + 4, BEGIN + 4]],
  },
  {
    name: 'noisy',
    disturbance: { rate: (t) => (t < BEGIN ? CALM : 140), slowdown: asEver, arrivals: 'random' },
    periods: LENGTH * 2,
    changes: [[BEGIN, BEGIN]],
  },
  {
    // A device that heats up over half a minute to half its speed, and cools again.
    name: 'thermal throttle',
    disturbance: { rate: () => CALM, slowdown: (t) => 1 + Math.min(1, Math.max(0, (t - BEGIN) / 30)) - Math.min(1, Math.max(0, (t - 100) / 10)), arrivals: 'stream' },
    periods: LENGTH + 20,
    changes: [[BEGIN, BEGIN + 30], [100, 110]],
  },
  {
    // More than the cheapest rung can serve in the largest batches.
    name: 'overload',
    disturbance: { rate: (t) => (t < BEGIN || t >= 80 ? CALM : 900), slowdown: asEver, arrivals: 'stream' },
    periods: LENGTH,
    changes: [[BEGIN, BEGIN], [80, 80]],
  },
];
