/** The nodes that the outputs depend on, each after all that it reads. Depth-first with a stack of its own: graphs are deep. */
import { broken, type GraphDef, type NodeDef } from './graph-def';
import { isControlFlow } from './op-mappings';

/** A node for which `isSource` holds is taken as it is, and what it reads is not followed. */
export function neededNodes(
  graph: GraphDef,
  outputs: readonly string[],
  isSource: (node: NodeDef) => boolean,
  owner: string,
): readonly NodeDef[] {
  const order: NodeDef[] = [];
  const state = new Map<string, 'open' | 'done'>();
  for (const output of outputs) {
    const stack: { readonly node: NodeDef; next: number }[] = [];
    const enter = (name: string): void => {
      const node = graph.nodes.get(name)!;
      const known = state.get(name);
      if (known === 'done') return;
      // Only loops go round, and loops are refused by name when all nodes are known.
      if (known === 'open') {
        const isLoop = stack.some((frame) => isControlFlow(frame.node.op));
        if (isLoop) return;
        throw broken(owner, `has a cycle through the node "${name}"`);
      }
      state.set(name, 'open');
      stack.push({ node, next: 0 });
    };
    enter(output);
    while (stack.length > 0) {
      const frame = stack.at(-1)!;
      const inputs = isSource(frame.node) ? [] : frame.node.inputs;
      if (frame.next < inputs.length) {
        enter(inputs[frame.next++]!.node);
        continue;
      }
      stack.pop();
      state.set(frame.node.name, 'done');
      order.push(frame.node);
    }
  }
  return order;
}
