/**
 * A case of an operator: attributes and inputs. What comes out is never written down here: the tests ask TF.js.
 */
import type { DType, OpAttributes, OpName } from '../../../src/ops/signatures';
import { createRandom } from '../../../src/lib/random';

export interface CaseInput {
  readonly shape: readonly number[];
  readonly dtype: DType;
  /** Numbers, row-major, or how to draw them: standard normal, uniform in (−1, 1), or positive in [0.1, 2). Absent: normal. */
  readonly data?: readonly number[] | 'normal' | 'uniform' | 'positive';
  /** A weight or parameter that stands still; all others are graph inputs. */
  readonly constant?: boolean;
}

export interface CaseOf<O extends OpName> {
  readonly op: O;
  /** Unique among the cases of the operator. */
  readonly name: string;
  readonly attributes: OpAttributes[O];
  /** null: an optional input that is absent. */
  readonly inputs: readonly (CaseInput | null)[];
  /** How many outputs the node lists; absent: all there are. */
  readonly outputs?: number;
}

export type OpCase = { [O in OpName]: CaseOf<O> }[OpName];

/** Typed by its operator. */
export function opCase<O extends OpName>(
  op: O,
  name: string,
  attributes: OpAttributes[O],
  inputs: readonly (CaseInput | null)[],
  outputs?: number,
): OpCase {
  return { op, name, attributes, inputs, ...(outputs === undefined ? {} : { outputs }) } as unknown as OpCase;
}

/** A graph input of float32. */
export function x(shape: readonly number[], data: CaseInput['data'] = 'normal'): CaseInput {
  return { shape, dtype: 'float32', data };
}

/** A constant of float32. */
export function weight(shape: readonly number[], data: CaseInput['data'] = 'normal'): CaseInput {
  return { shape, dtype: 'float32', data, constant: true };
}

/** A graph input of int32. */
export function integers(shape: readonly number[], data: readonly number[]): CaseInput {
  return { shape, dtype: 'int32', data };
}

/** A constant of int32. */
export function fixed(shape: readonly number[], data: readonly number[]): CaseInput {
  return { shape, dtype: 'int32', data, constant: true };
}

/** A graph input of bool. */
export function flags(shape: readonly number[], data: readonly number[]): CaseInput {
  return { shape, dtype: 'bool', data };
}

/** 0, 1, 2, …, each taken modulo `period`. */
export function ramp(count: number, period = count): readonly number[] {
  return Array.from({ length: count }, (_, i) => i % period);
}

/** Any seed would do; one for all makes a failing case repeatable. */
const CASE_SEED = 20260728;

/** The numbers of an input, the same in every run. */
export function numbersOf(of: OpCase, index: number): readonly number[] {
  const input = of.inputs[index];
  if (!input) throw new Error(`${of.op} ${of.name} has no input ${index}`);
  const { data = 'normal' } = input;
  if (typeof data !== 'string') return data;
  const random = createRandom(CASE_SEED + index);
  const draw = { normal: random.normal, uniform: () => 2 * random.uniform() - 1, positive: () => 0.1 + 1.9 * random.uniform() }[data];
  return Array.from({ length: input.shape.reduce((a, b) => a * b, 1) }, draw);
}
