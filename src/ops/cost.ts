/**
 * Multiply-accumulates of every node, for one example. The convention is that of `Definition.macs`: convolutions, dense layers,
 * matrix products, einsum and recurrent nets count, everything else is free.
 */
import type { Graph, Node, Value } from '../ir/graph';
import type { Shape } from '../ir/tensor';
import { isKnown } from './dimensions';
import { withBatch } from './infer-shapes';
import { definitionOf } from './table';

/** Height and width of an image input that takes any: what ImageNet models are compared at. */
export const DEFAULT_IMAGE_SIZE = 224;
/** Steps of a sequence input that takes any: a short sentence or a second of features. */
export const DEFAULT_SEQUENCE_LENGTH = 128;
/** Sizes inside the graph that depend on the data, such as the boxes that are left: one, so that a cost is a cost for each. */
const DEFAULT_DATA_SIZE = 1;

/** By node id; nodes that count none give 0. */
export function macsOf(graph: Graph): ReadonlyMap<string, number> {
  const concrete = forOneExample(graph);
  return new Map(concrete.nodes.map((node) => [node.id, macsOfNode(node, concrete)]));
}

export function totalMacs(graph: Graph): number {
  return Array.from(macsOf(graph).values()).reduce((sum, macs) => sum + macs, 0);
}

/** Shapes for a batch of 1, with the defaults above for other unknown input dimensions. */
export function forOneExample(graph: Graph): Graph {
  return withBatch(graph, 1, defaultDimension);
}

function defaultDimension(input: Value): number {
  return (input.shape?.length ?? 0) >= 4 ? DEFAULT_IMAGE_SIZE : DEFAULT_SEQUENCE_LENGTH;
}

function macsOfNode(node: Node, graph: Graph): number {
  const { macs } = definitionOf<unknown>(node.op);
  if (!macs) return 0;
  const inputs = node.inputs.map((id) => (id === null ? null : concreteShape(graph.values[id]!)));
  const outputs = node.outputs.map((id) => concreteShape(graph.values[id]!));
  // Without any rank there is nothing to count.
  if (inputs.slice(0, 2).includes(null) || outputs.includes(null)) return 0;
  return macs({ attributes: node.attributes, inputs, outputs: outputs as Shape[] });
}

function concreteShape(value: Value): Shape | null {
  return value.shape && value.shape.map((size) => (isKnown(size) ? size : DEFAULT_DATA_SIZE));
}
