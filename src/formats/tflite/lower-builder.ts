/** What the lowering of one TensorFlow Lite operator builds with. */
import { warning, type Diagnostic } from '../../lib/diagnostics';
import type { Value, ValueId } from '../../ir/graph';
import type { Quantization } from '../../ir/quantization';
import type { Tensor } from '../../ir/tensor';
import type { OpAttributes, OpName } from '../../ops/signatures';
import { activationType, gridOf } from './lower-activation';
import type { GraphParts } from './lower-graph-parts';
import type { FlatNode } from './lower-node';
import type { LoweredTensors } from './lower-tensors';

/** Gives the values of the operator's outputs, in order. */
export type FlatLowering = (node: FlatNode, builder: FlatBuilder) => readonly ValueId[];

export type FlatLowerings = Readonly<Record<string, FlatLowering>>;

export interface InnerOptions {
  /** Appended to the operator's name. */
  readonly part: string;
  readonly grid?: Quantization | undefined;
  readonly outputs?: number;
}

type Inputs = readonly (ValueId | null)[];

export interface FlatBuilder {
  /** Adds the node that gives the operator's outputs: the first `count`, or all. */
  emitAll<O extends OpName>(node: FlatNode, op: O, inputs: Inputs, attributes: OpAttributes[O], count?: number): readonly ValueId[];
  emit<O extends OpName>(node: FlatNode, op: O, inputs: Inputs, attributes: OpAttributes[O]): readonly [ValueId];
  /** Adds a node in front of it. */
  innerAll<O extends OpName>(node: FlatNode, op: O, inputs: Inputs, attributes: OpAttributes[O], options: InnerOptions): readonly ValueId[];
  inner<O extends OpName>(node: FlatNode, op: O, inputs: Inputs, attributes: OpAttributes[O], part: string, grid?: Quantization): ValueId;
  /** A number, or list of numbers, that the lowering needs. */
  constant(node: FlatNode, part: string, tensor: Tensor): ValueId;
  /** A constant input in another form, made once however often it is asked for. Named as the file names it. */
  derived(node: FlatNode, index: number, form: string, tensor: Tensor): ValueId;
  /** The operator's output is its first input by another name, as where it only decodes a constant. */
  alias(node: FlatNode): void;
  gridOf(id: ValueId): Quantization | undefined;
  warn(node: FlatNode, message: string): void;
  readonly diagnostics: readonly Diagnostic[];
}

export function createFlatBuilder(tensors: LoweredTensors, parts: GraphParts): FlatBuilder {
  const diagnostics: Diagnostic[] = [];
  const derivedIds = new Map<string, ValueId>();
  const builder: FlatBuilder = {
    diagnostics,
    emitAll(node, op, inputs, attributes, count) {
      const targets = node.operator.outputs.slice(0, count);
      if (targets.length < (count ?? 1)) node.refuse(`it has ${targets.length} outputs and gives ${count ?? 'at least one'}`);
      const outputs = targets.map((index, k) => valueNamed(tensors.name(index), gridOf(node.output(k), tensors.name(index))));
      const ids = parts.addNode(node.name, op, inputs, attributes, outputs, node.op);
      ids.forEach((id, k) => {
        const declared = activationType(node.output(k), id);
        const actual = parts.values[id]!.dtype;
        if (declared !== actual) node.refuse(`it gives ${node.output(k).type}, where Whittle's operator "${op}" gives ${actual}`);
      });
      return ids;
    },
    emit: (node, op, inputs, attributes) => builder.emitAll(node, op, inputs, attributes, 1) as readonly [ValueId],
    innerAll(node, op, inputs, attributes, { part, grid, outputs = 1 }) {
      const stem = `${node.name}/${part}`;
      const made = Array.from({ length: outputs }, () => valueNamed(tensors.fresh(stem), grid));
      return parts.addNode(stem, op, inputs, attributes, made, node.op);
    },
    inner: (node, op, inputs, attributes, part, grid) => builder.innerAll(node, op, inputs, attributes, { part, grid })[0]!,
    constant: (node, part, tensor) => parts.addConstant(tensors.fresh(`${node.name}/${part}`), tensor),
    derived(node, index, form, tensor) {
      const source = tensors.resolve(node.operator.inputs[index]!);
      const key = `${source}/${form}`;
      const known = derivedIds.get(key);
      if (known !== undefined) return known;
      const name = tensors.name(source);
      const id = parts.addConstant(parts.values[name] ? tensors.fresh(name) : name, tensor);
      derivedIds.set(key, id);
      return id;
    },
    alias: (node) => tensors.alias(node.operator.outputs[0]!, node.operator.inputs[0]!),
    gridOf: (id) => parts.values[id]!.quantization,
    warn: (node, message) => void diagnostics.push(warning(`${node.op}: ${message}`, node.name)),
  };
  return builder;
}

/** Its type follows when the node is added. */
function valueNamed(name: string, grid: Quantization | undefined): Value {
  return { id: name, name, dtype: 'float32', shape: null, ...(grid ? { quantization: grid } : {}) };
}
