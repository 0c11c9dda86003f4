/** Writes the factors of links into kernels, biases and statistics. */
import { editGraph, type GraphEditor } from '../../ir/edit';
import type { Graph, Node } from '../../ir/graph';
import { decodeFloats, float32Tensor } from '../../ir/tensor';
import { outputIndexer, type LinearNode } from '../fold-batch-norm/linear';
import type { LimitedLink } from './cross-layer';
import type { Link } from './links';
import { inputIndexer } from './reaches';

export function scaleLinks(graph: Graph, links: readonly LimitedLink[], factors: ReadonlyMap<Link, Float64Array>): Graph {
  const editor = editGraph(graph);
  const into = new Map(links.map((link) => [link.after.id, factors.get(link)!]));
  const outOf = new Map(links.map((link) => [link.before.id, factors.get(link)!]));
  const nodes = new Map(links.flatMap((link) => [link.before, link.after]).map((node) => [node.id, node]));
  for (const node of nodes.values()) scaleLayer(graph, editor, node, into.get(node.id), outOf.get(node.id));
  for (const { clip, limits } of links) if (clip && limits?.isIdle) editor.replaceNode(clip.node.id, [withoutClip(clip.node)]);
  return editor.done();
}

function scaleLayer(graph: Graph, editor: GraphEditor, node: LinearNode, into: Float64Array | undefined, outOf: Float64Array | undefined): void {
  const [, kernelId, biasId] = node.inputs;
  const kernel = graph.values[kernelId!]!.tensor!;
  const inputOf = inputIndexer(node, kernel.shape);
  const outputOf = outputIndexer(node, kernel.shape);
  const scaled = decodeFloats(kernel).map((weight, i) => (weight * (into?.[inputOf(i) % into.length] ?? 1)) / (outOf?.[outputOf(i)] ?? 1));
  editor.setTensor(kernelId!, float32Tensor(kernel.shape, scaled));
  if (!outOf) return;
  if (biasId) {
    const bias = graph.values[biasId]!.tensor!;
    editor.setTensor(biasId, float32Tensor(bias.shape, decodeFloats(bias).map((value, o) => value / outOf[o]!)));
  }
  const output = graph.values[node.outputs[0]!]!;
  if (!output.statistics) return;
  const divide = (values: Float32Array): Float32Array => values.map((value, o) => value / outOf[o]!);
  editor.setValue({ ...output, statistics: { mean: divide(output.statistics.mean), deviation: divide(output.statistics.deviation) } });
}

function withoutClip(node: Node): Node {
  const isFused = node.op !== 'relu6' && node.op !== 'clip';
  return (isFused ? { ...node, attributes: { ...node.attributes, activation: 'relu' } } : { ...node, op: 'relu', attributes: {} }) as Node;
}
