/**
 * Which units masks remove, from the latent numbers. round(units · sparsity) units with the smallest scores go; at least one of each
 * tensor stays, and equal scores go in order of position. Scores are those of `prune-magnitude`: |w|, the mean |w| of a tile, or LAMP.
 */
import type { Mask } from './mask';
import { float32Tensor } from '../../ir/tensor';
import { blockUnits, elementUnits, lampScores, type Units } from '../../passes/prune-magnitude/units';

export interface MaskedNumbers {
  readonly mask: Mask;
  readonly numbers: Float32Array;
}

/** Makes the masks of one group anew; they share one target. */
export function chooseMasks(group: readonly MaskedNumbers[], sparsity: number): void {
  const ranked: { entry: MaskedNumbers; units: Units; scores: Float64Array }[] = [];
  for (const entry of group) {
    const { pattern, ranking } = entry.mask.constraint;
    if (pattern.kind === 'n-m') {
      keepLargestOfGroups(entry, pattern.n, pattern.m, pattern.axis);
      continue;
    }
    const tensor = float32Tensor(entry.mask.shape, entry.numbers);
    const units = pattern.kind === 'block' ? blockUnits(tensor, pattern.rows, pattern.columns, pattern.inputAxis, pattern.outputAxis) : elementUnits(tensor);
    ranked.push({ entry, units, scores: ranking === 'lamp' ? lampScores(units.scores) : units.scores });
  }
  const removed = smallest(ranked.map(({ scores }) => scores), sparsity);
  for (const [i, { entry, units }] of ranked.entries()) {
    const { kept } = entry.mask;
    for (let element = 0; element < kept.length; element++) kept[element] = removed[i]![units.unitOf(element)] ? 0 : 1;
  }
}

/** For each list of scores, 1 where the score is among the round(count · share) smallest of all lists. */
function smallest(lists: readonly Float64Array[], share: number): Uint8Array[] {
  const count = lists.reduce((sum, scores) => sum + scores.length, 0);
  const target = Math.round(count * share);
  const removed = lists.map((scores) => new Uint8Array(scores.length));
  if (target === 0) return removed;
  const sorted = new Float64Array(count);
  let offset = 0;
  for (const scores of lists) {
    sorted.set(scores, offset);
    offset += scores.length;
  }
  sorted.sort();
  const border = sorted[target - 1]!;
  let ties = 0;
  for (let i = target - 1; i >= 0 && sorted[i] === border; i--) ties++;
  for (const [list, scores] of lists.entries()) {
    const own = removed[list]!;
    let largest = 0;
    for (let i = 0; i < scores.length; i++) {
      if (scores[i]! > scores[largest]!) largest = i;
      if (scores[i]! < border || (scores[i] === border && ties-- > 0)) own[i] = 1;
    }
    own[largest] = 0;
  }
  return removed;
}

function keepLargestOfGroups({ mask, numbers }: MaskedNumbers, keep: number, group: number, axis: number): void {
  const { kept, shape } = mask;
  const length = shape[axis]!;
  const stride = shape.slice(axis + 1).reduce((a, b) => a * b, 1);
  const outer = numbers.length / (length * stride);
  for (let o = 0; o < outer; o++) {
    for (let s = 0; s < stride; s++) {
      for (let start = 0; start < length; start += group) {
        const indices: number[] = [];
        for (let i = start; i < Math.min(start + group, length); i++) indices.push((o * length + i) * stride + s);
        indices.sort((a, b) => Math.abs(numbers[b]!) - Math.abs(numbers[a]!) || a - b);
        for (const [rank, index] of indices.entries()) kept[index] = rank < keep ? 1 : 0;
      }
    }
  }
}
