/**
 * The trained numbers of one training: latent numbers, what constraints add, and the optimizer's memory. Computes what the network
 * is to compute with, and learns from its gradients. `fit-learner-host.ts` keeps them in memory (wasm, cpu),
 * `fit-learner-device.ts` on the device (webgpu, webgl).
 */
import type { Tensor as DeviceTensor } from '@tensorflow/tfjs-core';
import type { ValueId } from '../ir/graph';
import type { Tensor } from '../ir/tensor';
import type { Effective, StepResult } from './network';

/** Named arrays: what a checkpoint holds. */
export type Arrays = ReadonlyMap<string, Float32Array | Uint8Array>;

export interface Learner {
  /** The numbers of this step; they are the learner's, and hold until the next call. */
  effective(step: number): Promise<Effective>;
  /** Learns from a step and frees its tensors, but for the loss. `projections`: gradients by the hints' projections, freed too. */
  update(result: StepResult, projections: readonly DeviceTensor[], rate: number): Promise<void>;
  /** By hint, whether it has a projection. */
  readonly projected: readonly boolean[];
  /** The projections of hints that learn too; they are the learner's, and hold until the next call. */
  projections(): readonly DeviceTensor[];
  /**
   * The numbers at the end of `step` steps as they would be exported, with every choice made anew; `final`: masks take their
   * final sparsity. Training can go on from there.
   */
  settle(step: number, final: boolean): Promise<Effective>;
  /** Of the last `settle` or `restore`: each parameter as its last constraint stores it, decoding to the very numbers. */
  encoded(): ReadonlyMap<ValueId, Tensor>;
  /** True when no mask grows any more. */
  isSettled(step: number): boolean;
  /** Copies: 'all' there is, with which training goes on bit for bit; or the 'numbers' alone, enough for `encoded`. */
  state(what: 'all' | 'numbers'): Promise<Arrays>;
  /** Takes back what `state` gave. Throws a FormatError when it does not fit. */
  restore(arrays: Arrays, what: 'all' | 'numbers'): void;
  dispose(): void;
}
