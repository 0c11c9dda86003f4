/**
 * How one node runs in training: forward, and from the gradients of its outputs those of its inputs. Both are called
 * within a scope that frees what they leave behind; what they return stays, and so does what `keep` is given.
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import type { NodeOf, Value } from '../../ir/graph';
import type { OpName } from '../../ops/signatures';
import type { TfjsBackendId } from '../../runtime/backend';

export interface Run {
  /** Batch statistics and dropout; false: inference. */
  readonly training: boolean;
  readonly seed: number;
  /** Keeps a tensor of the forward pass for `backward`. A no-op where nothing is asked for. */
  keep(tensor: Tensor): void;
}

export interface BackwardRun {
  /** The inputs that the rule said it reads; others may be gone. */
  readonly inputs: readonly Tensor[];
  /** Of all inputs; empty for absent ones. */
  readonly inputShapes: readonly (readonly number[])[];
  readonly outputs: readonly Tensor[];
  /** What `forward` kept, in that order. */
  readonly kept: readonly Tensor[];
  /** For each input whether somebody wants its gradient. */
  readonly wanted: readonly boolean[];
}

export interface Rule {
  /** Positions of inputs, and whether outputs, that `backward` reads. */
  readonly reads: { readonly inputs: readonly number[]; readonly outputs: boolean };
  /** Its way back is TensorFlow.js's own, which is loaded when it is needed. */
  readonly usesTape?: boolean;
  /** Absent inputs are null in truth; a rule's parameter types say which can be. */
  forward(inputs: readonly Tensor[], run: Run): Tensor | readonly Tensor[];
  /** `gradients` has one entry an output, null where nothing depends on it (never all). Gives one entry an input. */
  backward(gradients: readonly Tensor[], run: BackwardRun): readonly (Tensor | null)[];
}

export interface RuleContext {
  readonly backend: TfjsBackendId;
  readonly inputs: readonly (Value | null)[];
  readonly outputs: readonly Value[];
  /** Whether a gradient flows to each input at all. */
  readonly wanted: readonly boolean[];
  /** A constant that is no parameter: its numbers; null for all others. */
  numbers(index: number): readonly number[] | null;
  /** Tensors made once from a constant that is no parameter; null for all others. */
  derive(index: number, make: (constant: Tensor) => Tensor[]): Tensor[] | null;
  /** Numbers of the network that move and are no parameters: starts as the constant's, by its id. */
  state(index: number): MovingState;
}

export interface MovingState {
  readonly frozen: boolean;
  read(): Tensor;
  /** Takes the tensor over. */
  write(next: Tensor): void;
}

export type RuleMaker<O extends OpName> = (node: NodeOf<O>, context: RuleContext) => Rule;
