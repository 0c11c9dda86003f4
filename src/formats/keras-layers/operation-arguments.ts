/**
 * The arguments of a bare operation. Keras 3 puts tensors in `args` and settings in the config; TensorFlow's op layers put
 * all in `kwargs`. Constants among the operands become constant nodes of the other operand's type.
 */
import type { DType } from '../../ops/signatures';
import { type ConfigOwner, malformed, show } from './config';
import type { Flow, GraphBuilder } from './graph-builder';
import { isFlow, type LayerCall } from './lowering';
import { ArrayArgument } from './topology';

/** A constant array in a config; larger ones belong into weights. */
const LARGEST_CONSTANT = 10_000_000;

/** What was given under one of `names`, or at `position`; undefined when nothing was. */
export function argumentOf(call: LayerCall, position: number, names: readonly string[]): unknown {
  for (const name of names) {
    for (const record of [call.kwargs, call.config]) {
      if (Object.hasOwn(record, name) && name !== 'name') return record[name];
    }
  }
  return position >= 0 ? call.args[position] : undefined;
}

/** The tensor at `position`. */
export function operandOf(call: LayerCall, builder: GraphBuilder, position: number, names: readonly string[] = [], like?: Flow): Flow {
  const value = argumentOf(call, position, names);
  return isFlow(value) ? value : constantOf(call, builder, value, like?.dtype ?? 'float32');
}

/** Two operands of one type: whole numbers beside floats become floats. */
export function pairOf(call: LayerCall, builder: GraphBuilder): [Flow, Flow] {
  const values = [argumentOf(call, 0, ['x1', 'x']), argumentOf(call, 1, ['x2', 'y', 'b'])] as const;
  const like = values.find(isFlow);
  const [a, b] = values.map((value) => (isFlow(value) ? value : constantOf(call, builder, value, like?.dtype ?? 'float32'))) as [Flow, Flow];
  if (a.dtype === b.dtype) return [a, b];
  return [asFloat(builder, a), asFloat(builder, b)];
}

export function asFloat(builder: GraphBuilder, x: Flow): Flow {
  return x.dtype === 'float32' ? x : builder.node('cast', [x], { dtype: 'float32' });
}

export function wholeNumber(call: ConfigOwner, value: unknown, what: string): number {
  return Number.isInteger(value) ? (value as number) : malformed(call, `has ${what} = ${show(value)}, which is no whole number.`);
}

/** One whole number or a list of them. */
export function wholeNumbers(call: ConfigOwner, value: unknown, what: string): number[] {
  const plain = value instanceof ArrayArgument ? value.value : value;
  const list = Array.isArray(plain) ? plain : [plain];
  return list.map((item) => wholeNumber(call, item, what));
}

/** A number, a boolean or a nested list, as a constant. */
function constantOf(call: LayerCall, builder: GraphBuilder, value: unknown, dtype: DType): Flow {
  const given = value instanceof ArrayArgument ? value : new ArrayArgument(value, dtype === 'int32' ? 'int32' : 'float32');
  const shape: number[] = [];
  for (let level: unknown = given.value; Array.isArray(level); level = level[0]) shape.push(level.length);
  const numbers = Array.isArray(given.value) ? (given.value as unknown[]).flat(Infinity) : [given.value];
  const count = shape.reduce((product, size) => product * size, 1);
  const isFine = numbers.length === count && count <= LARGEST_CONSTANT && numbers.every((item) => typeof item === 'number' || typeof item === 'boolean');
  if (!isFine) return malformed(call, `is given ${show(given.value)}, which is no tensor.`);
  const plain = numbers.map(Number);
  const isWhole = /^u?int/.test(given.dtype) && plain.every(Number.isInteger);
  return isWhole ? builder.integers('constant', shape, plain) : builder.floats('constant', shape, plain);
}
