/**
 * What the lowering of one TensorFlow Lite operator works with: the operator, read and resolved, and the graph that grows.
 * Types are inferred as nodes are added, so that a lowering may look at the shape or type of what it reads.
 */
import type { Diagnostic } from '../../lib/diagnostics';
import { warning } from '../../lib/diagnostics';
import { messageOf, WhittleError } from '../../lib/errors';
import type { Graph, Node, Value, ValueId } from '../../ir/graph';
import type { Quantization } from '../../ir/quantization';
import { decodeFloats, sizeOf, type Tensor } from '../../ir/tensor';
import { CONTENTS_LIMIT, type Contents, type ValueType } from '../../ops/definition';
import { inferNode } from '../../ops/infer-shapes';
import type { OpAttributes, OpName } from '../../ops/signatures';
import type { FlatOperator, FlatSubgraph, FlatTensor } from './flat-model';
import { activationType, gridOf } from './lower-activation';
import { constantTensor, integersOf } from './lower-constant';

/** One operator in the hands of its lowering. */
export interface FlatNode {
  readonly name: string;
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

/** Gives the values of the operator's outputs, in order. */
export type FlatLowering = (node: FlatNode, builder: FlatBuilder) => readonly ValueId[];

export type FlatLowerings = Readonly<Record<string, FlatLowering>>;

export interface InnerOptions {
  /** Appended to the operator's name. */
  readonly part: string;
  readonly grid?: Quantization | undefined;
  readonly outputs?: number;
}

export interface FlatBuilder {
  /** Adds the node that gives the operator's outputs: the first `count`, or all. */
  emitAll<O extends OpName>(node: FlatNode, op: O, inputs: readonly (ValueId | null)[], attributes: OpAttributes[O], count?: number): readonly ValueId[];
  emit<O extends OpName>(node: FlatNode, op: O, inputs: readonly (ValueId | null)[], attributes: OpAttributes[O]): readonly [ValueId];
  /** Adds a node in front of it. */
  innerAll<O extends OpName>(
    node: FlatNode,
    op: O,
    inputs: readonly (ValueId | null)[],
    attributes: OpAttributes[O],
    options: InnerOptions,
  ): readonly ValueId[];
  inner<O extends OpName>(
    node: FlatNode,
    op: O,
    inputs: readonly (ValueId | null)[],
    attributes: OpAttributes[O],
    part: string,
    grid?: Quantization,
  ): ValueId;
  /** A number, or list of numbers, that the lowering needs. */
  constant(node: FlatNode, part: string, tensor: Tensor): ValueId;
  /** A constant input in another form, made once however often it is asked for. Named as the file names it. */
  derived(node: FlatNode, index: number, form: string, tensor: Tensor): ValueId;
  /** The operator's output is its first input by another name, as where it only decodes a constant. */
  alias(node: FlatNode): void;
  typeOf(id: ValueId): ValueType;
  gridOf(id: ValueId): Quantization | undefined;
  warn(node: FlatNode, message: string): void;
}

export interface LoweringState {
  readonly builder: FlatBuilder;
  readonly nodes: readonly Node[];
  readonly values: Readonly<Record<ValueId, Value>>;
  readonly diagnostics: readonly Diagnostic[];
  addInput(tensor: number): ValueId;
  /** What a tensor has become: a value made before, or a constant. */
  valueOf(tensor: number, reader: string): ValueId;
  setValue(tensor: number, id: ValueId): void;
  flatNode(operator: FlatOperator, index: number): FlatNode;
}

export function createLoweringState(subgraph: FlatSubgraph, owner: string): LoweringState {
  const { tensors } = subgraph;
  const nodes: Node[] = [];
  const values: Record<ValueId, Value> = {};
  const diagnostics: Diagnostic[] = [];
  const contents = new Map<ValueId, Contents>();
  // Inference looks up values only.
  const partial: Graph = {
    name: '', inputs: [], outputs: [], inputNames: [], outputNames: [], nodes, values, source: { format: '', producer: '' },
  };
  const used = new Set<string>();
  const fresh = (stem: string): string => {
    let name = stem;
    for (let count = 2; used.has(name); count++) name = `${stem}_${count}`;
    used.add(name);
    return name;
  };
  const names = tensors.map((tensor, index) => fresh(tensor.name || `tensor_${index}`));
  const made = new Map<number, ValueId>();
  const constants = new Map<number, Tensor>();
  const aliases = new Map<number, number>();
  const resolve = (index: number): number => aliases.get(index) ?? index;
  const derivedIds = new Map<string, ValueId>();
  const nodeIds = new Set<string>();
  const freshNode = (stem: string): string => {
    let name = stem;
    for (let count = 2; nodeIds.has(name); count++) name = `${stem}_${count}`;
    nodeIds.add(name);
    return name;
  };

  const tensorAt = (index: number, reader: string): FlatTensor => {
    const tensor = tensors[index];
    if (tensor) return tensor;
    throw new WhittleError('FormatError', `In ${owner}, ${reader} names tensor ${index}, and there are ${tensors.length}. The file is damaged.`);
  };
  const addConstant = (id: string, tensor: Tensor): ValueId => {
    values[id] = { id, name: id, dtype: tensor.dtype, shape: tensor.shape, tensor };
    if (tensor.dtype !== 'string' && sizeOf(tensor.shape) <= CONTENTS_LIMIT) contents.set(id, Array.from(decodeFloats(tensor)));
    return id;
  };
  const constantAt = (named: number): Tensor | undefined => {
    const index = resolve(named);
    const known = constants.get(index);
    if (known || made.has(index)) return known;
    const flat = tensors[index];
    const isEmpty = flat?.shape?.includes(0) === true && !flat.isVariable && !subgraph.inputs.includes(index);
    if (!flat || (!flat.data && !isEmpty)) return undefined;
    const tensor = constantTensor(flat, names[index]!);
    constants.set(index, tensor);
    return tensor;
  };
  const valueOf = (named: number, reader: string): ValueId => {
    const index = resolve(named);
    const known = made.get(index);
    if (known !== undefined) return known;
    const flat = tensorAt(index, reader);
    const tensor = constantAt(index);
    if (tensor) {
      const id = addConstant(values[names[index]!] ? fresh(names[index]!) : names[index]!, tensor);
      made.set(index, id);
      return id;
    }
    if (flat.isVariable) {
      throw new WhittleError(
        'UnsupportedError',
        `"${names[index]}" of ${owner} keeps its numbers from one run to the next, and ${reader} reads it. Whittle compresses models without memory; export it without variables.`,
      );
    }
    throw new WhittleError('FormatError', `In ${owner}, ${reader} reads "${names[index]}", which nothing before it makes. The file is damaged.`);
  };

  const add = (
    node: FlatNode,
    stem: string,
    op: OpName,
    inputs: readonly (ValueId | null)[],
    attributes: unknown,
    outputs: readonly Value[],
  ): readonly ValueId[] => {
    const id = freshNode(stem);
    const ids = outputs.map((value) => value.id);
    // The op and its attributes fit each other by the types of the arguments; the union cannot say so.
    const added = { id, name: id, op, inputs: withoutTrailingNulls(inputs), outputs: ids, attributes } as unknown as Node;
    for (const value of outputs) values[value.id] = value;
    try {
      inferNode(added, partial, values, contents);
    } catch (error) {
      throw new WhittleError('FormatError', `${owner}: ${messageOf(error)} (TensorFlow Lite's ${node.op}.)`, { cause: error });
    }
    nodes.push(added);
    return ids;
  };

  const builder: FlatBuilder = {
    emitAll(node, op, inputs, attributes, count) {
      const targets = node.operator.outputs.slice(0, count);
      const outputs = targets.map((index) => {
        const flat = tensorAt(index, `the operator ${node.op}`);
        const name = names[index]!;
        const grid = gridOf(flat, name);
        return { id: name, name, dtype: 'float32' as const, shape: null, ...(grid ? { quantization: grid } : {}) };
      });
      const ids = add(node, node.name, op, inputs, attributes, outputs);
      targets.forEach((index, k) => {
        const declared = activationType(tensors[index]!, names[index]!);
        const actual = values[ids[k]!]!.dtype;
        if (declared !== actual) {
          node.refuse(`it gives ${tensors[index]!.type}, where Whittle's operator "${op}" gives ${actual}`);
        }
      });
      return ids;
    },
    emit: (node, op, inputs, attributes) => builder.emitAll(node, op, inputs, attributes, 1) as readonly [ValueId],
    innerAll(node, op, inputs, attributes, { part, grid, outputs = 1 }) {
      const stem = `${node.name}/${part}`;
      const values = Array.from({ length: outputs }, () => {
        const id = fresh(stem);
        return { id, name: id, dtype: 'float32' as const, shape: null, ...(grid ? { quantization: grid } : {}) };
      });
      return add(node, stem, op, inputs, attributes, values);
    },
    inner: (node, op, inputs, attributes, part, grid) => builder.innerAll(node, op, inputs, attributes, { part, grid })[0]!,
    constant: (node, part, tensor) => addConstant(fresh(`${node.name}/${part}`), tensor),
    derived(node, index, form, tensor) {
      const source = resolve(node.operator.inputs[index]!);
      const key = `${source}/${form}`;
      const known = derivedIds.get(key);
      if (known !== undefined) return known;
      const name = names[source]!;
      const id = addConstant(values[name] ? fresh(name) : name, tensor);
      derivedIds.set(key, id);
      return id;
    },
    alias: (node) => void aliases.set(node.operator.outputs[0]!, resolve(node.operator.inputs[0]!)),
    typeOf: (id) => values[id]!,
    gridOf: (id) => values[id]!.quantization,
    warn: (node, message) => void diagnostics.push(warning(`${node.op}: ${message}`, node.name)),
  };

  return {
    builder,
    nodes,
    values,
    diagnostics,
    addInput(index) {
      const known = made.get(index);
      if (known !== undefined) return known;
      const flat = tensorAt(index, 'the list of inputs');
      const id = names[index]!;
      const grid = gridOf(flat, id);
      values[id] = { id, name: id, dtype: activationType(flat, id), shape: flat.shapeSignature ?? flat.shape, ...(grid ? { quantization: grid } : {}) };
      made.set(index, id);
      return id;
    },
    valueOf,
    setValue: (index, id) => void made.set(index, id),
    flatNode(operator, position) {
      const first = operator.outputs[0];
      const name = first === undefined ? `${operator.op}_${position}` : firstPart(names[first] ?? `${operator.op}_${position}`);
      const label = operator.op === 'CUSTOM' ? `CUSTOM "${operator.customCode ?? ''}"` : operator.op;
      const reader = `operator ${position} (${label})`;
      const refuse = (reason: string): never => {
        throw new WhittleError('UnsupportedError', `${owner}, operator ${position} "${name}" (${label}): ${reason}.`);
      };
      const inputAt = (index: number): number => {
        const tensor = operator.inputs[index];
        if (tensor !== undefined && tensor >= 0) return tensor;
        throw new WhittleError('FormatError', `${owner}, operator ${position} "${name}" (${label}) lacks input ${index}. The file is damaged.`);
      };
      const numbers = (index: number): readonly number[] | null => {
        const source = resolve(inputAt(index));
        const flat = tensorAt(source, reader);
        if (flat.data && !made.has(source)) return integersOf(flat, names[source]!);
        const known = contents.get(valueOf(source, reader));
        return known && !known.includes(null) ? (known as readonly number[]) : null;
      };
      const integers = (index: number, what: string): readonly number[] =>
        numbers(index)?.map(Math.round) ?? refuse(`the ${what} is computed at run time; Whittle needs it as a constant`);
      const field = (key: string): unknown => operator.options?.fields[key];
      const node: FlatNode = {
        name,
        op: label,
        operator,
        has: (index) => (operator.inputs[index] ?? -1) >= 0,
        value: (index) => valueOf(inputAt(index), reader),
        values: () => operator.inputs.map((_, index) => valueOf(inputAt(index), reader)),
        constant: (index) => constantAt(inputAt(index)),
        input: (index) => tensorAt(inputAt(index), reader),
        output: (index) => tensorAt(operator.outputs[index] ?? -1, reader),
        typeOf: (index) => values[valueOf(inputAt(index), reader)]!,
        gridOf: (index) => values[valueOf(inputAt(index), reader)]!.quantization,
        integers,
        integer(index, what) {
          const list = integers(index, what);
          return list.length === 1 ? list[0]! : refuse(`the ${what} has ${list.length} numbers in place of one`);
        },
        integersOrNull: (index) => numbers(index)?.map(Math.round) ?? null,
        float(index, what) {
          const tensor = constantAt(inputAt(index));
          const known = tensor ? Array.from(decodeFloats(tensor)) : numbers(index);
          if (!known) return refuse(`the ${what} is computed at run time; Whittle needs it as a constant`);
          return known.length === 1 ? known[0]! : refuse(`the ${what} has ${known.length} numbers in place of one`);
        },
        option(key, fallback) {
          const value = field(key);
          return typeof value === 'number' ? value : fallback;
        },
        flag: (key) => field(key) === true,
        list(key) {
          const value = field(key);
          return Array.isArray(value) ? (value as readonly number[]) : [];
        },
        refuse,
      };
      return node;
    },
  };
}

/** Converters join the names of all that they fused: `a/Relu;a/BiasAdd;a/Conv2D`. */
function firstPart(name: string): string {
  return name.split(';', 1)[0] || name;
}

function withoutTrailingNulls(inputs: readonly (ValueId | null)[]): readonly (ValueId | null)[] {
  let length = inputs.length;
  while (length > 0 && inputs[length - 1] === null) length--;
  return inputs.slice(0, length);
}
