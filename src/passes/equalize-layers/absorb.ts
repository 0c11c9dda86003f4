/**
 * High-bias absorption (Nagel et al. 2019, section 4.1.3): with mean beta and deviation |gamma| of a channel before its ReLU,
 * c = max(0, beta − 3 · |gamma|) is passed on nearly always, so that b1 ← b1 − c and b2 ← b2 + Σ W2 · c give nearly the same function
 * and activations in a smaller range. Not exact. Only across pools, means and movements, which pass a constant on, and into layers
 * that pad nothing.
 */
import { editGraph } from '../../ir/edit';
import type { Graph, Node } from '../../ir/graph';
import { decodeFloats, float32Tensor } from '../../ir/tensor';
import { consumersOf } from '../../ir/walk';
import { outputCount, outputIndexer } from '../fold-batch-norm/linear';
import { layerNameOf } from '../weight-sites';
import type { Link } from './links';
import { inputIndexer } from './reaches';

const DEVIATIONS = 3;
/** Ops that give f(x + c) = f(x) + c for x, c ≥ 0. */
const TRANSPARENT: ReadonlySet<string> = new Set(['relu', 'identity', 'flatten', 'reshape', 'squeeze', 'expand-dims', 'max-pool', 'average-pool', 'mean', 'max', 'min', 'mirror-pad', 'resize-bilinear', 'resize-nearest']);

/** The graph with the biases of `link` moved, or why not; the same graph when no bias is high. */
export function absorbBias(graph: Graph, { before, after, between, channels }: Link): Graph | string {
  const { statistics } = graph.values[before.outputs[0]!]!;
  if (!statistics) return 'nothing is known of its outputs; fold its batch norm';
  const hasRelu = before.attributes.activation === 'relu' || between.some((node) => node.op === 'relu');
  if (!hasRelu || (before.attributes.activation !== 'relu' && before.attributes.activation !== 'none')) return 'no ReLU follows it';
  if (between.some((node) => !TRANSPARENT.has(node.op))) return 'what stands between does not pass a constant on';
  if (after.op.startsWith('transpose') || ('padding' in after.attributes && padsZeros(after.attributes.padding))) {
    return `${layerNameOf(after)} pads with zeros, which no bias can imitate`;
  }
  const excess = statistics.mean.map((mean, c) => Math.max(0, mean - DEVIATIONS * statistics.deviation[c]!));
  if (!excess.some((value) => value > 0)) return graph;
  const editor = editGraph(graph);
  const consumers = consumersOf(graph);
  const kernel = graph.values[after.inputs[1]!]!.tensor!;
  const added = new Float64Array(outputCount(after, kernel.shape));
  const inputOf = inputIndexer(after, kernel.shape);
  const outputOf = outputIndexer(after, kernel.shape);
  for (const [i, weight] of decodeFloats(kernel).entries()) added[outputOf(i)]! += weight * excess[inputOf(i) % channels]!;
  const addToBias = (node: Node, amounts: ArrayLike<number>): void => {
    const id = node.inputs[2] ?? null;
    const old = id === null ? new Float32Array(amounts.length) : decodeFloats(graph.values[id]!.tensor!);
    const bias = float32Tensor([amounts.length], old.map((value, o) => value + amounts[o]!));
    if (id !== null && consumers.get(id)!.length === 1) editor.setTensor(id, bias);
    else {
      const inputs = [node.inputs[0]!, node.inputs[1]!, editor.addConstant(`${layerNameOf(node)}/bias`, bias), ...node.inputs.slice(3)];
      editor.replaceNode(node.id, [{ ...node, inputs } as Node]);
    }
  };
  addToBias(before, excess.map((value) => -value));
  addToBias(after, added);
  const output = graph.values[before.outputs[0]!]!;
  editor.setValue({ ...output, statistics: { ...statistics, mean: statistics.mean.map((mean, c) => mean - excess[c]!) } });
  return editor.done();
}

function padsZeros(padding: 'same' | 'valid' | readonly (readonly [number, number])[]): boolean {
  return typeof padding === 'string' ? padding === 'same' : padding.flat().some((count) => count !== 0);
}
