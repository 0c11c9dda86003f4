/**
 * Converters store equal biases once, all-zero ones above all, which would tie the channels of layers that have nothing to do with each
 * other. Each layer gets a bias of its own; a layer that is called several times is known by its kernel and keeps one.
 */
import { editGraph } from '../../ir/edit';
import type { Graph, Node, ValueId } from '../../ir/graph';

export function withOwnBiases(graph: Graph): Graph {
  const owners = new Map<ValueId, Map<ValueId, ValueId>>();
  const editor = editGraph(graph);
  for (const node of graph.nodes) {
    const [, kernel, bias] = node.inputs;
    if (!kernel || !bias || !graph.values[kernel]?.tensor || !isBias(graph, node, bias)) continue;
    const byKernel = owners.get(bias) ?? new Map<ValueId, ValueId>();
    owners.set(bias, byKernel);
    const own = byKernel.get(kernel) ?? (byKernel.size === 0 ? bias : editor.addConstant(`${node.name}/bias`, graph.values[bias]!.tensor!));
    byKernel.set(kernel, own);
    if (own !== bias) editor.replaceNode(node.id, [{ ...node, inputs: node.inputs.with(2, own) } as Node]);
  }
  return editor.done();
}

function isBias(graph: Graph, node: Node, id: ValueId): boolean {
  if (graph.values[id]?.tensor?.shape.length !== 1) return false;
  return node.op === 'dense' || node.op === 'depthwise-conv2d' || node.op.startsWith('conv') || node.op.startsWith('transpose-conv');
}
