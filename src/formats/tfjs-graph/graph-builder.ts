/**
 * What a mapping of one TensorFlow op works with: its node, read and resolved, and the graph that grows. Types are
 * inferred as nodes are added, so that a mapping may look at the rank or type of what it reads.
 */
import { messageOf, WhittleError } from '../../lib/errors';
import type { Diagnostic } from '../../lib/diagnostics';
import type { Graph, Node, Value, ValueId } from '../../ir/graph';
import { decodeFloats, decodeIntegers, sizeOf, type Tensor } from '../../ir/tensor';
import { CONTENTS_LIMIT, type Contents, type ValueType } from '../../ops/definition';
import { inferNode } from '../../ops/infer-shapes';
import type { DType, OpAttributes, OpName } from '../../ops/signatures';
import { attributesOf, type Attributes } from './attributes';
import type { NodeDef } from './graph-def';

/** One TensorFlow node in the hands of its mapping. */
export interface TfNode {
  readonly name: string;
  readonly op: string;
  readonly inputs: readonly ValueId[];
  readonly attributes: Attributes;
  /** How many of its outputs someone reads: the highest index + 1. */
  readonly usedOutputs: number;
  /** The value of an input that must be there. */
  input(index: number): ValueId;
  /** Numbers that must be constant; `what` names them in the refusal. */
  integers(index: number, what: string): readonly number[];
  integer(index: number, what: string): number;
  float(index: number, what: string): number;
  /** The same, or null when they are computed at run time. */
  integersOrNull(index: number): readonly number[] | null;
  refuse(reason: string): never;
}

/** Gives the values of the node's outputs, in order. */
export type Mapping = (node: TfNode, builder: GraphBuilder) => readonly ValueId[];

export type Mappings = Readonly<Record<string, Mapping>>;

export interface EmitOptions {
  /** Appended to the node's name, for the second and further nodes of one mapping. */
  readonly part?: string;
  /** Number of outputs, one unless told. */
  readonly outputs?: number;
}

export interface GraphBuilder {
  /** Adds a node and gives its outputs. */
  emitAll<O extends OpName>(
    source: TfNode,
    op: O,
    inputs: readonly (ValueId | null)[],
    attributes: OpAttributes[O],
    options?: EmitOptions,
  ): readonly ValueId[];
  /** The same for a node of one output. */
  emit<O extends OpName>(
    source: TfNode,
    op: O,
    inputs: readonly (ValueId | null)[],
    attributes: OpAttributes[O],
    part?: string,
  ): ValueId;
  constant(name: string, tensor: Tensor): ValueId;
  /** Adds a value derived from another constant once, however often it is asked for. */
  derivedConstant(from: ValueId, suffix: string, derive: (tensor: Tensor) => Tensor): ValueId;
  input(name: string, dtype: DType, shape: readonly number[] | null): ValueId;
  tensorOf(id: ValueId | null | undefined): Tensor | undefined;
  typeOf(id: ValueId): ValueType;
  /** The numbers of a constant, or of a small value that follows from constants and known shapes. */
  numbersOf(id: ValueId): readonly number[] | null;
  tfNode(definition: NodeDef, inputs: readonly ValueId[], usedOutputs: number): TfNode;
  readonly nodes: readonly Node[];
  readonly values: Readonly<Record<ValueId, Value>>;
  readonly diagnostics: Diagnostic[];
}

