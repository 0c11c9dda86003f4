/**
 * What a rule of simplification is, and how rules are applied. A rule looks at one node and its surroundings and says what to change; it
 * leaves every output as it was, but for rounding, and makes the graph smaller, so that applying rules ends.
 *
 * Rules hold their hands off where numbers stand on an integer grid: there every node rounds, and leaving one out shows.
 */
import { editGraph, type GraphEditor } from '../../ir/edit';
import type { Graph, Node, ValueId } from '../../ir/graph';
import type { Shape } from '../../ir/tensor';
import { consumersOf, producersOf } from '../../ir/walk';

/** A graph with its links. */
export interface View {
  readonly graph: Graph;
  producer(id: ValueId | null | undefined): Node | undefined;
  /** The single reader of a value that is no output of the graph. */
  onlyReader(id: ValueId): Node | undefined;
  readerCount(id: ValueId): number;
  shape(id: ValueId): Shape | null;
  /** Numbers of a dense float32 constant: nothing that an earlier pass encoded. */
  floats(id: ValueId | null | undefined): Float32Array | undefined;
}

export interface Change {
  /** Every node that the change looked at and counts on. */
  readonly nodes: readonly Node[];
  apply(editor: GraphEditor): void;
}

export interface Rule {
  /** For the report: `Paddings moved into convolutions`. */
  readonly what: string;
  match(view: View, node: Node): Change | undefined;
}

/** Applies rules until none matches; `count` is told how often each did. */
export function applyRules(graph: Graph, rules: readonly Rule[], count: (what: string) => void): Graph {
  for (let current = graph; ; ) {
    const next = applyOnce(current, rules, count);
    if (next === current) return current;
    current = next;
  }
}

/** Changes that have no node in common, in one go. */
function applyOnce(graph: Graph, rules: readonly Rule[], count: (what: string) => void): Graph {
  const view = viewOf(graph);
  const editor = editGraph(graph);
  const touched = new Set<string>();
  for (const node of graph.nodes) {
    for (const rule of rules) {
      if (touched.has(node.id)) break;
      const change = rule.match(view, node);
      if (!change || change.nodes.some(({ id }) => touched.has(id)) || change.nodes.some((other) => isOnGrid(graph, other))) continue;
      for (const { id } of change.nodes) touched.add(id);
      change.apply(editor);
      count(rule.what);
    }
  }
  return editor.done();
}

function isOnGrid(graph: Graph, node: Node): boolean {
  return [...node.inputs, ...node.outputs].some((id) => id !== null && graph.values[id]!.quantization !== undefined);
}

function viewOf(graph: Graph): View {
  const producers = producersOf(graph);
  const consumers = consumersOf(graph);
  const outputs = new Set(graph.outputs);
  return {
    graph,
    producer: (id) => (id ? producers.get(id) : undefined),
    onlyReader: (id) => {
      const readers = consumers.get(id);
      return readers?.length === 1 && !outputs.has(id) ? readers[0] : undefined;
    },
    readerCount: (id) => (consumers.get(id)?.length ?? 0) + (outputs.has(id) ? 1 : 0),
    shape: (id) => graph.values[id]!.shape,
    floats: (id) => {
      const encoding = id ? graph.values[id]?.tensor?.encoding : undefined;
      return encoding?.kind === 'dense' && encoding.storage === 'float32' ? encoding.data : undefined;
    },
  };
}

/** The change that leaves `node` out: its readers read its first input. Undefined where the value needs the node as its origin. */
export function bridge({ graph }: View, node: Node): Change | undefined {
  const from = node.outputs[0]!;
  const to = node.inputs[0]!;
  if (graph.outputs.includes(from) && (graph.values[to]!.tensor || graph.inputs.includes(to) || graph.outputs.includes(to))) return undefined;
  return {
    nodes: [node],
    apply: (editor) => {
      editor.replaceNode(node.id, []);
      editor.redirect(from, to);
    },
  };
}

/** Like `bridge` over `first`, for a `second` node that reads it and becomes `replacement`. */
export function replacePair(first: Node, second: Node, replacement: Node): Change {
  return {
    nodes: [first, second],
    apply: (editor) => {
      // The first stays for other readers; a later round removes it when there are none.
      editor.replaceNode(second.id, [replacement]);
    },
  };
}
