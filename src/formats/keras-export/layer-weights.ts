/** Finds the weights of a whole layer among the constants of its nodes, by the names that reading gave them. */
import type { Graph, Node, Value } from '../../ir/graph';
import { decodeFloats, int32Tensor, type Shape, type Tensor } from '../../ir/tensor';
import type { ConfigOwner } from '../keras-layers/config';
import { familyOf } from '../keras-layers/layer-table';
import type { LeafLayer } from '../keras-layers/leaf-layers';
import type { ExportWeight } from './export-model';
import { withShape } from './plan';

/**
 * The weights of `leaf` in save order; null when one is missing. `path` is the leaf's path as the graph knows it. Constants
 * that were reshaped on the way in get Keras's shape back.
 */
export function weightsOfLeaf(graph: Graph, nodes: readonly Node[], leaf: LeafLayer, path: string, config: ConfigOwner['config']): ExportWeight[] | null {
  const owner: ConfigOwner = { path, className: leaf.layer.className, config };
  const roles = familyOf(owner.className)?.weights?.(owner, { ...leaf.layer, config }) ?? [];
  const constants = constantsOf(graph, nodes);
  const weights: ExportWeight[] = [];
  for (const role of roles) {
    const value = constants.get(`${path}/${role}`);
    if (!value) return null;
    const shape = kerasShape(owner, role, value.tensor!.shape);
    weights.push({ role, tensor: shape ? withShape(value.tensor!, shape) : value.tensor! });
  }
  // An adapted Normalization also counts what it has seen, which nothing computes with.
  if (owner.className === 'Normalization' && weights.length > 0) weights.push({ role: 'count', tensor: int32Tensor([], [0]) });
  return weights;
}

function constantsOf(graph: Graph, nodes: readonly Node[]): Map<string, Value> {
  const constants = new Map<string, Value>();
  for (const node of nodes) {
    for (const id of node.inputs) {
      const value = id === null ? undefined : graph.values[id];
      if (value?.tensor) constants.set(value.name, value);
    }
  }
  return constants;
}

/** The shape that Keras gives a weight which the graph holds in another one; null: the same. */
function kerasShape(owner: ConfigOwner, role: string, shape: Shape): Shape | null {
  const { className, config } = owner;
  const number = (key: string): number => Number(config[key]);
  switch (className) {
    case 'DepthwiseConv1D':
    case 'SeparableConv1D':
    case 'Conv1DTranspose':
      return shape.length === 4 ? shape.slice(1) : null;
    case 'ConvLSTM1D':
      return shape.length === 4 ? shape.slice(1) : null;
    case 'LayerNormalization':
      return config.rms_scaling === true ? shape.filter((size) => size !== 1) : null;
    case 'MultiHeadAttention':
    case 'GroupedQueryAttention': {
      const isGrouped = className === 'GroupedQueryAttention';
      const isQuery = role.startsWith('query') || role.startsWith('attention_output');
      const heads = !isGrouped ? number('num_heads') : isQuery ? number('num_query_heads') : number('num_key_value_heads');
      if (role === 'attention_output/bias') return null;
      if (role === 'attention_output/kernel') return [heads, shape[0]! / heads, ...shape.slice(1)];
      const width = shape.at(-1)! / heads;
      return [...shape.slice(0, -1), heads, width];
    }
    default:
      return null;
  }
}

/** Whether two weights hold the same numbers, so that layers can be one. */
export function isSameTensor(a: Tensor, b: Tensor): boolean {
  if (a === b || a.encoding === b.encoding) return a.shape.join() === b.shape.join();
  if (a.shape.join() !== b.shape.join() || a.dtype !== b.dtype || a.encoding.kind !== 'dense' || b.encoding.kind !== 'dense') return false;
  if (a.encoding.data === b.encoding.data) return true;
  const [left, right] = [decodeFloats(a), decodeFloats(b)];
  return left.length === right.length && left.every((value, i) => Object.is(value, right[i]));
}
