/** The trained numbers put back into the graph. */
import type { Graph, ValueId } from '../ir/graph';
import type { Tensor } from '../ir/tensor';
import { editGraph } from '../ir/edit';
import { float32Tensor } from '../ir/tensor';

/** `state`: moving statistics of batch norm, by value id. */
export function trainedGraph(graph: Graph, parameters: ReadonlyMap<ValueId, Tensor>, state: ReadonlyMap<ValueId, Float32Array>): Graph {
  const editor = editGraph(graph);
  for (const [id, tensor] of parameters) editor.setTensor(id, tensor);
  for (const [id, numbers] of state) {
    const { tensor } = graph.values[id]!;
    if (tensor) editor.setTensor(id, float32Tensor(tensor.shape, numbers));
  }
  return editor.done();
}
