/**
 * Importance on examples without labels: how much worse the layers that read a channel get without it when all their other weights
 * make up for it as well as they can (optimal brain surgery of whole structures: Kurtic et al. 2023, "ZipLM", arXiv 2302.04089). For a
 * layer with weights W and H = XᵀX about the mean, and the rows S of a unit,
 *
 *   error(S) = tr(W_Sᵀ [(H⁻¹)_SS]⁻¹ W_S),
 *
 * as a share of what the layer gives, tr(WᵀHW), summed over the layers that read it. Units go one after another, the cheapest
 * first, and W and H⁻¹ follow: of two channels that say the same, one goes and the other is then dear. A unit's importance is the sum of
 * errors by when it goes.
 */
import type { Graph, Node } from '../../ir/graph';
import { decodeFloats } from '../../ir/tensor';
import { throwIfCancelled } from '../../lib/errors';
import type { GroupMember, UnitGroup } from '../channels/groups';
import type { Tracer } from '../channels/tracer';
import { columnsOfGroup, isRowNode, linearLayout, rowsOfGroup, sampleRows, type LinearLayout, type RowNode } from '../linear-rows';
import { addRows, createRegression, ridgedProducts, type Regression } from './least-squares';
import { factorize, inverseOf, substituteForward } from '../positive-definite';
import { forEachRun, inBatches, MOST_INPUTS, RIDGE_SHARE, rowsPerRun, runBytes, type DataContext } from './sampled-runs';

const BYTES_PER_NUMBER = 8;

interface Reader {
  readonly node: RowNode;
  readonly member: GroupMember;
  readonly layout: LinearLayout;
  /** One a group of the convolution. */
  readonly regressions: readonly Regression[];
}

/** By group, one number a unit; null: no layer that reads the group can be asked. */
export async function removalErrors(tracer: Tracer, groups: readonly UnitGroup[], context: DataContext): Promise<Map<UnitGroup, Float64Array | null>> {
  const errors = new Map<UnitGroup, Float64Array | null>();
  for (const batch of inBatches(groups, (group) => bytesOf(tracer, group))) {
    context.report({ stage: 'prune-channels', fraction: null, detail: `ranking group ${errors.size + 1} of ${groups.length}` });
    const readers = new Map(batch.map((group) => [group, readersOf(tracer, group)]));
    await observe(tracer, [...readers.values()].flat(), context);
    for (const [group, own] of readers) errors.set(group, orderOfRemoval(tracer, group, own, context));
  }
  return errors;
}

/** XᵀX of the layers that read the group, and what they read in one run. */
function bytesOf({ graph }: Tracer, group: UnitGroup): number {
  return fittable(graph, group).reduce((sum, { node, layout }) => sum + layout.groups * layout.rowLength ** 2 * BYTES_PER_NUMBER + runBytes(graph, node.inputs[0]!), 0);
}

function readersOf({ graph }: Tracer, group: UnitGroup): Reader[] {
  return fittable(graph, group).map((reader) => {
    const { groups, rowLength } = reader.layout;
    return { ...reader, regressions: Array.from({ length: groups }, () => createRegression(rowLength, 0)) };
  });
}

function fittable(graph: Graph, { members }: UnitGroup): Omit<Reader, 'regressions'>[] {
  return members.flatMap((member) => {
    const node: Node = member.node;
    if (member.role !== 'input' || !isRowNode(graph, node) || node.inputs[1] !== member.valueId) return [];
    const layout = linearLayout(node, graph.values[member.valueId]!.shape!);
    return layout.rowLength > MOST_INPUTS ? [] : [{ node, member, layout }];
  });
}

async function observe({ graph }: Tracer, readers: readonly Reader[], context: DataContext): Promise<void> {
  await forEachRun(graph, readers.map(({ node }) => node.inputs[0]!), context, (inputs, start) => {
    for (const [i, { node, member, layout, regressions }] of readers.entries()) {
      const most = rowsPerRun(layout.rowLength, layout.groups, context);
      const rows = sampleRows(node, graph.values[member.valueId]!.shape!, inputs[i]!, most, context.seed + start);
      for (const [g, regression] of regressions.entries()) addRows(regression, rowsOfGroup(rows, layout, g), new Float32Array(0));
    }
  });
}

/** A layer (or one group of it) while units go: W, H⁻¹ and the rows of every unit. */
interface Layer {
  readonly size: number;
  readonly outputs: number;
  readonly weights: Float64Array;
  readonly inverse: Float64Array;
  readonly energy: number;
  readonly rowsOfUnit: readonly Int32Array[];
}

