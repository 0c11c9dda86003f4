/**
 * What a rule is: it takes a node that TensorFlow Lite has no builtin for (or not in this form) and says the same with
 * nodes that it has. Rules may give nodes that other rules take further.
 */
import type { NodeOf, Value, ValueId } from '../../../ir/graph';
import type { Quantization } from '../../../ir/quantization';
import type { Shape, Tensor } from '../../../ir/tensor';
import type { Contents } from '../../../ops/definition';
import type { DType, OpAttributes, OpName } from '../../../ops/signatures';

/** The values that stand for the node's outputs, in order; null: the node is right as it is. */
export type Rule<O extends OpName> = (node: NodeOf<O>, build: Build) => readonly ValueId[] | null;

/** Tried in order; the first that does not give null is taken, and what it makes is looked at anew. */
export type Rules = { readonly [O in OpName]?: readonly Rule<O>[] };

/** The graph that a rule looks at and adds to. */
export interface Build {
  /** With its type, as far as it is known. */
  value(id: ValueId): Value;
  /** Every dimension but perhaps the first is known; otherwise the export is refused. */
  shape(id: ValueId): Shape;
  /** The numbers of a small value that are known. */
  contents(id: ValueId): Contents | null;
  isConstant(id: ValueId | null | undefined): id is ValueId;
  /** True when something reads the node's output of this index. */
  isUsed(output: number): boolean;
  /**
   * Adds a node with one output. Movement keeps the grid of its first input; other nodes of an integer rule say which grid
   * their output stands on.
   */
  op<O extends OpName>(op: O, inputs: readonly (ValueId | null)[], attributes: OpAttributes[O], grid?: Quantization): ValueId;
  /** Adds a node with `count` outputs. */
  ops<O extends OpName>(op: O, inputs: readonly (ValueId | null)[], attributes: OpAttributes[O], count: number, grid?: Quantization): readonly ValueId[];
  /** Adds a node with one output that no rule may take further. */
  builtin<O extends OpName>(op: O, inputs: readonly (ValueId | null)[], attributes: OpAttributes[O]): ValueId;
  /** `key` names what is made of `from`: the same constant made twice is made once. */
  constant(from: ValueId | null, key: string, make: () => Tensor): ValueId;
  /** A constant number, shared by all who need it. */
  scalar(value: number, dtype?: Exclude<DType, 'string'>): ValueId;
  /** The grid of the node's output of this index. */
  grid(output?: number): Quantization | undefined;
  /** Something the person should know about the node. */
  warn(message: string): void;
  /** Throws an ExportError that names the node. */
  refuse(reason: string): never;
}
