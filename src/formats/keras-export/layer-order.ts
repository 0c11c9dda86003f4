/**
 * The order in which Keras lists the layers of a functional model (`map_graph`, the same in Keras 2 and 3): by depth, the
 * longest way to an output, then by when a walk from the outputs first meets them. Weights are stored in this order.
 */
import { refsIn } from '../keras-layers/normalize-arguments';
import type { LayerTopology, TensorRef } from '../keras-layers/topology';

/** `layers` without those that no output needs, in Keras's order; unused inputs last. */
export function inKerasOrder(layers: readonly LayerTopology[], outputs: readonly TensorRef[]): LayerTopology[] {
  const byName = new Map(layers.map((layer) => [layer.name, layer]));
  const parentsOf = (node: CallNode): CallNode[] => {
    const call = byName.get(node.layer)!.calls[node.call];
    return call ? refsIn(call).map(({ layer, call: index }) => ({ layer, call: index })) : [];
  };
  const { finished, firstMet } = walk(outputs, parentsOf);

  const nodeDepths = new Map<string, number>();
  const layerDepths = new Map<string, number>();
  for (const node of finished.toReversed()) {
    const depth = Math.max(nodeDepths.get(keyOf(node)) ?? 0, layerDepths.get(node.layer) ?? 0);
    layerDepths.set(node.layer, depth);
    nodeDepths.set(keyOf(node), depth);
    for (const parent of parentsOf(node)) nodeDepths.set(keyOf(parent), Math.max(depth + 1, nodeDepths.get(keyOf(parent)) ?? 0));
  }
  for (const layer of layers) {
    if (layer.className !== 'InputLayer' || layerDepths.has(layer.name)) continue;
    layerDepths.set(layer.name, 0);
    firstMet.set(layer.name, -1);
  }
  return layers
    .filter((layer) => layerDepths.has(layer.name))
    .sort((a, b) => layerDepths.get(b.name)! - layerDepths.get(a.name)! || firstMet.get(a.name)! - firstMet.get(b.name)!);
}

interface CallNode {
  readonly layer: string;
  readonly call: number;
}

function keyOf({ layer, call }: CallNode): string {
  return `${call}:${layer}`;
}

/** Depth first from the outputs, with a stack of its own: models may be thousands of layers deep. */
function walk(outputs: readonly TensorRef[], parentsOf: (node: CallNode) => CallNode[]): { finished: CallNode[]; firstMet: Map<string, number> } {
  const finished: CallNode[] = [];
  const done = new Set<string>();
  const firstMet = new Map<string, number>();
  for (const { layer, call } of outputs) {
    const stack: { node: CallNode; parents: CallNode[] | null }[] = [{ node: { layer, call }, parents: null }];
    while (stack.length > 0) {
      const top = stack.at(-1)!;
      if (top.parents === null) {
        if (done.has(keyOf(top.node))) {
          stack.pop();
          continue;
        }
        if (!firstMet.has(top.node.layer)) firstMet.set(top.node.layer, firstMet.size);
        top.parents = parentsOf(top.node).toReversed();
      }
      const parent = top.parents.pop();
      if (parent) stack.push({ node: parent, parents: null });
      else {
        done.add(keyOf(top.node));
        finished.push(top.node);
        stack.pop();
      }
    }
  }
  return { finished, firstMet };
}
