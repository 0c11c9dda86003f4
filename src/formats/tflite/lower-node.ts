/** One operator in the hands of its lowering: what it reads, resolved, and its options. */
import { WhittleError } from '../../lib/errors';
import type { ValueId } from '../../ir/graph';
import type { Quantization } from '../../ir/quantization';
import { decodeFloats, sizeOf, type Tensor } from '../../ir/tensor';
import type { ValueType } from '../../ops/definition';
import type { FlatOperator, FlatTensor } from './flat-model';
import { integersOf } from './lower-constant';
import type { GraphParts } from './lower-graph-parts';
import type { LoweredTensors } from './lower-tensors';

/** Lists that operators take (sizes, axes, paddings) have as many numbers as dimensions, or parts that a value is split into. */
const LONGEST_LIST_NBYTES = 2 ** 13;

export interface FlatNode {
  readonly name: string;
  /** The operator's, with the custom code of a custom one. */
  readonly op: string;
  readonly operator: FlatOperator;
  /** Whether an optional input is there. */
  has(index: number): boolean;
  /** The value of an input that must be there. */
  value(index: number): ValueId;
  /** All inputs. */
  values(): readonly ValueId[];
  /** An input that stands still. */
  constant(index: number): Tensor | undefined;
  /** The tensor of an input or output as the file declares it. */
  input(index: number): FlatTensor;
  output(index: number): FlatTensor;
  typeOf(index: number): ValueType;
  gridOf(index: number): Quantization | undefined;
  /** Whole numbers that must be constant; `what` names them in the refusal. */
  integers(index: number, what: string): readonly number[];
  integer(index: number, what: string): number;
  /** The same, or null when they are computed at run time. */
  integersOrNull(index: number): readonly number[] | null;
  float(index: number, what: string): number;
  /** Fields of the options table. */
  option(field: string, fallback: number): number;
  flag(field: string): boolean;
  list(field: string): readonly number[];
  refuse(reason: string): never;
}

export function createFlatNode(operator: FlatOperator, position: number, tensors: LoweredTensors, parts: GraphParts, owner: string): FlatNode {
  const name = nameOf(operator, position, tensors);
  const label = operator.op === 'CUSTOM' ? `CUSTOM "${operator.customCode ?? ''}"` : operator.op;
  const reader = `operator ${position} (${label})`;
  const refuse = (reason: string): never => {
    throw new WhittleError('UnsupportedError', `${owner}, operator ${position} "${name}" (${label}): ${reason}.`);
  };
  const tensorAt = (index: number): number => {
    const tensor = operator.inputs[index];
    if (tensor !== undefined && tensor >= 0) return tensor;
    throw new WhittleError('FormatError', `${owner}, operator ${position} "${name}" (${label}) lacks input ${index}. The file is damaged.`);
  };
  const value = (index: number): ValueId => tensors.value(tensorAt(index), reader);
  const numbers = (index: number): readonly number[] | null => {
    const source = tensors.resolve(tensorAt(index));
    const flat = tensors.flat(source, reader);
    if (flat.data && flat.data.length > LONGEST_LIST_NBYTES) return refuse(`its input ${index} is a list of ${flat.data.length} bytes; lists of sizes and axes are short`);
    return flat.data ? integersOf(flat, tensors.name(source)) : parts.numbersOf(value(index));
  };
  const integers = (index: number, what: string): readonly number[] =>
    numbers(index)?.map(Math.round) ?? refuse(`the ${what} is computed at run time; Whittle needs it as a constant`);
  const single = (list: readonly number[], what: string): number =>
    list.length === 1 ? list[0]! : refuse(`the ${what} has ${list.length} numbers in place of one`);
  const field = (key: string): unknown => operator.options?.fields[key];
  return {
    name,
    op: label,
    operator,
    has: (index) => (operator.inputs[index] ?? -1) >= 0,
    value,
    values: () => operator.inputs.map((_, index) => value(index)),
    constant: (index) => tensors.constant(tensorAt(index)),
    input: (index) => tensors.flat(tensorAt(index), reader),
    output: (index) => tensors.flat(operator.outputs[index] ?? -1, reader),
    typeOf: (index) => parts.values[value(index)]!,
    gridOf: (index) => parts.values[value(index)]!.quantization,
    integers,
    integer: (index, what) => single(integers(index, what), what),
    integersOrNull: (index) => numbers(index)?.map(Math.round) ?? null,
    float(index, what) {
      const tensor = tensors.constant(tensorAt(index));
      if (tensor && sizeOf(tensor.shape) !== 1) return refuse(`the ${what} has ${sizeOf(tensor.shape)} numbers in place of one`);
      const known = tensor ? Array.from(decodeFloats(tensor)) : numbers(index);
      return single(known ?? refuse(`the ${what} is computed at run time; Whittle needs it as a constant`), what);
    },
    option(key, fallback) {
      const known = field(key);
      return typeof known === 'number' ? known : fallback;
    },
    flag: (key) => field(key) === true,
    list(key) {
      const known = field(key);
      return Array.isArray(known) ? (known as readonly number[]) : [];
    },
    refuse,
  };
}

/** Operators have no names; that of what they make says what they are. Converters join all that they fused: `a/Relu;a/BiasAdd`. */
function nameOf(operator: FlatOperator, position: number, tensors: LoweredTensors): string {
  const [first] = operator.outputs;
  const made = first === undefined ? '' : tensors.name(first).split(';', 1)[0]!;
  return made || `${operator.op.toLowerCase()}_${position}`;
}
