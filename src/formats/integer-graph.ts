/** Graphs whose activations are integers leave as TensorFlow Lite only: other formats know no such arithmetic. */
import type { Graph } from '../ir/graph';

/** Why a format that computes in floats cannot hold the graph; undefined: it can. */
export function integerRefusal(graph: Graph, label: string): string | undefined {
  const node = graph.nodes.find(({ op, outputs }) => op === 'quantize' || outputs.some((id) => graph.values[id]!.quantization));
  const input = graph.inputs.map((id) => graph.values[id]!).find(({ quantization }) => quantization);
  const name = input?.name ?? node?.name;
  if (name === undefined) return undefined;
  return `${label} computes in floats and cannot hold integer activations, which ${name} has. Export as TensorFlow Lite (.tflite), which keeps them, or take quantize-integer out of the recipe.`;
}
