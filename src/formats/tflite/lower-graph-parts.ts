/** The nodes and values of the graph that grows. Types are inferred as nodes are added. */
import { messageOf, WhittleError } from '../../lib/errors';
import type { Graph, Node, Value, ValueId } from '../../ir/graph';
import { decodeFloats, sizeOf, type Tensor } from '../../ir/tensor';
import { CONTENTS_LIMIT, type Contents } from '../../ops/definition';
import { inferNode } from '../../ops/infer-shapes';
import type { OpName } from '../../ops/signatures';
import { nameMaker } from './lower-names';

export interface GraphParts {
  readonly nodes: readonly Node[];
  readonly values: Readonly<Record<ValueId, Value>>;
  addInput(value: Value): void;
  addConstant(name: string, tensor: Tensor): ValueId;
  /** `stem` becomes the node's name, with a number where it is taken. */
  addNode(stem: string, op: OpName, inputs: readonly (ValueId | null)[], attributes: unknown, outputs: readonly Value[], operator: string): readonly ValueId[];
  /** The numbers of a small value where they follow from constants and known shapes. */
  numbersOf(id: ValueId): readonly number[] | null;
}

export function createGraphParts(owner: string): GraphParts {
  const nodes: Node[] = [];
  const values: Record<ValueId, Value> = {};
  const contents = new Map<ValueId, Contents>();
  const freshNode = nameMaker();
  // Inference looks up values only.
  const partial: Graph = {
    name: '', inputs: [], outputs: [], inputNames: [], outputNames: [], nodes, values, source: { format: '', producer: '' },
  };
  return {
    nodes,
    values,
    addInput: (value) => void (values[value.id] = value),
    addConstant(id, tensor) {
      values[id] = { id, name: id, dtype: tensor.dtype, shape: tensor.shape, tensor };
      if (tensor.dtype !== 'string' && sizeOf(tensor.shape) <= CONTENTS_LIMIT) contents.set(id, Array.from(decodeFloats(tensor)));
      return id;
    },
    addNode(stem, op, inputs, attributes, outputs, operator) {
      const id = freshNode(stem);
      const ids = outputs.map((value) => value.id);
      // The op and its attributes fit each other by the types of the builder's arguments; the union cannot say so.
      const node = { id, name: id, op, inputs: withoutTrailingNulls(inputs), outputs: ids, attributes } as unknown as Node;
      for (const value of outputs) values[value.id] = value;
      try {
        inferNode(node, partial, values, contents);
      } catch (error) {
        throw new WhittleError('FormatError', `${owner}: ${messageOf(error)} (TensorFlow Lite's ${operator}.)`, { cause: error });
      }
      nodes.push(node);
      return ids;
    },
    numbersOf(id) {
      const known = contents.get(id);
      return known && !known.includes(null) ? (known as readonly number[]) : null;
    },
  };
}

function withoutTrailingNulls(inputs: readonly (ValueId | null)[]): readonly (ValueId | null)[] {
  let length = inputs.length;
  while (length > 0 && inputs[length - 1] === null) length--;
  return inputs.slice(0, length);
}
