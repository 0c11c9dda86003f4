/**
 * A graph whose constants are parameters, on one backend of TensorFlow.js: forward in training mode, backward, and the
 * moving statistics of batch norm. The contract between the loop (`fit.ts`) and the gradients (`network/`). `step`, `predict` and
 * `restore` run at once on the current backend: call them through `onBackend(options.backend, …)`.
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Graph, ValueId } from '../ir/graph';
import type { Shape } from '../ir/tensor';
import type { TfjsBackendId } from '../runtime/backend';

export interface Parameter {
  readonly valueId: ValueId;
  readonly name: string;
  readonly shape: Shape;
  /** 'kernel': what is multiplied with (weight decay is for these); 'bias'; 'scale' and 'shift' of normalizations; 'slope' of prelu. */
  readonly role: 'kernel' | 'bias' | 'scale' | 'shift' | 'slope';
}

/** Given a parameter's id, the numbers that the graph computes with in this step. Owned by whoever gives them. */
export type Effective = ReadonlyMap<ValueId, Tensor>;

/** What a loss makes of a forward pass: its value and the gradients by the values that it looked at. All owned by the network afterwards. */
export interface LossGradients {
  /** A scalar on the device: it is only read back when somebody looks. */
  readonly value: Tensor;
  readonly byValue: ReadonlyMap<ValueId, Tensor>;
}

export interface StepResult {
  /** A scalar; the caller's. */
  readonly loss: Tensor;
  /** By parameter; the caller's. A parameter that the loss does not depend on is absent. */
  readonly gradients: ReadonlyMap<ValueId, Tensor>;
}

/**
 * What a loss needs to know of an output. `valueId` is the graph's output, `logits` the id under which `step` and `predict` give
 * what goes into `activation`, which is left off ('linear': nothing is, and the two are the same).
 */
export interface NetworkOutput {
  readonly valueId: ValueId;
  readonly logits: ValueId;
  readonly activation: 'softmax' | 'sigmoid' | 'linear';
}

export interface NetworkOptions {
  readonly backend: TfjsBackendId;
  readonly frozen: readonly ValueId[];
  /** Values that the loss looks at besides the outputs (whose final softmax or sigmoid is left off: `NetworkOutput`). */
  readonly watched: readonly ValueId[];
  readonly dropout: boolean;
}

export interface Network {
  readonly graph: Graph;
  readonly parameters: readonly Parameter[];
  /** In the order of the graph's outputs. */
  readonly outputs: readonly NetworkOutput[];
  /** Starting numbers of a parameter, on the host. */
  initial(valueId: ValueId): Float32Array;
  /**
   * One forward and backward pass in training mode: batch statistics in batch norm (whose moving statistics move), dropout drawn from
   * `seed`, activations on their grids with the straight-through gradient. `loss` is given the watched values and the outputs by id.
   */
  step(inputs: readonly Tensor[], effective: Effective, seed: number, loss: (values: ReadonlyMap<ValueId, Tensor>) => LossGradients): StepResult;
  /** Inference with moving statistics: the outputs, and the watched values, by id. The caller frees them. */
  predict(inputs: readonly Tensor[], effective: Effective): ReadonlyMap<ValueId, Tensor>;
  /** Everything that moves and is no parameter, on the host: moving means and variances, by value id. */
  state(): Promise<ReadonlyMap<ValueId, Float32Array>>;
  restore(state: ReadonlyMap<ValueId, Float32Array>): void;
  dispose(): void;
}
