/**
 * Fake quantization: y = (q − z) · s, q = clamp(round(x / s) + z), halves to even, as `AffineEncoding` decodes.
 *
 * 1. last-value: s is the largest |x| of the group over the highest level (all levels: the range of x and zero), anew at each step.
 * 2. learned: LSQ (Esser et al. 2020, arXiv 1902.08153). d y / d s = (q − z) − x / s inside the levels, q − z where clamped; by log s, that times s.
 * 3. fixed.
 *
 * Straight through: d y / d x is 1 where x is not clamped, else 0.
 */
import type { AffineEncoding, Shape } from '../../ir/tensor';
import type { AffineConstraint } from '../training';
import type { GroupIndex } from './group-index';
import type { Learned, Stage } from './stage';
import { WhittleError } from '../../lib/errors';
import { groupIndex } from './group-index';

/** 1.5 · 2⁵²: a double sum with it has no room for fractions, so that the addition itself rounds halves to even. */
const NO_FRACTIONS = 6_755_399_441_055_744;

export class Affine implements Stage {
  readonly learned: Learned | null;
  readonly choices = [];
  readonly constraint: AffineConstraint;
  readonly shape: Shape;
  readonly groups: GroupIndex;
  readonly lowest: number;
  readonly highest: number;
  readonly #scale: Float32Array;
  /** Whole numbers: exact in float32 up to 16 bits. */
  readonly #zeroPoint: Float32Array;

  constructor(constraint: AffineConstraint, shape: Shape, size: number) {
    const { bits, symmetric, axis, blockSize } = constraint;
    this.constraint = constraint;
    this.shape = shape;
    this.groups = groupIndex(shape, size, axis, blockSize);
    this.highest = symmetric ? 2 ** (bits - 1) - 1 : 2 ** bits - 1;
    this.lowest = symmetric ? -this.highest : 0;
    this.#scale = startingScale(constraint, this.groups.count);
    this.#zeroPoint = startingZeroPoint(constraint, this.groups.count, this.highest);
    this.learned = constraint.range === 'learned' ? { numbers: this.#scale, gradient: new Float32Array(this.#scale.length), isScale: true } : null;
  }

  forward(from: Float32Array, to: Float32Array): void {
    if (this.constraint.range === 'last-value') this.#follow(from);
    const of = this.groups.of;
    for (let i = 0; i < to.length; i++) {
      const g = of ? of[i]! : 0;
      to[i] = (this.#level(from[i]!, g) - this.#zeroPoint[g]!) * this.#scale[g]!;
    }
  }

  backward(from: Float32Array, gradient: Float32Array): void {
    const of = this.groups.of;
    const sums = this.learned ? new Float64Array(this.groups.count) : null;
    for (let i = 0; i < gradient.length; i++) {
      const g = of ? of[i]! : 0;
      const ratio = from[i]! / this.#scale[g]!;
      const rounded = ratio + NO_FRACTIONS - NO_FRACTIONS + this.#zeroPoint[g]!;
      const isInside = rounded >= this.lowest && rounded <= this.highest;
      if (sums) sums[g]! += gradient[i]! * (isInside ? rounded - this.#zeroPoint[g]! - ratio : this.#clamp(rounded) - this.#zeroPoint[g]!);
      if (!isInside) gradient[i] = 0;
    }
    if (sums) for (let g = 0; g < sums.length; g++) this.learned!.gradient[g] = sums[g]! * this.#scale[g]!;
  }

  /** As they stand. */
  get scale(): Float32Array {
    return this.#scale;
  }

  get zeroPoint(): Float32Array {
    return this.#zeroPoint;
  }

  /** Of the numbers that `forward` was last given. */
  encode(from: Float32Array): AffineEncoding {
    const { bits, symmetric, axis, blockSize } = this.constraint;
    const values = symmetric ? (bits === 16 ? new Int16Array(from.length) : new Int8Array(from.length)) : bits === 16 ? new Uint16Array(from.length) : new Uint8Array(from.length);
    const of = this.groups.of;
    for (let i = 0; i < from.length; i++) values[i] = this.#level(from[i]!, of ? of[i]! : 0);
    return { kind: 'affine', bits, signed: symmetric, values, scale: this.#scale.slice(), zeroPoint: Float64Array.from(this.#zeroPoint), axis, blockSize };
  }

  #level(value: number, group: number): number {
    return this.#clamp(value / this.#scale[group]! + NO_FRACTIONS - NO_FRACTIONS + this.#zeroPoint[group]!);
  }

  #clamp(level: number): number {
    return level < this.lowest ? this.lowest : level > this.highest ? this.highest : level;
  }

  /** Scales (and zero points) after the numbers. */
  #follow(from: Float32Array): void {
    const { count, of } = this.groups;
    const low = new Float64Array(count);
    const high = new Float64Array(count);
    for (let i = 0; i < from.length; i++) {
      const g = of ? of[i]! : 0;
      if (from[i]! < low[g]!) low[g] = from[i]!;
      if (from[i]! > high[g]!) high[g] = from[i]!;
    }
    let finest = Infinity;
    for (let g = 0; g < count; g++) {
      const width = this.constraint.symmetric ? Math.max(-low[g]!, high[g]!) : high[g]! - low[g]!;
      const scale = Math.fround(width / this.highest);
      this.#scale[g] = scale;
      this.#zeroPoint[g] = this.constraint.symmetric || !(scale > 0) ? 0 : this.#clamp(Math.round(-low[g]! / scale));
      if (scale > 0 && scale < finest) finest = scale;
    }
    // All zeros, or too small for a scale of its own: everything is zero on any grid, and on the finest a bias stays fine too.
    for (let g = 0; g < count; g++) if (!(this.#scale[g]! > 0)) this.#scale[g] = finest < Infinity ? finest : 1;
  }
}

function startingScale({ scale, range }: AffineConstraint, count: number): Float32Array {
  if (range === 'last-value') return new Float32Array(count).fill(1);
  if (!scale || scale.length !== count || !scale.every((s) => s > 0 && Number.isFinite(s))) {
    throw new WhittleError('OptionError', `A ${range} grid needs ${count} scales above zero; ${scale ? `there are ${scale.length}, or one is not above zero` : 'there are none'}.`);
  }
  return scale.slice();
}

function startingZeroPoint({ zeroPoint, symmetric, range }: AffineConstraint, count: number, highest: number): Float32Array {
  if (symmetric || range === 'last-value') return new Float32Array(count);
  if (!zeroPoint || zeroPoint.length !== count || !zeroPoint.every((z) => Number.isInteger(z) && z >= 0 && z <= highest)) {
    throw new WhittleError('OptionError', `A ${range} grid with zero points needs ${count} whole ones from 0 to ${highest}.`);
  }
  return Float32Array.from(zeroPoint);
}