/** `taken` are the names of the file: new names keep clear of them. */
export function createGraphBuilder(taken: ReadonlySet<string>): GraphBuilder {
  const nodes: Node[] = [];
  const values: Record<ValueId, Value> = {};
  const contents = new Map<ValueId, Contents>();
  // Inference looks up values only.
  const partial: Graph = {
    name: '', inputs: [], outputs: [], inputNames: [], outputNames: [], nodes, values, source: { format: '', producer: '' },
  };
  const used = new Set(taken);
  const derived = new Map<string, ValueId>();
  const fresh = (stem: string): string => {
    let name = stem;
    for (let count = 2; used.has(name); count++) name = `${stem}_${count}`;
    used.add(name);
    return name;
  };
  const addConstant = (id: string, tensor: Tensor): ValueId => {
    values[id] = { id, name: id, dtype: tensor.dtype, shape: tensor.shape, tensor };
    if (tensor.dtype !== 'string' && sizeOf(tensor.shape) <= CONTENTS_LIMIT) contents.set(id, numbersOfTensor(tensor));
    return id;
  };
  const builder: GraphBuilder = {
    nodes,
    values,
    diagnostics: [],
    emitAll(source, op, inputs, attributes, options = {}) {
      const id = options.part === undefined ? source.name : fresh(`${source.name}/${options.part}`);
      const outputs = Array.from({ length: options.outputs ?? 1 }, (_, k) => (k === 0 ? id : `${id}:${k}`));
      // The op and its attributes fit each other by the types of the arguments; the union cannot say so.
      const node = { id, name: id, op, inputs: [...inputs], outputs, attributes } as unknown as Node;
      for (const output of outputs) values[output] = { id: output, name: output, dtype: 'float32', shape: null };
      try {
        inferNode(node, partial, values, contents);
      } catch (error) {
        // A contradiction of shapes lies in the file, and the message names the node.
        throw new WhittleError('FormatError', messageOf(error), { cause: error });
      }
      nodes.push(node);
      return outputs;
    },
    emit: (source, op, inputs, attributes, part) =>
      builder.emitAll(source, op, inputs, attributes, part === undefined ? {} : { part })[0]!,
    constant: (name, tensor) => addConstant(taken.has(name) && !Object.hasOwn(values, name) ? name : fresh(name), tensor),
    derivedConstant(from, suffix, derive) {
      const key = `${from}/${suffix}`;
      const known = derived.get(key);
      if (known !== undefined) return known;
      const id = addConstant(fresh(key), derive(values[from]!.tensor!));
      derived.set(key, id);
      return id;
    },
    input(name, dtype, shape) {
      values[name] = { id: name, name, dtype, shape };
      return name;
    },
    tensorOf: (id) => (id === null || id === undefined ? undefined : values[id]?.tensor),
    typeOf: (id) => values[id]!,
    numbersOf(id) {
      const { tensor } = values[id]!;
      if (tensor) return tensor.dtype === 'string' ? null : numbersOfTensor(tensor);
      const known = contents.get(id);
      return known && !known.includes(null) ? (known as readonly number[]) : null;
    },
    tfNode: (definition, inputs, usedOutputs) => tfNode(definition, inputs, usedOutputs, builder),
  };
  return builder;
}

function tfNode(definition: NodeDef, inputs: readonly ValueId[], usedOutputs: number, builder: GraphBuilder): TfNode {
  const refuse = (reason: string): never => {
    throw new WhittleError('UnsupportedError', `Node "${definition.name}" (${definition.op}): ${reason}.`);
  };
  const input = (index: number): ValueId => {
    const id = inputs.at(index);
    if (id !== undefined) return id;
    throw new WhittleError(
      'FormatError',
      `Node "${definition.name}" (${definition.op}) has ${inputs.length} inputs, too few. Export the model again.`,
    );
  };
  const numbers = (index: number, what: string): readonly number[] =>
    builder.numbersOf(input(index)) ?? refuse(`the ${what} is computed at run time; Whittle needs it as a constant`);
  const one = (values: readonly number[], what: string): number =>
    values.length === 1 ? values[0]! : refuse(`the ${what} has ${values.length} numbers in place of one`);
  return {
    name: definition.name,
    op: definition.op,
    inputs,
    attributes: attributesOf(definition),
    usedOutputs,
    input,
    integers: (index, what) => numbers(index, what).map(Math.round),
    integer: (index, what) => Math.round(one(numbers(index, what), what)),
    float: (index, what) => one(numbers(index, what), what),
    integersOrNull(index) {
      const tensor = builder.tensorOf(input(index));
      return tensor && sizeOf(tensor.shape) <= CONTENTS_LIMIT ? [...decodeIntegers(tensor)] : null;
    },
    refuse,
  };
}

function numbersOfTensor(tensor: Tensor): readonly number[] {
  return Array.from(tensor.dtype === 'float32' ? decodeFloats(tensor) : decodeIntegers(tensor));
}
