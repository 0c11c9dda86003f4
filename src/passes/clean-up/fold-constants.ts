/**
 * Constant folding: the nodes that depend on constants alone are executed once, as a graph of their own, and their
 * results become constants. A `shape`, `size` or `rank` of a value whose shape is known is a constant too.
 */
import { dropUnusedValues, editGraph } from '../../ir/edit';
import type { Graph, Node, ValueId } from '../../ir/graph';
import { int32Tensor, type Tensor } from '../../ir/tensor';
import { usedValues } from '../../ir/walk';
import { unreachable } from '../../lib/errors';
import type { Batch } from '../../runtime/backend';
import type { PassContext } from '../pass';

/** A folded constant may be this much larger than the constants it is made of; a fill of a million ones stays an operator. */
const MOST_GROWTH_ELEMENTS = 4096;

export async function foldConstants(graph: Graph, context: Pick<PassContext, 'execute'>): Promise<Graph> {
  const known = foldKnownShapes(graph);
  const foldable = foldableNodes(known);
  if (foldable.length === 0) return known;
  const made = new Set(foldable.flatMap((node) => node.outputs));
  const foldedIds = new Set(foldable.map((node) => node.id));
  const rest = known.nodes.filter((node) => !foldedIds.has(node.id));
  const wanted = [...new Set([...known.outputs, ...rest.flatMap((node) => node.inputs)])].filter(
    (id): id is ValueId => id !== null && made.has(id),
  );
  const results = wanted.length ? await context.execute(subgraph(known, foldable, wanted)) : [];
  const editor = editGraph(known);
  for (const node of foldable) editor.replaceNode(node.id, []);
  for (const [i, id] of wanted.entries()) editor.setTensor(id, tensorOf(results[i]!));
  return editor.done();
}

function foldKnownShapes(graph: Graph): Graph {
  const editor = editGraph(graph);
  for (const node of graph.nodes) {
    const id = node.inputs[0];
    const shape = id ? graph.values[id]?.shape : undefined;
    if (!shape) continue;
    const tensor = shapeConstant(node, shape);
    if (!tensor || graph.outputs.includes(node.outputs[0]!)) continue;
    editor.replaceNode(node.id, []);
    editor.setTensor(node.outputs[0]!, tensor);
  }
  return editor.done();
}

function shapeConstant(node: Node, shape: readonly number[]): Tensor | undefined {
  if (node.op === 'rank') return int32Tensor([], [shape.length]);
  if (shape.some((dimension) => dimension < 0)) return undefined;
  if (node.op === 'shape') return int32Tensor([shape.length], shape);
  if (node.op === 'size') return int32Tensor([], [shape.reduce((a, b) => a * b, 1)]);
  return undefined;
}

function foldableNodes(graph: Graph): Node[] {
  const constants = new Set<ValueId>();
  for (const value of Object.values(graph.values)) {
    // Folding a quantized constant would expand it, and strings are not computed with.
    if (value.tensor?.encoding.kind === 'dense' && value.dtype !== 'string') constants.add(value.id);
  }
  const outputs = new Set(graph.outputs);
  return graph.nodes.filter((node) => {
    const isFoldable =
      node.inputs.some((id) => id !== null) &&
      node.inputs.every((id) => id === null || constants.has(id)) &&
      // A constant on a grid is a quantized constant, which is for the pass that quantizes to make.
      !node.outputs.some((id) => outputs.has(id) || graph.values[id]!.quantization) &&
      staysSmall(graph, node);
    if (isFoldable) for (const id of node.outputs) constants.add(id);
    return isFoldable;
  });
}

function staysSmall(graph: Graph, node: Node): boolean {
  const elements = (ids: readonly (ValueId | null)[]): number =>
    ids.reduce((sum, id) => {
      const shape = id === null ? [] : graph.values[id]!.shape;
      return shape && shape.every((d) => d >= 0) ? sum + shape.reduce((a, b) => a * b, 1) : Number.POSITIVE_INFINITY;
    }, 0);
  return elements(node.outputs) <= elements(node.inputs) + MOST_GROWTH_ELEMENTS;
}

function subgraph(graph: Graph, nodes: readonly Node[], outputs: readonly ValueId[]): Graph {
  const part: Graph = { ...graph, inputs: [], inputNames: [], outputs, outputNames: outputs, nodes };
  return dropUnusedValues({ ...part, values: Object.fromEntries([...usedValues(part)].map((id) => [id, graph.values[id]!])) });
}

function tensorOf(batch: Batch): Tensor {
  const { shape, data, dtype } = batch;
  switch (dtype) {
    case 'float32':
      return { dtype, shape, encoding: { kind: 'dense', storage: 'float32', data: Float32Array.from(data) } };
    case 'int32':
      return { dtype, shape, encoding: { kind: 'dense', storage: 'int32', data: Int32Array.from(data) } };
    case 'bool':
      return { dtype, shape, encoding: { kind: 'dense', storage: 'bool', data: Uint8Array.from(data) } };
    case 'string':
      throw new TypeError('A string is not computed with.');
    default:
      return unreachable(dtype, 'dtype');
  }
}
