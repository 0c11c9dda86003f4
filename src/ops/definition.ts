/**
 * What the table knows of an operator: how many values it takes and gives, the types of its outputs, its
 * multiply-accumulates, and, where shapes are computed by the graph itself, the contents of its outputs.
 */
import type { Shape } from '../ir/tensor';
import type { DType, OpAttributes, OpName } from './signatures';

/** Shape null: the rank is unknown; −1: the dimension is unknown. */
export interface ValueType {
  readonly dtype: DType;
  readonly shape: Shape | null;
}

/** The numbers of a small value, row-major; null: that one is known at run time only. */
export type Contents = readonly (number | null)[];

/** Throws a GraphError that names the node, its operator and the shapes of its inputs. */
export type Fail = (reason: string) => never;

export interface OpContext<A> {
  readonly attributes: A;
  /** null: an optional input that is absent. */
  readonly inputs: readonly (ValueType | null)[];
  /** How many outputs the node lists. */
  readonly outputCount: number;
  /** The known contents of an input; null: nothing is known of them, or the input is absent. */
  readonly contents: (input: number) => Contents | null;
  readonly fail: Fail;
}

export interface ContentsContext<A> extends OpContext<A> {
  readonly outputs: readonly ValueType[];
}

/** Every dimension is known here. */
export interface MacsContext<A> {
  readonly attributes: A;
  readonly inputs: readonly (Shape | null)[];
  readonly outputs: readonly Shape[];
}

export interface Arity {
  readonly minimum: number;
  readonly maximum: number;
}

/** Of an operator with attributes of type A; `Definition<unknown>` fits every operator. */
export interface Definition<A> {
  readonly arity: Arity;
  /** The outputs there are; a node may leave out trailing ones. null: as many as the node lists. */
  readonly outputCount: (attributes: A, inputCount: number) => number | null;
  /** One type for each output there is. Unknown is propagated, a contradiction fails. */
  readonly shape: (context: OpContext<A>) => readonly ValueType[];
  /**
   * Multiply-accumulates. The common convention: convolutions, dense layers, matrix products, einsum and recurrent nets count,
   * biases, activations, normalization, pooling, resizing and other elementwise work do not (absent: 0).
   */
  readonly macs?: (context: MacsContext<A>) => number;
  /** What is known of each output's contents, for graphs that compute shapes (Shape → StridedSlice → Pack → Reshape). */
  readonly contents?: (context: ContentsContext<A>) => readonly (Contents | null)[];
}

export type OpDefinition<O extends OpName> = Definition<OpAttributes[O]>;

export type OpTable = { readonly [O in OpName]: OpDefinition<O> };

/** More elements than any shape computation needs; larger values are not looked into. */
export const CONTENTS_LIMIT = 1024;

export const oneOutput = (): number => 1;

/** The type of an input that must be there (the arity check sees to that for well-formed graphs). */
export function inputType(context: OpContext<unknown>, index: number): ValueType {
  return context.inputs[index] ?? context.fail(`input ${index} is missing`);
}

/** The shape that an int32 vector input spells out; null: not even its length is known. */
export function shapeFromInput(context: OpContext<unknown>, index: number): Shape | null {
  const contents = context.contents(index);
  if (contents) {
    return contents.map((size) => {
      if (size !== null && size < 0) return context.fail(`input ${index} asks for the size ${size}`);
      return size ?? -1;
    });
  }
  const length = inputType(context, index).shape?.[0] ?? -1;
  return length < 0 || length > CONTENTS_LIMIT ? null : new Array<number>(length).fill(-1);
}
