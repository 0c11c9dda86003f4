/**
 * Activations:
 *
 * 1. one moves into the layer before it, when nothing else reads that layer;
 * 2. one that changes nothing, because the one before it gives only numbers that it leaves alone, goes: relu(relu(x)), relu(sigmoid(x)), relu6(relu6(x));
 * 3. one that the one after it makes superfluous goes: relu6(relu(x)) = relu6(x).
 */
import { editGraph } from '../../ir/edit';
import type { Graph, Node } from '../../ir/graph';
import { consumersOf, onlyConsumer, producersOf } from '../../ir/walk';
import type { FusedActivation } from '../../ops/signatures';
import { bridge, type Rule } from './rewrite';

export function fuseActivations(graph: Graph): Graph {
  const editor = editGraph(graph);
  const producers = producersOf(graph);
  const consumers = consumersOf(graph);
  for (const node of graph.nodes) {
    const activation = fusedActivationOf(node);
    const before = node.inputs[0] ? producers.get(node.inputs[0]) : undefined;
    if (!activation || !before || !('activation' in before.attributes) || before.outputs.length !== 1) continue;
    if (graph.values[before.outputs[0]!]!.quantization) continue;
    if (!isFusable(before) || !onlyConsumer(graph, consumers, before.outputs[0]!)) continue;
    // They are those of the numbers before the activation: its value takes them over.
    const statistics = graph.values[before.outputs[0]!]!.statistics;
    if (statistics) editor.setValue({ ...graph.values[node.outputs[0]!]!, statistics });
    editor.replaceNode(before.id, [{ ...before, outputs: node.outputs, attributes: { ...before.attributes, activation } } as Node]);
    editor.replaceNode(node.id, []);
  }
  return editor.done();
}

export const activationRules: readonly Rule[] = [
  {
    what: 'Activations that changed nothing',
    match(view, node) {
      const limits = limitsOf(activationOf(node));
      const range = rangeOf(view.producer(node.inputs[0]));
      return limits && isPlainActivation(node) && range && range[0] >= limits[0] && range[1] <= limits[1] ? bridge(view, node) : undefined;
    },
  },
  {
    what: 'Activations before stricter ones',
    match(view, node) {
      const limits = limitsOf(activationOf(node));
      const after = node.outputs[0] ? view.onlyReader(node.outputs[0]) : undefined;
      const stricter = after && isPlainActivation(after) ? limitsOf(activationOf(after)) : undefined;
      if (!limits || !stricter || !isPlainActivation(node) || limits[0] > stricter[0] || limits[1] < stricter[1]) return undefined;
      const change = bridge(view, node);
      return change && { ...change, nodes: [node, after!] };
    },
  },
];

/** Recurrent layers have an `activation` of another meaning. */
function isFusable(node: Node): boolean {
  const isRecurrent = 'returnSequences' in node.attributes;
  return !isRecurrent && (node.attributes as { activation?: string }).activation === 'none';
}

function fusedActivationOf(node: Node): FusedActivation | undefined {
  switch (node.op) {
    case 'relu':
    case 'relu6':
    case 'relu-n1-to-1':
    case 'sigmoid':
    case 'tanh':
      return node.op;
    case 'elu':
      return node.attributes.alpha === 1 ? 'elu' : undefined;
    case 'clip':
      if (node.attributes.minimum === 0 && node.attributes.maximum === 6) return 'relu6';
      return node.attributes.minimum === -1 && node.attributes.maximum === 1 ? 'relu-n1-to-1' : undefined;
    default:
      return undefined;
  }
}

type Range = readonly [number, number];

/** The node's own operation, or the activation that it applies last. */
function activationOf(node: Node): string | Range {
  if (node.op === 'clip') return [node.attributes.minimum, node.attributes.maximum];
  if ('activation' in node.attributes && !('returnSequences' in node.attributes)) return node.attributes.activation;
  return node.op;
}

function isPlainActivation(node: Node): boolean {
  return !('activation' in node.attributes);
}

/** Of an activation that is the identity within limits and cuts off outside them. */
function limitsOf(activation: string | Range): Range | undefined {
  if (typeof activation !== 'string') return activation;
  switch (activation) {
    case 'relu':
      return [0, Number.POSITIVE_INFINITY];
    case 'relu6':
      return [0, 6];
    case 'relu-n1-to-1':
      return [-1, 1];
    default:
      return undefined;
  }
}

/** Between which numbers the values of a node lie. */
function rangeOf(node: Node | undefined): Range | undefined {
  if (!node) return undefined;
  const activation = activationOf(node);
  const limits = limitsOf(activation);
  if (limits) return limits;
  switch (activation) {
    case 'sigmoid':
    case 'softmax':
    case 'hard-sigmoid':
    case 'hard-sigmoid-keras2':
      return [0, 1];
    case 'tanh':
    case 'softsign':
      return [-1, 1];
    case 'abs':
    case 'square':
    case 'exp':
    case 'softplus':
      return [0, Number.POSITIVE_INFINITY];
    default:
      return undefined;
  }
}
