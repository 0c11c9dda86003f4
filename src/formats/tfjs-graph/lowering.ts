/**
 * What the lowering of one operator to TensorFlow ops works with. A `Ref` is how a node input is written (`name` or
 * `name:2`). Nothing is decoded here: constants are collected and stored later, so that a trial run is cheap.
 */
import { WhittleError } from '../../lib/errors';
import type { Graph, Node, NodeOf, ValueId } from '../../ir/graph';
import { float32Tensor, int32Tensor, type Shape, type Tensor } from '../../ir/tensor';
import type { DType, FusedActivation, OpName } from '../../ops/signatures';
import { emitCodes, type CodeEmitter } from './stored-codes';
import { boolean, dtypeName, integer, shapeJson, type AttributeJson } from './attribute-json';

export type Ref = string;
export type AttributesJson = Readonly<Record<string, AttributeJson>>;

export interface NodeJson {
  readonly name: string;
  readonly op: string;
  readonly input?: readonly Ref[];
  readonly attr?: AttributesJson;
}

/** A constant of the written graph: its node's name and the numbers to store. */
export interface StoredConstant {
  readonly name: string;
  readonly tensor: () => Tensor;
  readonly shape: Shape;
  readonly dtype: DType;
  /** A weight of the model, and not a number that the lowering needed. */
  readonly isWeight: boolean;
}

/** The graph that grows: nodes in order, each name once. */
export interface TfGraph {
  readonly nodes: NodeJson[];
  readonly constants: StoredConstant[];
  /** `isOwn`: the name is one of the reserved, and this is its owner. */
  add(op: string, stem: string, inputs: readonly Ref[], attributes: AttributesJson, isOwn?: boolean): Ref;
  /** Gives the newest node, which nothing reads yet, the reserved name of its owner, when that is still free. */
  rename(ref: Ref, name: string): Ref;
  weight(name: string, shape: Shape, dtype: DType, tensor: () => Tensor): Ref;
  /** A number, or list of numbers, that the lowering needs; equal ones are stored once. */
  floats(values: number | readonly number[], shape?: Shape): Ref;
  integers(values: number | readonly number[], shape?: Shape): Ref;
}

/**
 * `reserved`: names of the operators and constants, kept free for them. `keepCodes`: weights that TensorFlow.js cannot
 * hold are put together by the graph (`stored-codes.ts`).
 */
export function createTfGraph(reserved: Iterable<string>, keepCodes: boolean): TfGraph {
  const used = new Set<string>();
  const kept = new Set(Array.from(reserved, cleanName));
  const pool = new Map<string, Ref>();
  const nodes: NodeJson[] = [];
  const constants: StoredConstant[] = [];
  const fresh = (stem: string, isOwn: boolean): string => {
    const clean = cleanName(stem);
    if (isOwn) kept.delete(clean);
    let name = clean;
    for (let count = 1; used.has(name) || kept.has(name); count++) name = `${clean}_${count}`;
    used.add(name);
    return name;
  };
  const constant = (name: string, shape: Shape, dtype: DType, tensor: () => Tensor, isWeight: boolean): Ref => {
    const unique = fresh(name, isWeight);
    const proto = dtypeName(dtype);
    nodes.push({ name: unique, op: 'Const', attr: { dtype: { type: proto }, value: { tensor: { dtype: proto, tensorShape: shapeJson(shape) } } } });
    constants.push({ name: unique, tensor, shape, dtype, isWeight });
    return unique;
  };
  const pooled = (dtype: 'float32' | 'int32', values: number | readonly number[], given?: Shape): Ref => {
    const list = typeof values === 'number' ? [values] : values;
    const shape = given ?? (typeof values === 'number' ? [] : [list.length]);
    // JSON has no infinities; the text only serves to find equal constants.
    const key = `${dtype}[${shape.join()}]${list.join()}`;
    const known = pool.get(key);
    if (known !== undefined) return known;
    const tensor = (): Tensor => (dtype === 'float32' ? float32Tensor(shape, list) : int32Tensor(shape, list));
    const ref = constant(dtype === 'float32' ? 'Const/number' : 'Const/integers', shape, dtype, tensor, false);
    pool.set(key, ref);
    return ref;
  };
  const add = (op: string, stem: string, inputs: readonly Ref[], attributes: AttributesJson, isOwn = false): Ref => {
    const name = fresh(stem, isOwn);
    const attr = Object.keys(attributes).length > 0 ? { attr: attributes } : {};
    nodes.push({ name, op, ...(inputs.length > 0 ? { input: inputs } : {}), ...attr });
    return name;
  };
  const codeEmitter: CodeEmitter = {
    constant: (name, tensor) => constant(name, tensor.shape, tensor.dtype, () => tensor, false),
    node: (op, name, inputs, attributes = {}) => add(op, name, inputs, attributes, true),
    integers: (values) => pooled('int32', values),
  };
  return {
    nodes,
    constants,
    add,
    rename(ref, wanted) {
      const last = nodes.at(-1);
      const name = cleanName(wanted);
      if (last?.name !== ref || !kept.has(name)) return ref;
      kept.delete(name);
      used.add(name);
      nodes[nodes.length - 1] = { ...last, name };
      return name;
    },
    weight: (name, shape, dtype, tensor) =>
      (keepCodes ? emitCodes(name, tensor(), codeEmitter) : null) ?? constant(name, shape, dtype, tensor, true),
    floats: (values, shape) => pooled('float32', values, shape),
    integers: (values, shape) => pooled('int32', values, shape),
  };
}

