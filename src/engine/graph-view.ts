/**
 * The graph as the person knows it: the nodes that one layer was lowered to are one box, constants are part of it, and inputs and
 * outputs stand at the ends.
 */
import type { Graph, Node, ValueId } from '../ir/graph';
import { WhittleError } from '../lib/errors';
import { measureCost } from '../measure/cost';
import type { NodeCost } from '../measure/types';
import { channelGroups, type ChannelGroup } from '../passes/channels/groups';
import { traceChannels } from '../passes/channels/trace';
import { layerNameOf } from '../passes/weight-sites';
import { blocksOf } from './graph-blocks';
import { topologicalOrder } from './graph-order';
import type { ChannelGroupView, GraphView, GraphViewEdge, GraphViewNode } from './graph-view-types';

/** More boxes than this are no drawing any more, and their blocks alone fill the screen. */
export const MOST_NODES = 20_000;
/** Channels are followed one by one: beyond this many operators it takes longer than a person waits for a drawing. */
const MOST_TRACED_NODES = 5_000;

export function describeGraph(graph: Graph): GraphView {
  const boxes = layerBoxes(graph);
  const count = boxes.length + graph.inputs.length + graph.outputs.length;
  if (count > MOST_NODES) {
    throw new WhittleError('UnsupportedError', `This model has ${count} layers; the graph draws up to ${MOST_NODES}. The layers table lists them all.`);
  }
  const { nodes, edges } = boxGraph(graph, boxes);
  const { blocks, blockOf } = blocksOf(nodes, edges);
  return {
    nodes: nodes.map((node) => ({ ...node, block: blockOf.get(node.id) ?? null })),
    edges,
    blocks,
    groups: graph.nodes.length > MOST_TRACED_NODES ? null : channelGroups(traceChannels(graph)).map(groupView),
  };
}

/** The nodes of each call of a layer together, in an order in which readers come later. */
function layerBoxes(graph: Graph): Node[][] {
  const keys = graph.nodes.map((node) => (node.layer ? `${node.layer.call}/${node.layer.path}` : null));
  // A pass may have moved another layer's node between two nodes of one layer: together they would stand before and behind it.
  for (;;) {
    const boxes = new Map<string, Node[]>();
    graph.nodes.forEach((node, i) => {
      const key = keys[i] ?? `node/${node.id}`;
      const box = boxes.get(key);
      if (box) box.push(node);
      else boxes.set(key, [node]);
    });
    const all = [...boxes.values()];
    const { order, cycle } = topologicalOrder(predecessorsOf(all));
    if (!cycle) return order.map((index) => all[index]!);
    const apart = new Set(cycle.flatMap((index) => all[index]!));
    graph.nodes.forEach((node, i) => {
      if (apart.has(node)) keys[i] = null;
    });
  }
}

function predecessorsOf(boxes: readonly (readonly Node[])[]): number[][] {
  const makers = new Map<ValueId, number>();
  boxes.forEach((box, index) => {
    for (const node of box) for (const id of node.outputs) makers.set(id, index);
  });
  return boxes.map((box, index) => {
    const before = new Set<number>();
    for (const node of box) for (const id of node.inputs) if (id !== null) before.add(makers.get(id) ?? index);
    before.delete(index);
    return [...before];
  });
}

type Unfolded = Omit<GraphViewNode, 'block'>;

function boxGraph(graph: Graph, boxes: readonly (readonly Node[])[]): { nodes: Unfolded[]; edges: GraphViewEdge[] } {
  const costs = new Map(measureCost(graph).nodes.map((cost, i) => [graph.nodes[i]!.id, cost]));
  const makers = new Map<ValueId, string>();
  const nodes: Unfolded[] = graph.inputs.map((id, i) => {
    makers.set(id, `input/${i}`);
    return portNode('input', i, graph.inputNames[i]!, graph.values[id]!.shape);
  });
  const edges = new Map<string, GraphViewEdge>();
  const connect = (value: ValueId, to: string): void => {
    const from = makers.get(value);
    if (from === undefined || from === to) return;
    const key = JSON.stringify([from, to]);
    if (!edges.has(key)) edges.set(key, { from, to, shape: graph.values[value]!.shape });
  };
  for (const box of boxes) {
    const id = `layer/${box[0]!.id}`;
    for (const node of box) {
      for (const value of node.inputs) if (value !== null) connect(value, id);
      for (const value of node.outputs) makers.set(value, id);
    }
    nodes.push(layerNode(graph, id, box, box.map((node) => costs.get(node.id)!)));
  }
  graph.outputs.forEach((value, i) => {
    nodes.push(portNode('output', i, graph.outputNames[i]!, graph.values[value]!.shape));
    connect(value, `output/${i}`);
  });
  return { nodes, edges: [...edges.values()] };
}

function portNode(kind: 'input' | 'output', index: number, name: string, shape: Unfolded['shape']): Unfolded {
  return { id: `${kind}/${index}`, kind, name, op: '', ops: [], shape, parameters: 0, nbytes: 0, macs: 0 };
}

function layerNode(graph: Graph, id: string, box: readonly Node[], costs: readonly NodeCost[]): Unfolded {
  const sum = (of: 'parameters' | 'nbytes' | 'macs'): number => costs.reduce((total, cost) => total + cost[of], 0);
  const main = costs.reduce((most, cost, i) => {
    const other = costs[most]!;
    return cost.parameters > other.parameters || (cost.parameters === other.parameters && cost.macs > other.macs) ? i : most;
  }, 0);
  return {
    id,
    kind: 'layer',
    name: layerNameOf(box[0]!),
    op: box[main]!.op,
    ops: box.map((node) => node.op),
    shape: graph.values[box.at(-1)!.outputs[0]!]!.shape,
    parameters: sum('parameters'),
    nbytes: sum('nbytes'),
    macs: sum('macs'),
  };
}

function groupView({ layers, channels, units, refused }: ChannelGroup): ChannelGroupView {
  const named = (role: ChannelGroup['layers'][number]['role']): string[] => layers.filter((layer) => layer.role === role).map(({ name }) => name);
  return { makes: named('makes'), passes: named('passes on'), reads: named('reads'), channels, units, refused };
}
