/**
 * Collects nodes and constants while layers are lowered, and knows every value's shape at once: lowering asks for ranks and
 * sizes. Names are made unique; what contradicts itself becomes a FormatError that names the layer.
 */
import { WhittleError, messageOf } from '../../lib/errors';
import type { Graph, GraphSource, LayerSource, Node, Value } from '../../ir/graph';
import { decodeIntegers, float32Tensor, int32Tensor, type Shape, sizeOf, type Tensor } from '../../ir/tensor';
import { type Contents, CONTENTS_LIMIT } from '../../ops/definition';
import { inferNode } from '../../ops/infer-shapes';
import { opTable } from '../../ops/table';
import type { DType, OpAttributes, OpName } from '../../ops/signatures';

/** A tensor on its way through the layers. A mask is only computed when some layer asks for it. */
export interface Flow {
  readonly id: string;
  readonly dtype: DType;
  readonly shape: Shape | null;
  /** Of shape [batch, time …], true where the step counts. */
  readonly mask: (() => Flow) | null;
}

export interface GraphBuilder {
  readonly nodes: readonly Node[];
  input(name: string, dtype: DType, shape: Shape): Flow;
  /** A constant under a name of its own; the same `key` gives the same constant again (shared layers). */
  constant(key: string, tensor: Tensor): Flow;
  /** Small constants that no weight of the file is. */
  floats(name: string, shape: Shape, values: readonly number[]): Flow;
  integers(name: string, shape: Shape, values: readonly number[]): Flow;
  /** Adds a node; `outputs` counts those that are wanted. The masks of the results are empty. */
  nodesOf<O extends OpName>(op: O, inputs: readonly (Flow | null)[], attributes: OpAttributes[O], outputs: number): Flow[];
  /** Adds a node with one output. */
  node<O extends OpName>(op: O, inputs: readonly (Flow | null)[], attributes: OpAttributes[O]): Flow;
  /** Runs `lower` so that its nodes belong to `layer`. */
  within<T>(layer: LayerSource, lower: () => T): T;
  /** Path of the layer that is being lowered, for names and messages. */
  path(): string;
  graph(name: string, inputs: Named, outputs: Named, source: GraphSource): Graph;
}

type Named = readonly { readonly name: string; readonly flow: Flow }[];

/** Attributes of operators that have none. */
export const NONE = {} as const;

export function createGraphBuilder(): GraphBuilder {
  const values: Record<string, Value> = Object.create(null) as Record<string, Value>;
  const nodes: Node[] = [];
  const contents = new Map<string, Contents>();
  const constants = new Map<string, Flow>();
  const names = new Set<string>();
  const counts = new Map<string, number>();
  const inputIds: string[] = [];
  let current: LayerSource | undefined;

  const unique = (stem: string): string => {
    let name = stem;
    // Counting goes on where it stopped: layers that are called often would count from one every time.
    let count = counts.get(stem) ?? 0;
    while (names.has(name)) name = `${stem}_${++count}`;
    counts.set(stem, count);
    names.add(name);
    return name;
  };
  const flowOf = (id: string): Flow => {
    const { dtype, shape } = values[id]!;
    return { id, dtype, shape, mask: null };
  };
  const addConstant = (name: string, tensor: Tensor): Flow => {
    const id = unique(name);
    values[id] = { id, name: id, dtype: tensor.dtype, shape: tensor.shape, tensor };
    if (tensor.dtype === 'int32' && sizeOf(tensor.shape) <= CONTENTS_LIMIT) contents.set(id, Array.from(decodeIntegers(tensor)));
    return flowOf(id);
  };
  const path = (): string => current?.path ?? 'model';

  const builder: GraphBuilder = {
    nodes,
    input(name, dtype, shape) {
      const id = unique(name);
      values[id] = { id, name, dtype, shape };
      inputIds.push(id);
      return flowOf(id);
    },
    constant(key, tensor) {
      const known = constants.get(key) ?? addConstant(key, tensor);
      constants.set(key, known);
      return known;
    },
    floats: (name, shape, numbers) => addConstant(`${path()}/${name}`, float32Tensor(shape, numbers)),
    integers: (name, shape, numbers) => addConstant(`${path()}/${name}`, int32Tensor(shape, numbers)),
    nodesOf(op, inputs, attributes, outputs) {
      const isFirst = nodes.at(-1)?.layer?.path !== current?.path || nodes.at(-1)?.layer?.call !== current?.call;
      const name = unique(isFirst ? path() : `${path()}/${op}`);
      const ids = Array.from({ length: outputs }, (_, i) => (outputs === 1 ? name : unique(`${name}:${i}`)));
      for (const id of ids) values[id] = { id, name: id, dtype: 'float32', shape: null };
      const node = {
        id: name,
        name,
        op,
        inputs: withoutTrailingNulls(inputs.map((input) => input?.id ?? null)),
        outputs: ids,
        attributes,
        ...(current && { layer: current }),
      } as unknown as Node;
      try {
        checkArity(node);
        inferNode(node, { values } as Graph, values, contents);
      } catch (error) {
        const layer = current ? `The layer "${current.path}" (${current.className})` : 'The model';
        throw new WhittleError('FormatError', `${layer} does not fit its inputs or weights. ${messageOf(error)}`, { cause: error });
      }
      nodes.push(node);
      return ids.map(flowOf);
    },
    node: (op, inputs, attributes) => builder.nodesOf(op, inputs, attributes, 1)[0]!,
    within(layer, lower) {
      const outer = current;
      current = layer;
      try {
        return lower();
      } finally {
        current = outer;
      }
    },
    path,
    graph(name, inputs, outputs, source) {
      return {
        name,
        inputs: inputs.map(({ flow }) => flow.id),
        outputs: outputs.map(({ flow }) => flow.id),
        inputNames: inputs.map((input) => input.name),
        outputNames: uniqueNames(outputs.map((output) => output.name)),
        nodes: [...nodes],
        values: { ...values },
        source,
      };
    },
  };
  return builder;
}

function withoutTrailingNulls(inputs: readonly (string | null)[]): (string | null)[] {
  let end = inputs.length;
  while (end > 0 && inputs[end - 1] === null) end--;
  return inputs.slice(0, end);
}

function checkArity(node: Node): void {
  const { minimum, maximum } = opTable[node.op].arity;
  if (node.inputs.length >= minimum && node.inputs.length <= maximum) return;
  throw new WhittleError('GraphError', `Node "${node.name}" (${node.op}) has ${node.inputs.length} inputs and takes ${minimum} to ${maximum}.`);
}

function uniqueNames(names: readonly string[]): string[] {
  const seen = new Map<string, number>();
  return names.map((name) => {
    const count = seen.get(name) ?? 0;
    seen.set(name, count + 1);
    return count === 0 ? name : `${name}_${count}`;
  });
}
