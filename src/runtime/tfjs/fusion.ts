/**
 * Merges what follows a convolution or dense product into it, as far as the device's fused kernels go: a bias given as
 * its own addition, then one activation. Only where the value between has no other use and no grid that it is rounded to.
 * The graph is not changed.
 */
import type { Graph, Node, Value, ValueId } from '../../ir/graph';
import type { Tail } from './kernel';

/** A node as it will be executed: perhaps with the bias and activation of nodes after it. */
export interface FusedNode {
  readonly node: Node;
  readonly inputs: readonly (ValueId | null)[];
  readonly outputs: readonly ValueId[];
  readonly tail: Tail | null;
}

/** `uses` counts the consumers of every value, graph outputs included. */
export function fuseNodes(graph: Graph, nodes: readonly Node[], uses: ReadonlyMap<ValueId, number>): FusedNode[] {
  const consumers = new Map<ValueId, Node>();
  for (const node of nodes) for (const id of node.inputs) if (id !== null) consumers.set(id, node);
  const merged = new Set<Node>();
  const onlyConsumer = (id: ValueId): Node | undefined => (uses.get(id) === 1 && !graph.values[id]!.quantization ? consumers.get(id) : undefined);

  const fused: FusedNode[] = [];
  for (const node of nodes) {
    if (merged.has(node)) continue;
    let { inputs, outputs } = node as { inputs: readonly (ValueId | null)[]; outputs: readonly ValueId[] };
    let tail: Tail | null = null;
    if (isProduct(node)) {
      const [x, kernel, bias] = inputs;
      const adder = bias ? undefined : onlyConsumer(outputs[0]!);
      const addend = adder && biasOf(adder, outputs[0]!, graph.values, channelsOf(node, graph.values[kernel!]));
      if (adder && addend) {
        merged.add(adder);
        inputs = [x!, kernel!, addend];
        outputs = adder.outputs;
      }
      const activation = onlyConsumer(outputs[0]!);
      const found = activation && tailOf(activation, graph.values, channelsOf(node, graph.values[kernel!]));
      if (activation && found) {
        merged.add(activation);
        tail = found.tail;
        inputs = [inputs[0]!, inputs[1]!, inputs[2] ?? null, ...(found.slopes ? [found.slopes] : [])];
        outputs = activation.outputs;
      }
    }
    fused.push({ node, inputs, outputs, tail });
  }
  return fused;
}

function isProduct(node: Node): boolean {
  switch (node.op) {
    case 'conv1d':
    case 'conv2d':
    case 'depthwise-conv2d':
    case 'dense':
      return node.attributes.activation === 'none';
    default:
      return false;
  }
}

function channelsOf(node: Node, kernel: Value | undefined): number | undefined {
  const shape = kernel?.shape;
  if (!shape) return undefined;
  return node.op === 'depthwise-conv2d' ? shape[2]! * shape[3]! : shape.at(-1);
}

/** The constant of an addition that is a bias: one number a channel. */
function biasOf(node: Node, product: ValueId, values: Graph['values'], channels: number | undefined): ValueId | null {
  if (node.op !== 'add' || node.attributes.activation !== 'none') return null;
  const other = node.inputs[0] === product ? node.inputs[1] : node.inputs[0];
  const value = other ? values[other] : undefined;
  return value?.tensor && value.shape?.length === 1 && value.shape[0] === channels && channels! > 1 ? value.id : null;
}

function tailOf(node: Node, values: Graph['values'], channels: number | undefined): { tail: Tail; slopes: ValueId | null } | null {
  switch (node.op) {
    case 'relu':
    case 'relu6':
    case 'sigmoid':
      return { tail: { activation: node.op, alpha: 0 }, slopes: null };
    case 'elu':
      return node.attributes.alpha === 1 ? { tail: { activation: 'elu', alpha: 0 }, slopes: null } : null;
    case 'leaky-relu':
      return { tail: { activation: 'leakyrelu', alpha: node.attributes.alpha }, slopes: null };
    case 'prelu': {
      // One slope a channel; whole pictures of slopes are left to the kernel of their own.
      const slopes = node.inputs[1] ? values[node.inputs[1]] : undefined;
      const perChannel = slopes?.tensor && slopes.shape?.at(-1) === channels && slopes.shape?.slice(0, -1).every((size) => size === 1);
      return perChannel ? { tail: { activation: 'prelu', alpha: 0 }, slopes: slopes.id } : null;
    }
    default:
      return null;
  }
}
