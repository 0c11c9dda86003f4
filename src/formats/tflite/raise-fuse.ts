/**
 * Takes an activation into the operator before it, where TensorFlow Lite's kernel applies it on the way: one operator and
 * one tensor less. With integers only where both stand on the same grid, since the operator has one grid.
 */
import type { Graph, Node } from '../../ir/graph';
import { sameGrid } from '../../ir/quantization';
import { consumersOf, onlyConsumer } from '../../ir/walk';
import type { FusedActivation, OpName } from '../../ops/signatures';
import { dropUnusedValues } from '../../ir/edit';

const HOSTS: ReadonlySet<OpName> = new Set([
  'conv2d', 'conv3d', 'depthwise-conv2d', 'dense', 'add', 'sub', 'mul', 'div', 'max-pool', 'average-pool',
]);
const ACTIVATIONS: ReadonlySet<OpName> = new Set<FusedActivation & OpName>(['relu', 'relu6', 'relu-n1-to-1']);

export function fuseActivations(graph: Graph): Graph {
  const consumers = consumersOf(graph);
  const activated = new Map<string, Node>();
  const gone = new Set<string>();
  for (const node of graph.nodes) {
    const next = hostsActivation(node, graph) ? onlyConsumer(graph, consumers, node.outputs[0]!) : undefined;
    if (!next || !ACTIVATIONS.has(next.op) || !onOneGrid(graph, node, next)) continue;
    activated.set(node.id, { ...node, outputs: next.outputs, attributes: { ...node.attributes, activation: next.op } } as unknown as Node);
    gone.add(next.id);
  }
  if (gone.size === 0) return graph;
  const nodes = graph.nodes.filter((node) => !gone.has(node.id)).map((node) => activated.get(node.id) ?? node);
  return dropUnusedValues({ ...graph, nodes });
}

function hostsActivation(node: Node, graph: Graph): boolean {
  if (!HOSTS.has(node.op) || !('activation' in node.attributes) || node.attributes.activation !== 'none') return false;
  return graph.values[node.outputs[0]!]!.dtype === 'float32';
}

function onOneGrid(graph: Graph, node: Node, next: Node): boolean {
  return sameGrid(graph.values[node.outputs[0]!]!.quantization, graph.values[next.outputs[0]!]!.quantization);
}
