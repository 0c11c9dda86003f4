/** Short names for composing formulas out of TensorFlow ops. Numbers become constants. */
import type { AttributesJson, LoweringContext, Ref } from './lowering';
import { reduceOver } from './lowering';

export type Operand = Ref | number;

export interface Arithmetic {
  unary(op: string, x: Ref): Ref;
  add(a: Operand, b: Operand): Ref;
  sub(a: Operand, b: Operand): Ref;
  mul(a: Operand, b: Operand): Ref;
  div(a: Operand, b: Operand): Ref;
  op(name: string, inputs: readonly Operand[], attributes?: AttributesJson): Ref;
  reduce(op: string, x: Ref, axes: readonly number[]): Ref;
}

export function arithmetic(context: LoweringContext): Arithmetic {
  const ref = (operand: Operand): Ref => (typeof operand === 'number' ? context.tf.floats(operand) : operand);
  const op = (name: string, inputs: readonly Operand[], attributes?: AttributesJson): Ref =>
    context.inner(name, inputs.map(ref), attributes);
  return {
    op,
    unary: (name, x) => op(name, [x]),
    add: (a, b) => op('AddV2', [a, b]),
    sub: (a, b) => op('Sub', [a, b]),
    mul: (a, b) => op('Mul', [a, b]),
    div: (a, b) => op('RealDiv', [a, b]),
    reduce: (name, x, axes) => reduceOver(context, name, x, axes, true),
  };
}
