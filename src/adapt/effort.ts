/**
 * One number, the effort, from which batch, rung and skip follow in the order of what they cost: a larger batch costs latency, a
 * cheaper rung accuracy, a skipped frame the answer. Each has a range of its own (split range control: Reyes-Lúa, Zotică,
 * Forsman and Skogestad 2019, "Systematic design of split range controllers", IFAC-PapersOnLine 52).
 *
 * With r requests a second, the load (utilisation law, Denning and Buzen 1978: U = X · S) is
 *
 *     ρ = keep · r · s(b, v)/b = keep · r · m · (o_v/b + c_v)
 *
 * A LARGER batch spreads the overhead over more examples: it LOWERS the load. ρ is linear in 1/b, in the share of the next
 * rung and in keep, so that along the effort it is made of straight pieces between knots, and is inverted exactly:
 *
 *     0…1     1/b from 1 to 1/largest, on rung 0
 *     1…n     level from 0 to n − 1, at the largest batch
 *     n…n+1   keep from 1 to its least
 */
import type { Decision } from './types';
import { serviceMs, type ServiceModel } from './service-model';

export interface EffortRange {
  readonly model: ServiceModel;
  /** Requests a millisecond. */
  readonly ratePerMs: number;
  /** Within the latency budget. */
  readonly largestBatch: number;
  readonly minimumKeep: number;
}

export function largestEffort({ model }: EffortRange): number {
  return model.rungs.length + 1;
}

export function decisionAt(effort: number, range: EffortRange): Decision {
  const rungs = range.model.rungs.length;
  const { largestBatch, minimumKeep } = range;
  if (effort <= 1) return { batch: 1 / (1 - effort * (1 - 1 / largestBatch)), level: 0, keep: 1 };
  if (effort <= rungs) return { batch: largestBatch, level: effort - 1, keep: 1 };
  return { batch: largestBatch, level: rungs - 1, keep: 1 - (effort - rungs) * (1 - minimumKeep) };
}

/** Load that a decision makes by the model, above 1 when it cannot be served. */
export function loadOf({ batch, level, keep }: Decision, { model, ratePerMs }: EffortRange): number {
  return (keep * ratePerMs * serviceMs(model, level, batch)) / batch;
}

/** The least effort that brings the load down to `wanted`; the largest when none does. */
export function effortFor(wanted: number, range: EffortRange): number {
  let before = loadOf(decisionAt(0, range), range);
  if (before <= wanted) return 0;
  for (let knot = 1; knot <= largestEffort(range); knot++) {
    const after = loadOf(decisionAt(knot, range), range);
    if (after <= wanted) return knot - 1 + (before - wanted) / (before - after);
    before = after;
  }
  return largestEffort(range);
}
