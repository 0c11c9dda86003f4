/** The way back: steps in reverse, gradients summed where a value was read more than once, and freed once they are passed on. */
import type { Tensor } from '@tensorflow/tfjs-core';
import type { StepRecord } from './forward';
import type { Plan, Step } from './plan';
import { atNode } from './forward';
import { throughGrid } from './grid';
import { NO_SLOT } from './plan';
import { add, clone, tidy } from '@tensorflow/tfjs-core';

type Slots = (Tensor | undefined)[];

/** Fills `gradients`, by slot, in which the loss's own stand already. */
export function goBack(plan: Plan, slots: Slots, records: readonly StepRecord[], gradients: Slots): void {
  const count = plan.steps.length;
  for (let i = count - 1; i >= 0; i--) {
    const step = plan.steps[i]!;
    const record = records[i]!;
    const arrived = step.outputs.map((slot) => gradients[slot]);
    if (arrived.some(Boolean)) atNode(step, () => stepBack(step, record, slots, gradients, arrived));
    for (const tensor of [...arrived, ...record.kept, ...record.beforeGrid]) tensor?.dispose();
    for (const slot of step.outputs) gradients[slot] = undefined;
    for (const slot of plan.releases[2 * count - i]!) {
      slots[slot]?.dispose();
      slots[slot] = undefined;
    }
  }
}

function stepBack(step: Step, record: StepRecord, slots: Slots, gradients: Slots, arrived: readonly (Tensor | undefined)[]): void {
  const made = tidy(() => {
    const through = arrived.map((gradient, k) => {
      const grid = step.grids[k];
      return gradient && grid ? throughGrid(gradient, record.beforeGrid[k]!, grid) : (gradient ?? null);
    });
    const results = step.learns
      ? step.rule.backward(through as Tensor[], {
          inputs: step.inputs.map((slot) => (slot === NO_SLOT ? null : slots[slot])) as Tensor[],
          inputShapes: record.inputShapes,
          outputs: step.outputs.map((slot, k) => (record.beforeGrid[k] ?? slots[slot]) as Tensor),
          kept: record.kept,
          wanted: step.wanted,
        })
      : [];
    return owned(results, [...arrived, ...record.kept]) as never;
  });
  (made as unknown as (Tensor | null)[]).forEach((gradient, i) => {
    const slot = step.inputs[i]!;
    if (gradient) accumulate(gradients[slot], gradient, (sum) => (gradients[slot] = sum));
  });
}

/** Each a tensor of its own, none of those that are about to be freed. */
function owned(results: readonly (Tensor | null)[], foreign: readonly (Tensor | undefined)[]): (Tensor | null)[] {
  const seen = new Set<Tensor | undefined>(foreign);
  return results.map((tensor) => {
    if (!tensor) return null;
    const own = seen.has(tensor) ? clone(tensor) : tensor;
    seen.add(own);
    return own;
  });
}

function accumulate(present: Tensor | undefined, gradient: Tensor, store: (sum: Tensor) => unknown): void {
  if (!present) return void store(gradient);
  store(add(present, gradient));
  present.dispose();
  gradient.dispose();
}
