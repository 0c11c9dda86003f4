/**
 * A model's answers without its last softmax or sigmoid: losses are computed from logits, where they neither overflow nor lose
 * gradients. Steps after the activation that only pass numbers on (identity, quantize) are left off with it.
 */
import type { Graph, Node, ValueId } from '../ir/graph';
import { editGraph } from '../ir/edit';
import { producersOf } from '../ir/walk';

/** What the model makes of its logits. */
export type Answer = 'softmax' | 'sigmoid' | 'linear';

export interface Logits {
  /** Its outputs are logits, in the order of the model's outputs. */
  readonly graph: Graph;
  readonly answers: readonly Answer[];
}

export function logitsOf(graph: Graph): Logits {
  const producers = producersOf(graph);
  const editor = editGraph(graph);
  const answers: Answer[] = [];
  const outputs = graph.outputs.map((output): ValueId => {
    const node = activationBehind(producers, output);
    if (node?.op === 'softmax' || node?.op === 'log-softmax') {
      if (!isLastAxis(graph, node, node.attributes.axis)) return linear(answers, output);
      answers.push('softmax');
      return node.inputs[0]!;
    }
    if (node?.op === 'sigmoid') {
      answers.push('sigmoid');
      return node.inputs[0]!;
    }
    if (node && 'activation' in node.attributes && node.attributes.activation === 'sigmoid' && (node.op === 'dense' || node.op === 'conv2d')) {
      answers.push('sigmoid');
      editor.replaceNode(node.id, [{ ...node, attributes: { ...node.attributes, activation: 'none' } } as Node]);
      const { quantization: _grid, ...value } = graph.values[node.outputs[0]!]!;
      editor.setValue(value);
      return value.id;
    }
    return linear(answers, output);
  });
  return { graph: withoutUnread({ ...editor.done(), outputs }), answers };
}

function linear(answers: Answer[], output: ValueId): ValueId {
  answers.push('linear');
  return output;
}

/** The node that makes the output, looking through nodes that pass numbers on; only such nodes may be left off. */
function activationBehind(producers: ReadonlyMap<ValueId, Node>, output: ValueId): Node | undefined {
  let node = producers.get(output);
  while (node && (node.op === 'identity' || node.op === 'quantize')) node = producers.get(node.inputs[0]!);
  return node;
}

function isLastAxis(graph: Graph, node: Node, axis: number): boolean {
  const rank = graph.values[node.inputs[0]!]?.shape?.length;
  return axis === -1 || (rank !== undefined && axis === rank - 1);
}

/** The graph without nodes that no output needs, and without their values. */
function withoutUnread(graph: Graph): Graph {
  const needed = new Set<ValueId>(graph.outputs);
  const nodes: Node[] = [];
  for (const node of [...graph.nodes].reverse()) {
    if (!node.outputs.some((id) => needed.has(id))) continue;
    nodes.unshift(node);
    for (const id of node.inputs) if (id !== null) needed.add(id);
  }
  const kept = new Set<ValueId>([...needed, ...graph.inputs, ...nodes.flatMap(({ outputs }) => outputs)]);
  return { ...graph, nodes, values: Object.fromEntries(Object.entries(graph.values).filter(([id]) => kept.has(id))) };
}
