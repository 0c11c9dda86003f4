/**
 * A narrower model: every group of channels that hang together (channels/) keeps a share of them, those whose weights are largest. The
 * strength of a channel is the sum, over all weights that make it, of its share of the weight's squares. A layer that a rule keeps
 * keeps its width.
 */
import { editGraph } from '../../ir/edit';
import type { Graph, Node } from '../../ir/graph';
import { decodeFloats, float32Tensor } from '../../ir/tensor';
import { eachAlong } from '../channels/each-along';
import { groupName, unitGroups, type UnitGroup } from '../channels/groups';
import { removeChannels } from '../channels/remove';
import { traceChannels } from '../channels/trace';
import type { Tracer } from '../channels/tracer';

export interface Narrowed {
  readonly graph: Graph;
  /** Groups that keep their width, and why. */
  readonly kept: readonly { readonly name: string; readonly reason: string }[];
}

export interface NarrowOptions {
  readonly width: number;
  readonly multipleOf: number;
  readonly isKept: (node: Node) => boolean;
}

export const KEPT_BY_RULE = 'a rule says so';

export function narrow(given: Graph, { width, multipleOf, isKept }: NarrowOptions): Narrowed {
  const tracer = traceChannels(withPlainNumbers(given));
  const removed = new Set<number>();
  const kept: { name: string; reason: string }[] = [];
  for (const group of unitGroups(tracer)) {
    const reason = group.refused ?? (group.members.some(({ node }) => isKept(node)) ? KEPT_BY_RULE : null);
    if (reason !== null) {
      kept.push({ name: groupName(group), reason });
      continue;
    }
    const strengths = strengthsOf(tracer, group);
    const weakestFirst = group.units.map((unit, i) => ({ unit, i })).sort((a, b) => strengths[a.i]! - strengths[b.i]! || b.i - a.i);
    for (const { unit } of weakestFirst.slice(0, group.units.length - unitsToKeep(group, width, multipleOf))) removed.add(unit);
  }
  return { graph: removed.size === 0 ? given : removeChannels(tracer, removed), kept };
}

/** The nearest multiple, one at least; a group that has fewer channels than that keeps them. */
function unitsToKeep({ units, channelsPerUnit }: UnitGroup, width: number, multipleOf: number): number {
  const step = Math.max(1, Math.round(multipleOf / channelsPerUnit));
  return Math.min(units.length, Math.max(1, Math.round((units.length * width) / step)) * step);
}

function strengthsOf({ atoms, graph }: Tracer, group: UnitGroup): Float64Array {
  const strengths = new Float64Array(group.units.length);
  const indexOf = new Map(group.units.map((unit, i) => [unit, i]));
  for (const { valueId, axis, role, labels } of group.members) {
    if (role !== 'output' && role !== 'depthwise') continue;
    const tensor = graph.values[valueId]!.tensor!;
    const squares = new Float64Array(tensor.shape[axis]!);
    eachAlong(tensor, axis, (weight, index) => (squares[index]! += weight * weight));
    const total = squares.reduce((sum, square) => sum + square, 0);
    if (total === 0) continue;
    labels.forEach((atom, index) => {
      const unit = indexOf.get(atoms.rootOf(atom));
      if (unit !== undefined) strengths[unit]! += squares[index]! / total;
    });
  }
  return strengths;
}

/** Grids and palettes of the teacher are none of the student. */
function withPlainNumbers(graph: Graph): Graph {
  const editor = editGraph(graph);
  for (const { id, dtype, tensor } of Object.values(graph.values)) {
    if (tensor && dtype === 'float32' && tensor.encoding.kind !== 'dense') editor.setTensor(id, float32Tensor(tensor.shape, decodeFloats(tensor)));
  }
  return editor.done();
}
