/**
 * Where a graph keeps its weights: the one answer that prune, cluster and quantize share. A site is a constant that a
 * node multiplies its input by; biases, normalization and shape arguments are no sites.
 */
import type { Graph, Node, ValueId } from '../ir/graph';
import type { Tensor } from '../ir/tensor';
import type { OpName } from '../ops/signatures';

export interface WeightSite {
  readonly valueId: ValueId;
  /** The constant's name. */
  readonly name: string;
  readonly tensor: Tensor;
  /** All nodes that use it as a weight; the first gives the site its options. */
  readonly nodes: readonly Node[];
  readonly kind: 'kernel' | 'depthwise' | 'recurrent' | 'table';
  /** The axis of output channels, and that of inputs; null where there is none. */
  readonly outputAxis: number;
  readonly inputAxis: number | null;
}

/** Sites in the order of the nodes; a constant that two nodes share stands there once. */
export function weightSites(graph: Graph): WeightSite[] {
  const sites = new Map<ValueId, WeightSite>();
  for (const node of graph.nodes) {
    for (const [index, id] of node.inputs.entries()) {
      const value = id === null ? undefined : graph.values[id];
      if (!value?.tensor || value.dtype !== 'float32') continue;
      const role = roleOf(node.op, index, value.tensor.shape.length);
      if (!role) continue;
      const known = sites.get(value.id);
      if (known) sites.set(value.id, { ...known, nodes: [...known.nodes, node] });
      else sites.set(value.id, { valueId: value.id, name: value.name, tensor: value.tensor, nodes: [node], ...role });
    }
  }
  return [...sites.values()];
}

type Role = Pick<WeightSite, 'kind' | 'outputAxis' | 'inputAxis'>;

function roleOf(op: OpName, index: number, rank: number): Role | undefined {
  switch (op) {
    case 'conv1d':
    case 'conv2d':
    case 'conv3d':
    case 'dense':
      return index === 1 ? { kind: 'kernel', outputAxis: rank - 1, inputAxis: rank - 2 } : undefined;
    case 'transpose-conv2d':
    case 'transpose-conv3d':
      return index === 1 ? { kind: 'kernel', outputAxis: rank - 2, inputAxis: rank - 1 } : undefined;
    case 'depthwise-conv2d':
      return index === 1 ? { kind: 'depthwise', outputAxis: 2, inputAxis: null } : undefined;
    case 'batch-matmul':
    case 'einsum':
      return rank >= 2 ? { kind: 'kernel', outputAxis: rank - 1, inputAxis: rank - 2 } : undefined;
    case 'lstm':
    case 'gru':
    case 'simple-rnn':
    case 'conv-lstm2d':
      return index === 1 || index === 2 ? { kind: 'recurrent', outputAxis: rank - 1, inputAxis: rank - 2 } : undefined;
    case 'gather':
      return index === 0 && rank === 2 ? { kind: 'table', outputAxis: 0, inputAxis: 1 } : undefined;
    default:
      return undefined;
  }
}

/** Options of a site under the rules: null when any node that uses it is to be kept as it is. */
export function siteOptions<T>(site: WeightSite, optionsFor: (nodeName: string, op: string) => T | null): T | null {
  const all = site.nodes.map((node) => optionsFor(layerNameOf(node), node.op));
  return all.includes(null) ? null : all[0]!;
}

/** The name by which a person knows a node: its Keras layer's path, else its own name. */
export function layerNameOf(node: Node): string {
  return node.layer?.path ?? node.name;
}