/** An activation that follows and can be computed inside a fused node, with the value of its own input. */
export interface Tail {
  readonly node: NodeOf<'relu'> | NodeOf<'relu6'> | NodeOf<'elu'> | NodeOf<'sigmoid'> | NodeOf<'prelu'> | NodeOf<'leaky-relu'>;
}

/** One operator in the hands of its lowering. */
export interface LoweringContext {
  readonly graph: Graph;
  readonly tf: TfGraph;
  readonly tail: Tail | undefined;
  has(index: number): boolean;
  ref(index: number): Ref;
  /** The reference of any value that is already there. */
  refOf(id: ValueId): Ref;
  tensor(index: number): Tensor | undefined;
  dtype(index: number): DType;
  /** Sizes of an input, −1 where unknown; null when the rank is unknown. */
  shape(index: number): Shape | null;
  outputShape(index: number): Shape | null;
  /** The same, refused when something about it is unknown. */
  knownShape(index: number, why: string): Shape;
  knownRank(index: number, why: string): number;
  /** A new node that bears the operator's own name. */
  emit(op: string, inputs: readonly Ref[], attributes?: AttributesJson): Ref;
  /** A new node named after its op within the operator; the last one, when it is the result, is given the operator's name. */
  inner(op: string, inputs: readonly Ref[], attributes?: AttributesJson): Ref;
  activate(ref: Ref, activation: FusedActivation): Ref;
  refuse(reason: string): never;
}

export type Lowering<O extends OpName> = (node: NodeOf<O>, context: LoweringContext) => readonly Ref[];
/** A lowering that needs nothing of a particular operator. */
export type AnyLowering = (node: Node, context: LoweringContext) => readonly Ref[];
export type Lowerings = { readonly [O in OpName]: Lowering<O> };

export function loweringContext(
  node: Node,
  graph: Graph,
  tf: TfGraph,
  refOf: (id: ValueId) => Ref,
  tail: Tail | undefined,
): LoweringContext {
  const valueAt = (index: number) => {
    const id = node.inputs[index];
    return id === null || id === undefined ? undefined : graph.values[id];
  };
  const refuse = (reason: string): never => {
    throw new WhittleError('ExportError', `A TensorFlow.js graph model cannot hold "${node.name}" (${node.op}): ${reason}.`);
  };
  const context: LoweringContext = {
    graph,
    tf,
    tail,
    has: (index) => valueAt(index) !== undefined,
    ref: (index) => refOf((valueAt(index) ?? refuse(`input ${index} is missing`)).id),
    refOf,
    tensor: (index) => valueAt(index)?.tensor,
    dtype: (index) => valueAt(index)?.dtype ?? 'float32',
    shape: (index) => valueAt(index)?.shape ?? null,
    outputShape: (index) => graph.values[node.outputs[index] ?? '']?.shape ?? null,
    knownShape(index, why) {
      const shape = context.shape(index);
      return shape && !shape.includes(-1) ? shape : refuse(`${why}, and the shape of its input is not known`);
    },
    knownRank: (index, why) => context.shape(index)?.length ?? refuse(`${why}, and the rank of its input is not known`),
    emit: (op, inputs, attributes = {}) => tf.add(op, node.name, inputs, attributes, true),
    inner: (op, inputs, attributes = {}) => tf.add(op, `${node.name}/${op}`, inputs, attributes),
    activate(ref, activation) {
      switch (activation) {
        case 'none':
          return ref;
        case 'relu-n1-to-1':
          return context.inner('ClipByValue', [ref, tf.floats(-1), tf.floats(1)]);
        case 'relu':
        case 'relu6':
        case 'elu':
        case 'sigmoid':
        case 'tanh':
          return context.inner(ACTIVATION_OPS[activation], [ref]);
        default: {
          const never: never = activation;
          return never;
        }
      }
    },
    refuse,
  };
  return context;
}

export const ACTIVATION_OPS = { relu: 'Relu', relu6: 'Relu6', elu: 'Elu', sigmoid: 'Sigmoid', tanh: 'Tanh' } as const;

/** Reduction attributes and the axes input. */
export function reduceOver(context: LoweringContext, op: string, x: Ref, axes: readonly number[], keepDims: boolean): Ref {
  return context.inner(op, [x, context.tf.integers(axes)], { keep_dims: boolean(keepDims) });
}

export const count = (n: number): AttributesJson => ({ N: integer(n) });

/** TensorFlow's rule for node names; TensorFlow.js reads ':' and '^' as more than a name. */
function cleanName(stem: string): string {
  const clean = stem.replace(/:0$/, '').replaceAll(/[^A-Za-z0-9_./>-]/g, '_');
  return /^[A-Za-z0-9.]/.test(clean) ? clean : `n${clean}`;
}
