/**
 * Which units go. The share is counted from the model that the recipe started from, so that a second run finds its work done.
 *
 * 1. Within each layer: the least important round(share · n) of every group.
 * 2. Whole model: the least important of all groups, each measured against the mean of its own; no group falls below a tenth.
 * 3. Among alike layers: as 2, within each class of groups of the same structure (Fang et al. 2024, arXiv 2407.04616).
 *
 * The number left is then rounded to the nearest multiple. Groups whose rule names a share of its own, and those whose importance is
 * measured in another way than the others', are pruned as in 1.
 */
import type { UnitGroup } from '../channels/groups';

/** What a ranking over several groups leaves of each: a layer that is gone takes the model with it. */
const LEAST_SHARE_LEFT = 0.1;

export interface Candidate {
  readonly group: UnitGroup;
  readonly importance: Float64Array;
  /** Units that the group had when the recipe started. */
  readonly originalUnits: number;
  /** Of its layers' rules; null: the pass's own. */
  readonly ownShare: number | null;
  /** Its importance means what that of the other groups means; else it is ranked by itself. */
  readonly isComparable: boolean;
}

export interface Choice {
  readonly share: number;
  /** The part of the groups' own shares that is due by now. */
  readonly progress: number;
  readonly ranking: 'layer' | 'global' | 'isomorphic';
  /** Channels left are a multiple of it. */
  readonly roundTo: number;
}

/** Roots of the atoms to remove. */
export function chooseUnits(candidates: readonly Candidate[], { share, progress, ranking, roundTo }: Choice): Set<number> {
  const removed = new Set<number>();
  const remove = (candidate: Candidate, left: number): void => {
    const { group, importance } = candidate;
    const keep = roundedUnits(group, left, roundTo);
    for (const unit of leastFirst(importance).subarray(0, group.units.length - keep)) removed.add(group.units[unit]!);
  };
  const together = candidates.filter((candidate) => ranking !== 'layer' && candidate.ownShare === null && candidate.isComparable);
  for (const candidate of candidates) {
    if (!together.includes(candidate)) remove(candidate, unitsLeft(candidate, candidate.ownShare === null ? share : candidate.ownShare * progress));
  }
  for (const alike of ranking === 'isomorphic' ? byStructure(together) : [together]) {
    for (const [candidate, left] of rankTogether(alike, share)) remove(candidate, left);
  }
  return removed;
}

/** What the layers of a group are, whatever their sizes. */
function structureOf({ members }: UnitGroup): string {
  return members.map(({ node, role, axis }) => `${node.op}:${role}:${axis}`).sort().join(' ');
}

function unitsLeft({ group, originalUnits }: Candidate, share: number): number {
  return Math.min(group.units.length, originalUnits - Math.round(share * originalUnits));
}

/** Units left of each group when the least important of all go. */
function rankTogether(candidates: readonly Candidate[], share: number): Map<Candidate, number> {
  const left = new Map(candidates.map((candidate) => [candidate, candidate.group.units.length]));
  const present = candidates.reduce((sum, { group }) => sum + group.units.length, 0);
  const original = candidates.reduce((sum, { originalUnits }) => sum + originalUnits, 0);
  let excess = present - (original - Math.round(share * original));
  const all = candidates.flatMap((candidate) => Array.from(candidate.importance, (importance) => ({ candidate, importance })));
  all.sort((a, b) => a.importance - b.importance);
  for (const { candidate } of all) {
    if (excess <= 0) break;
    const least = Math.max(1, Math.ceil(candidate.originalUnits * LEAST_SHARE_LEFT));
    if (left.get(candidate)! <= least) continue;
    left.set(candidate, left.get(candidate)! - 1);
    excess--;
  }
  return left;
}

function byStructure(candidates: readonly Candidate[]): Candidate[][] {
  const classes = new Map<string, Candidate[]>();
  for (const candidate of candidates) {
    const key = structureOf(candidate.group);
    const alike = classes.get(key);
    if (alike) alike.push(candidate);
    else classes.set(key, [candidate]);
  }
  return [...classes.values()];
}

/** At least one step stays; a group that is smaller than a step stays whole. */
function roundedUnits({ units, channelsPerUnit }: UnitGroup, left: number, roundTo: number): number {
  const step = Number.isInteger(channelsPerUnit) ? roundTo / greatestCommonDivisor(roundTo, channelsPerUnit) : roundTo;
  return Math.min(units.length, Math.max(step, Math.round(left / step) * step));
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

/** Positions by rising importance; equals by position, so that results do not depend on the machine. */
function leastFirst(importance: Float64Array): Uint32Array {
  return Uint32Array.from(importance.keys()).sort((a, b) => importance[a]! - importance[b]! || a - b);
}
