/** The trained numbers put back into the graph. */
import type { Graph, ValueId } from '../ir/graph';
import type { Tensor } from '../ir/tensor';
import { editGraph } from '../ir/edit';
import { float32Tensor } from '../ir/tensor';

/** `state`: moving statistics of batch norm, and scales of learned grids, by value id. */
export function trainedGraph(graph: Graph, parameters: ReadonlyMap<ValueId, Tensor>, state: ReadonlyMap<ValueId, Float32Array>): Graph {
  const editor = editGraph(graph);
  for (const [id, tensor] of parameters) editor.setTensor(id, tensor);
  for (const [id, numbers] of state) {
    const value = graph.values[id]!;
    if (value.tensor) editor.setTensor(id, float32Tensor(value.tensor.shape, numbers));
    else if (value.quantization && Math.fround(value.quantization.scale) !== numbers[0]) editor.setValue({ ...value, quantization: { ...value.quantization, scale: numbers[0]! } });
  }
  return editor.done();
}