function orderOfRemoval(tracer: Tracer, group: UnitGroup, readers: readonly Reader[], { signal }: DataContext): Float64Array | null {
  const layers = readers.flatMap((reader) => layersOf(tracer, group, reader));
  if (layers.length === 0) return null;
  const importance = new Float64Array(group.units.length);
  const left = new Set(group.units.keys());
  let total = 0;
  while (left.size > 0) {
    throwIfCancelled(signal);
    let [cheapest, least] = [-1, Infinity];
    for (const unit of left) {
      const error = layers.reduce((sum, layer) => sum + errorWithout(layer, layer.rowsOfUnit[unit]!) / layer.energy, 0);
      if (error < least || cheapest < 0) [cheapest, least] = [unit, error];
    }
    total += least;
    importance[cheapest] = total;
    left.delete(cheapest);
    if (left.size > 0) for (const layer of layers) removeRows(layer, layer.rowsOfUnit[cheapest]!);
  }
  return importance;
}

function layersOf(tracer: Tracer, group: UnitGroup, { member, layout, regressions }: Reader): Layer[] {
  const { groups, rowLength, outputsPerGroup } = layout;
  const kernel = decodeFloats(tracer.graph.values[member.valueId]!.tensor!);
  const positions = new Map(group.units.map((root, i) => [root, i]));
  const unitOf = Array.from(member.labels, (atom) => positions.get(tracer.atoms.rootOf(atom)) ?? -1);
  const rows: number[][] = group.units.map(() => []);
  for (let k = 0; k < rowLength; k++) {
    const unit = unitOf[k % unitOf.length]!;
    if (unit >= 0) rows[unit]!.push(k);
  }
  const rowsOfUnit = rows.map((own) => Int32Array.from(own));
  return Array.from({ length: groups }, (_, g) => g).flatMap((g): Layer[] => {
    const normal = ridgedProducts(regressions[g]!, RIDGE_SHARE);
    if (!normal) return [];
    const weights = Float64Array.from(columnsOfGroup(kernel, layout, g));
    const energy = energyOf(normal.products, weights, rowLength, outputsPerGroup);
    if (!(energy > 0)) return [];
    return [{ size: rowLength, outputs: outputsPerGroup, weights, inverse: inverseOf(normal.products, rowLength), energy, rowsOfUnit }];
  });
}

/** tr(WᵀHW), from the lower triangle of H. */
function energyOf(products: Float64Array, weights: Float64Array, size: number, outputs: number): number {
  let energy = 0;
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let dot = 0;
      for (let o = 0; o < outputs; o++) dot += weights[i * outputs + o]! * weights[j * outputs + o]!;
      energy += (i === j ? 1 : 2) * products[i * size + j]! * dot;
    }
  }
  return energy;
}

/** With (H⁻¹)_SS = LLᵀ: tr(W_Sᵀ (LLᵀ)⁻¹ W_S) = ‖L⁻¹ W_S‖². */
function errorWithout({ size, outputs, weights, inverse }: Layer, rows: Int32Array): number {
  const { solution } = solvedRows(rows, size, outputs, weights, inverse);
  return solution.reduce((sum, value) => sum + value * value, 0);
}

function solvedRows(rows: Int32Array, size: number, outputs: number, weights: Float64Array, inverse: Float64Array): { factor: Float64Array; solution: Float64Array } {
  const count = rows.length;
  const factor = new Float64Array(count * count);
  const solution = new Float64Array(count * outputs);
  for (let a = 0; a < count; a++) {
    for (let b = 0; b <= a; b++) factor[a * count + b] = inverse[rows[a]! * size + rows[b]!]!;
    solution.set(weights.subarray(rows[a]! * outputs, (rows[a]! + 1) * outputs), a * outputs);
  }
  factorize(factor, count);
  substituteForward(factor, solution, count, outputs);
  return { factor, solution };
}

/** W ← W − H⁻¹_:S [(H⁻¹)_SS]⁻¹ W_S and H⁻¹ ← H⁻¹ − H⁻¹_:S [(H⁻¹)_SS]⁻¹ H⁻¹_S:, with P = L⁻¹ H⁻¹_S: both Pᵀ times something. */
function removeRows({ size, outputs, weights, inverse }: Layer, rows: Int32Array): void {
  const count = rows.length;
  const { factor, solution } = solvedRows(rows, size, outputs, weights, inverse);
  const across = new Float64Array(count * size);
  for (let a = 0; a < count; a++) across.set(inverse.subarray(rows[a]! * size, (rows[a]! + 1) * size), a * size);
  substituteForward(factor, across, count, size);
  for (let a = 0; a < count; a++) {
    for (let i = 0; i < size; i++) {
      const share = across[a * size + i]!;
      if (share === 0) continue;
      for (let o = 0; o < outputs; o++) weights[i * outputs + o]! -= share * solution[a * outputs + o]!;
      for (let j = 0; j < size; j++) inverse[i * size + j]! -= share * across[a * size + j]!;
    }
  }
  // What went is exactly gone; rounding would let it come back.
  for (const row of rows) {
    weights.fill(0, row * outputs, (row + 1) * outputs);
    inverse.fill(0, row * size, (row + 1) * size);
    for (let i = 0; i < size; i++) inverse[i * size + row] = 0;
  }
}
