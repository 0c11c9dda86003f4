/**
 * Every number is an entry of a codebook. Both learn: the gradient goes straight through to the number, and summed over its members
 * to each entry (Han et al. 2016, arXiv 1510.00149, section 3.3; TensorFlow's cluster-preserving layers do both). `assign` gives each
 * number its nearest entry anew.
 *
 * With `keepZeros`, where there are zeros or may come some, one entry is pinned to zero, and exactly the zeros use it.
 */
import type { PaletteEncoding, Shape } from '../../ir/tensor';
import type { PaletteConstraint } from '../training';
import type { GroupIndex } from './group-index';
import type { Learned, Stage } from './stage';
import { WhittleError } from '../../lib/errors';
import { floatToHalf, halfToFloat } from '../../lib/half';
import { groupIndex } from './group-index';

export class Palette implements Stage {
  readonly learned: Learned;
  readonly choices: readonly Uint8Array[];
  readonly #constraint: PaletteConstraint;
  readonly #groups: GroupIndex;
  /** Entries of one codebook. */
  readonly #entries: number;
  readonly #indices: Uint8Array;
  /** By codebook the entry that is zero; −1: none is pinned. */
  readonly #pinned: Int32Array;

  /** `mayHaveZeros`: what comes before makes exact zeros. */
  constructor(constraint: PaletteConstraint, shape: Shape, size: number, mayHaveZeros: boolean) {
    this.#constraint = constraint;
    this.#groups = groupIndex(shape, size, constraint.axis, null);
    const { codebook, pinned } = startingCodebook(constraint, this.#groups.count, constraint.keepZeros && mayHaveZeros);
    this.#entries = codebook.length / this.#groups.count;
    this.#pinned = pinned;
    this.#indices = new Uint8Array(size);
    this.learned = { numbers: codebook, gradient: new Float32Array(codebook.length), isScale: false };
    this.choices = [this.#indices];
  }

  /** Gives each number of `from` its nearest entry; the lower one on a tie. */
  assign(from: Float32Array): void {
    const codebook = this.#codebook();
    const searches = Array.from({ length: this.#groups.count }, (_, g) => sortedEntries(codebook, g * this.#entries, this.#entries, this.#pinned[g]!));
    const of = this.#groups.of;
    for (let i = 0; i < from.length; i++) {
      const g = of ? of[i]! : 0;
      const value = from[i]!;
      if (value === 0 && this.#pinned[g]! >= 0) {
        this.#indices[i] = this.#pinned[g]!;
        continue;
      }
      const { order, borders } = searches[g]!;
      let low = 0;
      let high = borders.length;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (value <= borders[middle]!) high = middle;
        else low = middle + 1;
      }
      this.#indices[i] = order[low]!;
    }
  }

  forward(_from: Float32Array, to: Float32Array): void {
    const codebook = this.#codebook();
    const indices = this.#indices;
    const of = this.#groups.of;
    const entries = this.#entries;
    for (let i = 0; i < to.length; i++) to[i] = codebook[of ? of[i]! * entries + indices[i]! : indices[i]!]!;
  }

  backward(_from: Float32Array, gradient: Float32Array): void {
    const sums = new Float64Array(this.learned.numbers.length);
    const indices = this.#indices;
    const of = this.#groups.of;
    const entries = this.#entries;
    for (let i = 0; i < gradient.length; i++) sums[of ? of[i]! * entries + indices[i]! : indices[i]!]! += gradient[i]!;
    for (let g = 0; g < this.#pinned.length; g++) if (this.#pinned[g]! >= 0) sums[g * entries + this.#pinned[g]!] = 0;
    this.learned.gradient.set(sums);
  }

  /** For each number the position of its entry in the whole codebook. */
  positions(): Int32Array {
    const of = this.#groups.of;
    return Int32Array.from(this.#indices, (index, i) => (of ? of[i]! * this.#entries + index : index));
  }

  /** 1 where an entry may move. */
  movable(): Float32Array {
    const movable = new Float32Array(this.learned.numbers.length).fill(1);
    for (const [g, entry] of this.#pinned.entries()) if (entry >= 0) movable[g * this.#entries + entry] = 0;
    return movable;
  }

  encode(): PaletteEncoding {
    const { bits, codebookStorage, axis } = this.#constraint;
    return { kind: 'palette', bits, indices: this.#indices.slice(), codebook: this.#codebook().slice(), codebookStorage, axis };
  }

  /** The entries as they are stored. */
  #codebook(): Float32Array {
    const { numbers } = this.learned;
    return this.#constraint.codebookStorage === 'float16' ? numbers.map((value) => halfToFloat(floatToHalf(value))) : numbers;
  }
}

function startingCodebook(constraint: PaletteConstraint, groups: number, pin: boolean): { codebook: Float32Array; pinned: Int32Array } {
  const { codebook, bits } = constraint;
  const most = 2 ** bits;
  const entries = codebook.length / groups;
  if (!Number.isInteger(entries) || entries < 1 || entries > most) {
    throw new WhittleError('OptionError', `A codebook of ${codebook.length} numbers for ${groups} groups does not fit ${bits} bits: each group takes 1 to ${most} entries.`);
  }
  const pinned = new Int32Array(groups).fill(-1);
  if (!pin) return { codebook: codebook.slice(), pinned };
  const grows = entries < most && !everyGroupHasZero(codebook, groups);
  const stride = grows ? entries + 1 : entries;
  const grown = new Float32Array(groups * stride);
  for (let g = 0; g < groups; g++) {
    const own = codebook.subarray(g * entries, (g + 1) * entries);
    grown.set(own, g * stride);
    const zero = own.indexOf(0);
    pinned[g] = zero >= 0 ? zero : grows ? entries : nearestToZero(own);
    grown[g * stride + pinned[g]!] = 0;
  }
  return { codebook: grown, pinned };
}

function everyGroupHasZero(codebook: Float32Array, groups: number): boolean {
  const entries = codebook.length / groups;
  return Array.from({ length: groups }, (_, g) => codebook.subarray(g * entries, (g + 1) * entries).includes(0)).every(Boolean);
}

function nearestToZero(entries: Float32Array): number {
  let best = 0;
  for (let i = 1; i < entries.length; i++) if (Math.abs(entries[i]!) < Math.abs(entries[best]!)) best = i;
  return best;
}

/** The entries but the pinned one by rising value, and the middles between neighbours. */
function sortedEntries(codebook: Float32Array, start: number, count: number, pinned: number): { order: number[]; borders: number[] } {
  const order = Array.from({ length: count }, (_, i) => i).filter((i) => i !== pinned);
  if (order.length === 0) order.push(pinned);
  order.sort((a, b) => codebook[start + a]! - codebook[start + b]! || a - b);
  const borders = order.slice(1).map((entry, i) => (codebook[start + entry]! + codebook[start + order[i]!]!) / 2);
  return { order, borders };
}
