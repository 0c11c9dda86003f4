/**
 * Whole batches, rungs and frames from a decision's means, by error diffusion (first-order sigma-delta): what one choice is off
 * is carried to the next, so that the mean over any run is within one step of what was asked.
 */
import type { Decision } from './types';

export interface Dispatch {
  readonly batchError: number;
  readonly levelError: number;
  readonly keepError: number;
}

/** Each starts at a half, so that a share is met from its middle. */
export const startDispatch: Dispatch = { batchError: 0.5, levelError: 0.5, keepError: 0.5 };

/** Examples of the next batch. */
export function nextBatch({ batch }: Decision, state: Dispatch): { readonly size: number; readonly state: Dispatch } {
  const [size, batchError] = whole(batch, state.batchError);
  return { size: Math.max(1, size), state: { ...state, batchError } };
}

/** Rung of the next batch. */
export function nextRung({ level }: Decision, state: Dispatch): { readonly rung: number; readonly state: Dispatch } {
  const [rung, levelError] = whole(level, state.levelError);
  return { rung, state: { ...state, levelError } };
}

/** Whether the next skippable request is served. */
export function nextKept({ keep }: Decision, state: Dispatch): { readonly isKept: boolean; readonly state: Dispatch } {
  const [count, keepError] = whole(keep, state.keepError);
  return { isKept: count > 0, state: { ...state, keepError } };
}

function whole(wanted: number, error: number): [number, number] {
  const result = Math.floor(wanted + error);
  return [result, wanted + error - result];
}

/** Examples of the next batch, where only some sizes are to be had (GPUs compile for each): the two beside the mean take turns. */
export function nextSize({ batch }: Decision, sizes: readonly number[], state: Dispatch): { readonly size: number; readonly state: Dispatch } {
  const lower = sizes.findLast((size) => size <= batch) ?? sizes[0]!;
  const upper = sizes.find((size) => size > batch) ?? lower;
  const wanted = Math.min(batch, upper);
  const size = state.batchError + wanted - lower >= (upper - lower) / 2 && upper > lower ? upper : lower;
  return { size, state: { ...state, batchError: state.batchError + wanted - size } };
}
