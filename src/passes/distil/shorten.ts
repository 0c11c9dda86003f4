/**
 * A shorter model: repeated blocks are left out, evenly spread, and the others keep their weights (as DistilBERT does, Sanh et al. 2019, arXiv
 * 1910.01108). A block begins at a layer with weights, or where the graph forks to meet again (a residual block), and goes on over the
 * operators without weights that follow and keep the shape. It may go when what comes out has the shape of what goes in. Depthwise layers belong
 * to the layer after them.
 */
import { editGraph } from '../../ir/edit';
import type { Graph, Node, ValueId } from '../../ir/graph';
import { weightSites } from '../weight-sites';

export interface Block {
  /** Its input and its output. */
  readonly from: ValueId;
  readonly to: ValueId;
  readonly nodes: readonly Node[];
}

/** Blocks that can be left out, in order. */
export function repeatedBlocks(graph: Graph): Block[] {
  const heavy = weighs(graph);
  return blocksOf(graph).filter(({ from, to, nodes }) => {
    const [before, after] = [graph.values[from]!, graph.values[to]!];
    const hasWeights = nodes.some((node) => heavy.has(node.id) && node.op !== 'depthwise-conv2d');
    return hasWeights && !graph.inputs.includes(from) && !graph.outputs.includes(to) && before.dtype === after.dtype && before.shape !== null && String(before.shape) === String(after.shape);
  });
}

/** The graph without `count` of the blocks, spread evenly; neighbours that stand for the same shape go last to first. */
export function leaveOut(graph: Graph, blocks: readonly Block[], count: number): Graph {
  const editor = editGraph(graph);
  for (let i = 0; i < count; i++) {
    // The middle of each of `count` equal stretches.
    const { from, to, nodes } = blocks[Math.floor(((i + 0.5) * blocks.length) / count)]!;
    for (const node of nodes) editor.replaceNode(node.id, []);
    editor.redirect(to, from);
  }
  return editor.done();
}

/** The graph as a chain of blocks between values that everything passes through. */
function blocksOf(graph: Graph): Block[] {
  if (graph.inputs.length !== 1 || graph.outputs.length !== 1) return [];
  const heavy = weighs(graph);
  const blocks: Block[] = [];
  let from = graph.inputs[0]!;
  let open: { nodes: Node[]; isHeavy: boolean; isDepthwise: boolean } | null = null;
  let start = from;
  const close = (to: ValueId): void => {
    if (open && open.nodes.length > 0) blocks.push({ from: start, to, nodes: open.nodes });
    open = null;
  };
  for (const { nodes, to } of stretches(graph)) {
    const weights = nodes.filter((node) => heavy.has(node.id));
    const isHeavy = weights.length > 0;
    const isDepthwise = isHeavy && weights.every(({ op }) => op === 'depthwise-conv2d');
    const current = open as { nodes: Node[]; isHeavy: boolean; isDepthwise: boolean } | null;
    // Pools and the like lie between blocks.
    const reshapes = !isHeavy && String(graph.values[from]!.shape) !== String(graph.values[to]!.shape);
    if (current && (reshapes || (isHeavy && current.isHeavy && !current.isDepthwise))) close(from);
    if (!open) {
      start = from;
      open = { nodes: [], isHeavy: false, isDepthwise: false };
    }
    open.nodes.push(...nodes);
    open.isHeavy ||= isHeavy;
    open.isDepthwise = isHeavy ? isDepthwise : open.isDepthwise;
    from = to;
    if (reshapes) close(to);
  }
  close(from);
  return blocks;
}

/** Nodes between one value that everything passes through and the next. */
function stretches(graph: Graph): { nodes: Node[]; to: ValueId }[] {
  const lastReader = new Map<ValueId, number>();
  graph.nodes.forEach((node, index) => {
    for (const id of node.inputs) if (id !== null && !graph.values[id]!.tensor) lastReader.set(id, index);
  });
  const result: { nodes: Node[]; to: ValueId }[] = [];
  let nodes: Node[] = [];
  const alive = new Set<ValueId>(graph.inputs);
  graph.nodes.forEach((node, index) => {
    nodes.push(node);
    for (const id of node.inputs) if (id !== null && lastReader.get(id) === index) alive.delete(id);
    for (const id of node.outputs) if (lastReader.has(id) || graph.outputs.includes(id)) alive.add(id);
    if (alive.size !== 1) return;
    result.push({ nodes, to: [...alive][0]! });
    nodes = [];
  });
  return result;
}

function weighs(graph: Graph): Set<string> {
  return new Set(weightSites(graph).flatMap(({ nodes }) => nodes.map(({ id }) => id)));
}
