/** Grids of activations whose scales may move. Values between which numbers are only picked share one scale. */
import type { Graph, ValueId } from '../../ir/graph';
import type { Quantization } from '../../ir/quantization';
import { staysOnGrid } from '../../runtime/tfjs/grid';

export interface GridScales {
  /** The value that names the grid of another. */
  groupOf(id: ValueId): ValueId;
  gridOf(id: ValueId): Quantization;
  scale(factors: ReadonlyMap<ValueId, number>): void;
  /** Of every value with a grid. */
  scales(): Map<ValueId, Float32Array>;
  restore(scales: ReadonlyMap<ValueId, Float32Array>): void;
}

export function gridScalesOf(graph: Graph): GridScales {
  const groups = groupsOf(graph);
  const groupOf = (id: ValueId): ValueId => {
    let root = id;
    while (groups.get(root)! !== root) root = groups.get(root)!;
    return root;
  };
  const scales = new Map<ValueId, number>();
  for (const id of groups.keys()) scales.set(groupOf(id), graph.values[groupOf(id)]!.quantization!.scale);
  return {
    groupOf,
    gridOf: (id) => ({ ...graph.values[id]!.quantization!, scale: scales.get(groupOf(id))! }),
    scale(factors) {
      for (const [id, factor] of factors) scales.set(groupOf(id), Math.fround(scales.get(groupOf(id))! * factor));
    },
    scales: () => new Map([...groups.keys()].map((id) => [id, Float32Array.of(scales.get(groupOf(id))!)])),
    restore(numbers) {
      for (const id of groups.keys()) if (numbers.has(id)) scales.set(groupOf(id), numbers.get(id)![0]!);
    },
  };
}

/** A forest: each value with a grid points to another of its group, the first to itself. */
function groupsOf(graph: Graph): Map<ValueId, ValueId> {
  const parents = new Map<ValueId, ValueId>();
  const rootOf = (id: ValueId): ValueId => {
    let root = id;
    while (parents.get(root)! !== root) root = parents.get(root)!;
    return root;
  };
  for (const value of Object.values(graph.values)) if (value.quantization) parents.set(value.id, value.id);
  for (const node of graph.nodes) {
    const inputs = node.inputs.map((id) => (id === null ? null : graph.values[id]!));
    for (const id of node.outputs) {
      if (!graph.values[id]!.quantization || !staysOnGrid(node, inputs, graph.values[id]!)) continue;
      for (const input of inputs) if (input?.quantization) parents.set(rootOf(id), rootOf(input.id));
    }
  }
  return parents;
}
