/**
 * How important the units of a group are: one number a unit, over all weights that go with it, divided by the mean of the group
 * so that groups compare (Fang et al. 2023, arXiv 2301.12900).
 *
 * 1. l1, l2: Σ |w| or Σ w² over the rows and columns of every kernel and the batch-norm scales (Li et al. 2017, arXiv 1608.08710).
 * 2. batch-norm-scale: Σ |gamma| (Liu et al. 2017, arXiv 1708.06519); of a folded batch norm, what it left on its output.
 * 3. geometric-median: Σ over the others of ‖F_i − F_j‖, F the filters that make the channel (He et al. 2019, arXiv 1811.00250).
 */
import type { ValueId } from '../../ir/graph';
import { throwIfCancelled } from '../../lib/errors';
import { eachAlong } from '../channels/each-along';
import type { GroupMember, UnitGroup } from '../channels/groups';
import type { AxisRole } from '../channels/roles';
import type { Tracer } from '../channels/tracer';

export type Importance = 'l1' | 'l2' | 'batch-norm-scale' | 'geometric-median';

const WEIGHING: readonly AxisRole[] = ['output', 'input', 'depthwise', 'scale'];
const FILTERS: readonly AxisRole[] = ['output', 'depthwise'];

/** One number a unit; null: the group has nothing that says it. */
export function importanceOf(tracer: Tracer, group: UnitGroup, kind: Importance, signal?: AbortSignal): Float64Array | null {
  switch (kind) {
    case 'l1':
      return normalized(sumOver(tracer, group, WEIGHING, Math.abs));
    case 'l2':
      return normalized(sumOver(tracer, group, WEIGHING, (weight) => weight * weight));
    case 'batch-norm-scale': {
      const scales = group.members.some(({ role }) => role === 'scale') ? sumOver(tracer, group, ['scale'], Math.abs) : foldedScales(tracer, group);
      return scales && normalized(scales);
    }
    case 'geometric-median':
      return normalized(distances(tracer, group, signal));
    default: {
      const never: never = kind;
      return never;
    }
  }
}

/** A weight that two nodes read counts once. */
export function membersOf(group: UnitGroup, roles: readonly AxisRole[]): GroupMember[] {
  const seen = new Set<string>();
  return group.members.filter(({ valueId, axis, role }) => {
    const key = `${valueId}/${axis}`;
    if (!roles.includes(role) || seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

/** For each index of a member's axis, the position of its unit in the group; −1: another group's. */
export function unitPositions(tracer: Tracer, group: UnitGroup, member: Pick<GroupMember, 'labels'>): Int32Array {
  const positions = new Map(group.units.map((root, i) => [root, i]));
  return Int32Array.from(member.labels, (atom) => positions.get(tracer.atoms.rootOf(atom)) ?? -1);
}

function sumOver(tracer: Tracer, group: UnitGroup, roles: readonly AxisRole[], term: (weight: number) => number): Float64Array {
  const sums = new Float64Array(group.units.length);
  for (const member of membersOf(group, roles)) {
    const tensor = tracer.graph.values[member.valueId]!.tensor!;
    const positions = unitPositions(tracer, group, member);
    eachAlong(tensor, member.axis, (weight, index) => {
      const unit = positions[index]!;
      if (unit >= 0) sums[unit]! += term(weight);
    });
  }
  return sums;
}

/** A folded batch norm leaves |gamma| of its channels as the deviation of the value it gave. */
function foldedScales(tracer: Tracer, group: UnitGroup): Float64Array | null {
  const sums = new Float64Array(group.units.length);
  let isKnown = false;
  const seen = new Set<ValueId>();
  for (const node of group.nodes) {
    for (const id of node.outputs) {
      const statistics = tracer.graph.values[id]!.statistics;
      const labels = tracer.labelsOf(id).at(-1);
      if (!statistics || !labels || seen.has(id)) continue;
      seen.add(id);
      isKnown = true;
      unitPositions(tracer, group, { labels }).forEach((unit, c) => {
        if (unit >= 0) sums[unit]! += statistics.deviation[c]!;
      });
    }
  }
  return isKnown ? sums : null;
}

function distances(tracer: Tracer, group: UnitGroup, signal?: AbortSignal): Float64Array {
  const count = group.units.length;
  const filters: number[][] = group.units.map(() => []);
  for (const member of membersOf(group, FILTERS)) {
    const tensor = tracer.graph.values[member.valueId]!.tensor!;
    const positions = unitPositions(tracer, group, member);
    eachAlong(tensor, member.axis, (weight, index) => {
      const unit = positions[index]!;
      if (unit >= 0) filters[unit]!.push(weight);
    });
  }
  const rows = filters.map((filter) => Float64Array.from(filter));
  const sums = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    throwIfCancelled(signal);
    for (let j = i + 1; j < count; j++) {
      const [a, b] = [rows[i]!, rows[j]!];
      let square = 0;
      for (let k = 0; k < a.length; k++) square += (a[k]! - b[k]!) ** 2;
      const distance = Math.sqrt(square);
      sums[i]! += distance;
      sums[j]! += distance;
    }
  }
  return sums;
}

function normalized(sums: Float64Array): Float64Array {
  const mean = sums.reduce((a, b) => a + b, 0) / Math.max(sums.length, 1);
  return mean > 0 ? sums.map((sum) => sum / mean) : sums;
}
