/** Finds activations that the convolution or product before them can compute in the same TensorFlow.js kernel. */
import type { Graph, Node } from '../../ir/graph';
import { consumersOf, isConstant, onlyConsumer } from '../../ir/walk';
import type { Tail } from './lowering';

/** By the id of the convolution or product. Its value must be read by the activation alone. */
export function findTails(graph: Graph): ReadonlyMap<string, Tail> {
  const consumers = consumersOf(graph);
  const tails = new Map<string, Tail>();
  for (const node of graph.nodes) {
    if (!canFuse(node)) continue;
    const next = onlyConsumer(graph, consumers, node.outputs[0]!);
    if (next && next.inputs[0] === node.outputs[0] && isTail(next, node, graph)) tails.set(node.id, { node: next });
  }
  return tails;
}

function canFuse(node: Node): boolean {
  switch (node.op) {
    case 'conv1d':
    case 'conv2d':
      return node.attributes.groups === 1 && node.attributes.activation === 'none';
    case 'depthwise-conv2d':
    case 'dense':
      return node.attributes.activation === 'none';
    default:
      return false;
  }
}

function isTail(next: Node, node: Node, graph: Graph): next is Tail['node'] {
  switch (next.op) {
    case 'relu':
    case 'relu6':
    case 'sigmoid':
      return true;
    case 'elu':
      return next.attributes.alpha === 1;
    // The fused kernels take the slope a channel only, and TensorFlow.js does it with a bias only.
    case 'prelu':
      return hasBias(node) && node.op !== 'conv1d' && isConstant(graph, next.inputs[1]);
    // TensorFlow.js does not read the slope of a fused depthwise convolution.
    case 'leaky-relu':
      return node.op !== 'depthwise-conv2d';
    default:
      return false;
  }
}

function hasBias(node: Node): boolean {
  return node.inputs[2] !== null && node.inputs[2] !== undefined;
}
