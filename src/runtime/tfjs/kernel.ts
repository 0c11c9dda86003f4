/**
 * What a kernel is: made once for a node when a model is prepared (attributes read, constants rearranged), giving a
 * closure that is called at every run. Kernels own what they make between input and result: what they return is freed
 * by the executor, everything else they free themselves (`tidy`), and inputs are never theirs.
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import type { NodeOf, Value } from '../../ir/graph';
import type { OpName } from '../../ops/signatures';
import type { TfjsBackendId } from '../backend';
import { WhittleError } from '../../lib/errors';

export type { Tensor };

/**
 * One tensor for each input of the node, in order. An absent optional input, and one that the kernel took at prepare
 * time (`numbers`, `derive`), arrives as null: a kernel's parameter types say which can.
 */
export type Execute = (...inputs: Tensor[]) => Tensor | Tensor[] | Promise<Tensor[]>;

export type Kernel<O extends OpName> = (node: NodeOf<O>, context: KernelContext) => Execute;

/** The activations that convolutions and dense products apply themselves. */
export type TailActivation = 'linear' | 'relu' | 'relu6' | 'elu' | 'sigmoid' | 'leakyrelu' | 'prelu';

/** An activation node merged into its producer. For `prelu` the slopes are input 3. */
export interface Tail {
  readonly activation: TailActivation;
  readonly alpha: number;
}

export interface KernelContext {
  readonly backend: TfjsBackendId;
  /** The values behind the node's inputs and outputs: dtypes and shapes as far as they are known. */
  readonly inputs: readonly (Value | null)[];
  readonly outputs: readonly Value[];
  /** The activation merged into this node, if any. */
  readonly tail: Tail | null;
  /** A constant input's numbers, which is then not uploaded for this node; null when it is no constant. */
  numbers(index: number): readonly number[] | null;
  /** Tensors made once from a constant input and freed with the model; null when it is no constant. */
  derive(index: number, make: (constant: Tensor) => Tensor[]): Tensor[] | null;
}

/** Refuses a node on a backend: what, where, why and what to do instead. */
export function refuse(node: { readonly name: string; readonly op: string }, backend: TfjsBackendId, why: string): never {
  throw new WhittleError('BackendError', `Node ${node.name} (${node.op}) cannot run on ${backend}: ${why}`);
}

/** An axis counted from the front. */
export function axisOf(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}

/** Numbers that are only known at run time, read back from the device. */
export async function readNumbers(tensor: Tensor): Promise<number[]> {
  return Array.from(await tensor.data());
}

/**
 * A kernel whose later inputs are numbers that the host must know (a shape, a size): from the attribute where that is
 * set, from the constant, or else read back at every run.
 */
export function withNumbers(
  context: KernelContext,
  parameters: readonly { readonly index: number; readonly known: readonly number[] | null }[],
  compute: (inputs: readonly Tensor[], ...numbers: (readonly number[])[]) => Tensor,
): Execute {
  const fixed = parameters.map(({ index, known }) => known ?? context.numbers(index));
  if (fixed.every((numbers) => numbers !== null)) return (...inputs) => compute(inputs, ...fixed);
  return async (...inputs) => {
    const numbers = await Promise.all(parameters.map(({ index }, i) => fixed[i] ?? readNumbers(inputs[index]!)));
    return [compute(inputs, ...numbers)];
  };
}
