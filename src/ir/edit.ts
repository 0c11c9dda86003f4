/** Edits that make a new graph and share everything they do not touch. */
import type { Graph, Node, Value, ValueId } from './graph';
import type { Tensor } from './tensor';
import { usedValues } from './walk';

/** Collects edits of one graph; `done` gives the new graph, or the very same one when nothing was edited. */
export interface GraphEditor {
  /** Replaces the data of a constant. Its shape and dtype follow. */
  setTensor(id: ValueId, tensor: Tensor): void;
  /** Adds a constant and gives its id. */
  addConstant(name: string, tensor: Tensor): ValueId;
  /** Replaces a node by others (none: removes it). They stand in its place. */
  replaceNode(nodeId: string, replacements: readonly Node[]): void;
  /** Makes every reader of `from`, and the graph's outputs, read `to`. */
  redirect(from: ValueId, to: ValueId): void;
  /** Adds or replaces the description of a value. */
  setValue(value: Value): void;
  done(): Graph;
}

export function editGraph(graph: Graph): GraphEditor {
  const values = new Map<ValueId, Value>();
  const replacements = new Map<string, readonly Node[]>();
  const redirects = new Map<ValueId, ValueId>();
  let additions = 0;
  const freshId = (stem: string): ValueId => {
    let id: ValueId;
    do id = `${stem}#${++additions}`;
    while (Object.hasOwn(graph.values, id) || values.has(id));
    return id;
  };
  const follow = (id: ValueId): ValueId => {
    let target = id;
    for (let next = redirects.get(target); next !== undefined; next = redirects.get(target)) target = next;
    return target;
  };
  return {
    setTensor(id, tensor) {
      const value = values.get(id) ?? graph.values[id]!;
      values.set(id, { ...value, dtype: tensor.dtype, shape: tensor.shape, tensor });
    },
    addConstant(name, tensor) {
      const id = freshId(name);
      values.set(id, { id, name, dtype: tensor.dtype, shape: tensor.shape, tensor });
      return id;
    },
    replaceNode: (nodeId, nodes) => void replacements.set(nodeId, nodes),
    redirect: (from, to) => void redirects.set(from, to),
    setValue: (value) => void values.set(value.id, value),
    done() {
      if (values.size + replacements.size + redirects.size === 0) return graph;
      const rewire = (node: Node): Node =>
        node.inputs.some((id) => id !== null && redirects.has(id))
          ? ({ ...node, inputs: node.inputs.map((id) => (id === null ? null : follow(id))) } as Node)
          : node;
      const nodes = graph.nodes.flatMap((node) => replacements.get(node.id) ?? [node]).map(rewire);
      const edited: Graph = {
        ...graph,
        outputs: graph.outputs.map(follow),
        nodes,
        values: values.size === 0 ? graph.values : { ...graph.values, ...Object.fromEntries(values) },
      };
      return dropUnusedValues(edited);
    },
  };
}

/** The graph without values that nothing reads or makes; the same graph when there are none. */
export function dropUnusedValues(graph: Graph): Graph {
  const used = usedValues(graph);
  const entries = Object.entries(graph.values);
  const kept = entries.filter(([id]) => used.has(id));
  return kept.length === entries.length ? graph : { ...graph, values: Object.fromEntries(kept) };
}
