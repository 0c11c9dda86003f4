/** The forward pass over a plan: fills slots, keeps what the way back needs, and frees everything else as soon as it can. */
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Plan, Step } from './plan';
import type { Run } from './rule';
import { WhittleError, messageOf } from '../../lib/errors';
import { ontoGrid } from './grid';
import { NO_SLOT } from './plan';
import { clone, getBackend, tidy } from '@tensorflow/tfjs-core';

/** What a step leaves for its way back. */
export interface StepRecord {
  readonly kept: readonly Tensor[];
  readonly inputShapes: readonly (readonly number[])[];
  /** Where an output stands on a grid: its numbers before; undefined elsewhere. */
  readonly beforeGrid: readonly (Tensor | undefined)[];
}

type Slots = (Tensor | undefined)[];

export function goForward(plan: Plan, slots: Slots, run: Omit<Run, 'keep'>, releases: readonly (readonly number[])[]): StepRecord[] {
  return plan.steps.map((step, i) => {
    const given = step.inputs.map((slot) => (slot === NO_SLOT ? null : slots[slot])) as Tensor[];
    const record = atNode(step, () => runStep(step, given, slots, run));
    for (const slot of releases[i]!) {
      slots[slot]!.dispose();
      slots[slot] = undefined;
    }
    return record;
  });
}

function runStep(step: Step, given: readonly Tensor[], slots: Slots, run: Omit<Run, 'keep'>): StepRecord {
  const goesBack = run.training && step.learns;
  const kept: Tensor[] = [];
  const keep = (tensor: Tensor): void => {
    if (goesBack) kept.push(tensor);
  };
  const [outputs, beforeGrid] = tidy(() => {
    const made = [step.rule.forward(given, { ...run, keep })].flat() as Tensor[];
    const before: (Tensor | undefined)[] = [];
    const results = step.outputs.map((_, k) => {
      const y = made[k]!;
      const grid = step.grids[k];
      if (!grid) return given.includes(y) ? clone(y) : y;
      if (run.training) before[k] = given.includes(y) ? clone(y) : y;
      return ontoGrid(y, grid);
    });
    return [results, before, kept];
  });
  step.outputs.forEach((slot, k) => (slots[slot] = outputs[k] as Tensor));
  return { kept, inputShapes: given.map((tensor) => tensor?.shape ?? []), beforeGrid: beforeGrid as (Tensor | undefined)[] };
}

export function atNode<T>({ node }: Step, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof WhittleError) throw error;
    throw new WhittleError('BackendError', `Training failed at node ${node.name} (${node.op}) on ${getBackend()}: ${messageOf(error)}`, { cause: error });
  }
}
