/** The oracle of channel removal: the whole model with the same channels multiplied by zero wherever they flow. */
import type { Graph, Node, Value } from '../../../src/ir/graph';
import { decodeFloats, float32Tensor } from '../../../src/ir/tensor';
import { createRandom } from '../../../src/lib/random';
import { unitGroups, type UnitGroup } from '../../../src/passes/channels/groups';
import { keptIndices, removeChannels, type Kept } from '../../../src/passes/channels/remove';
import { traceChannels } from '../../../src/passes/channels/trace';
import type { Tracer } from '../../../src/passes/channels/tracer';

export interface PrunedAndMasked {
  readonly pruned: Graph;
  readonly masked: Graph;
  readonly groups: readonly UnitGroup[];
  readonly removedUnits: number;
}

/** Removes a share of the units of every group that allows it, at seeded places, at least one. */
export function pruneAndMask(graph: Graph, share: number, seed = 5): PrunedAndMasked {
  const random = createRandom(seed);
  const tracer = traceChannels(graph);
  const groups = unitGroups(tracer);
  const removed = new Set<number>();
  for (const { units, refused } of groups) {
    if (refused !== null) continue;
    const order = [...units].sort(() => random.normal());
    for (const unit of order.slice(0, Math.min(units.length - 1, Math.max(1, Math.round(units.length * share))))) removed.add(unit);
  }
  return { pruned: removeChannels(tracer, removed), masked: maskedGraph(tracer, removed), groups, removedUnits: removed.size };
}

/** Every value that has removed channels is multiplied by a mask as soon as it is made; so are the rows of recurrent kernels. */
export function maskedGraph(tracer: Tracer, removed: ReadonlySet<number>): Graph {
  const { graph } = tracer;
  const values: Record<string, Value> = { ...graph.values };
  const maskOf = (id: string, axis: number, kept: Int32Array): { id: string; shape: number[] } => {
    const labels = tracer.labelsOf(id);
    const mask = new Float32Array(labels[axis]!.length);
    for (const index of kept) mask[index] = 1;
    const shape = labels.map((_, i) => (i === axis ? mask.length : 1));
    const maskId = `${id}/mask${axis}`;
    values[maskId] = { id: maskId, name: maskId, dtype: 'float32', shape, tensor: float32Tensor(shape, mask) };
    return { id: maskId, shape };
  };
  const nodes = graph.nodes.flatMap((node): Node[] => {
    const isRecurrent = ['lstm', 'gru', 'simple-rnn', 'conv-lstm2d'].includes(node.op);
    const own = isRecurrent ? withZeroRows(tracer, removed, node, values) : node;
    const after: Node[] = [];
    const outputs = node.outputs.map((id) => {
      const kept = tracer.labelsOf(id).map((labels) => keptIndices(tracer, removed, labels));
      const axes = [...kept.keys()].filter((axis) => kept[axis]);
      if (axes.length === 0 || graph.values[id]!.dtype !== 'float32') return id;
      let current = `${id}/raw`;
      values[current] = { ...graph.values[id]!, id: current };
      const raw = current;
      axes.forEach((axis, i) => {
        const next = i === axes.length - 1 ? id : `${id}/masked${axis}`;
        values[next] = { ...graph.values[id]!, id: next };
        after.push({ id: `${id}/mul${axis}`, name: `${id}/mul${axis}`, op: 'mul', inputs: [current, maskOf(id, axis, kept[axis] as Int32Array).id], outputs: [next], attributes: { activation: 'none' } });
        current = next;
      });
      return raw;
    });
    return [{ ...own, outputs } as Node, ...after];
  });
  return { ...graph, nodes, values };
}

function withZeroRows(tracer: Tracer, removed: ReadonlySet<number>, node: Node, values: Record<string, Value>): Node {
  const kernel = node.inputs[2]!;
  const { tensor } = tracer.graph.values[kernel]!;
  const axis = tensor!.shape.length - 2;
  const kept: Kept = keptIndices(tracer, removed, tracer.labelsOf(kernel)[axis]);
  if (!kept) return node;
  const inner = tensor!.shape.at(-1)!;
  const rows = tensor!.shape[axis]!;
  const zeroed = float32Tensor(tensor!.shape, decodeFloats(tensor!).map((weight, i) => (kept.includes(Math.floor(i / inner) % rows) ? weight : 0)));
  const id = `${kernel}/zeroed`;
  values[id] = { ...tracer.graph.values[kernel]!, id, name: id, tensor: zeroed };
  return { ...node, inputs: node.inputs.map((input, i) => (i === 2 ? id : input)) } as Node;
}
