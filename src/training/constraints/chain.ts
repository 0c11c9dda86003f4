/**
 * How the effective numbers of one parameter come from its latent ones: stage after stage, in the order
 * keep-zeros, mask → palette → affine. Without constraints they are the same.
 */
import type { Tensor } from '../../ir/tensor';
import type { Constraint, MaskConstraint } from '../training';
import type { MaskedNumbers } from './mask-choice';
import type { Stage } from './stage';
import { WhittleError } from '../../lib/errors';
import { floatsToHalves } from '../../lib/half';
import { decodeFloats, float32Tensor } from '../../ir/tensor';
import { Affine } from './affine';
import { Halves } from './halves';
import { KeepZeros } from './keep-zeros';
import { Mask } from './mask';
import { Palette } from './palette';

/** Constraints may only follow one another in this order. */
const ORDER: Readonly<Record<Constraint['kind'], number>> = { 'keep-zeros': 0, mask: 0, palette: 1, affine: 2 };

export class Chain {
  readonly latent: Float32Array;
  readonly stages: readonly Stage[];
  readonly #shape: readonly number[];
  /** What each stage gave. */
  readonly #made: readonly Float32Array[];

  /** `name` is for messages. */
  constructor(name: string, tensor: Tensor, constraints: readonly Constraint[]) {
    this.latent = Float32Array.from(decodeFloats(tensor));
    this.#shape = tensor.shape;
    checkOrder(name, constraints);
    this.stages = stagesOf(tensor, this.latent, constraints);
    this.#made = this.stages.map(() => new Float32Array(this.latent.length));
  }

  get effective(): Float32Array {
    return this.#made.at(-1) ?? this.latent;
  }

  /** The mask with the numbers that it chooses by; null: the parameter has none. */
  masked(): MaskedNumbers | null {
    const at = this.stages.findIndex((stage) => stage instanceof Mask);
    return at < 0 ? null : { mask: this.stages[at] as Mask, numbers: this.latent };
  }

  /** Computes the effective numbers; `assign`: palettes give every number its nearest entry anew. */
  forward(assign: boolean): void {
    for (const [i, stage] of this.stages.entries()) {
      const from = this.#given(i);
      if (assign && stage instanceof Palette) stage.assign(from);
      stage.forward(from, this.#made[i]!);
    }
  }

  /** Makes of the gradient by the effective numbers that by the latent ones, in place. */
  backward(gradient: Float32Array): void {
    for (let i = this.stages.length - 1; i >= 0; i--) this.stages[i]!.backward(this.#given(i), gradient);
  }

  /** The effective numbers of the last `forward`, as the last constraint stores them. */
  encode(): Tensor {
    const last = this.stages.at(-1);
    const shape = this.#shape;
    if (last instanceof Affine) return { dtype: 'float32', shape, encoding: last.encode(this.#given(this.stages.length - 1)) };
    if (last instanceof Palette) return { dtype: 'float32', shape, encoding: last.encode() };
    if (last instanceof Halves) return { dtype: 'float32', shape, encoding: { kind: 'dense', storage: 'float16', data: floatsToHalves(this.effective) } };
    return float32Tensor(shape, this.effective.slice());
  }

  #given(stage: number): Float32Array {
    return stage === 0 ? this.latent : this.#made[stage - 1]!;
  }
}

/** Masks of each group; a mask without a group is one of its own. */
export function maskGroups(chains: Iterable<Chain>): { constraint: MaskConstraint; members: MaskedNumbers[] }[] {
  const named = new Map<string, MaskedNumbers[]>();
  const groups: { constraint: MaskConstraint; members: MaskedNumbers[] }[] = [];
  for (const chain of chains) {
    const masked = chain.masked();
    if (!masked) continue;
    const { constraint } = masked.mask;
    const known = constraint.group === null ? undefined : named.get(constraint.group);
    if (known) {
      known.push(masked);
      continue;
    }
    const members = [masked];
    if (constraint.group !== null) named.set(constraint.group, members);
    groups.push({ constraint, members });
  }
  return groups;
}

function stagesOf(tensor: Tensor, start: Float32Array, constraints: readonly Constraint[]): Stage[] {
  const { shape, encoding } = tensor;
  let mayHaveZeros = start.includes(0);
  const stages = constraints.map((constraint): Stage => {
    switch (constraint.kind) {
      case 'keep-zeros':
        return new KeepZeros(start);
      case 'mask':
        mayHaveZeros = true;
        return new Mask(constraint, shape, start.length);
      case 'palette':
        return new Palette(constraint, shape, start.length, mayHaveZeros);
      case 'affine':
        return new Affine(constraint, shape, start.length);
      default: {
        const never: never = constraint;
        return never;
      }
    }
  });
  const isStoredInHalves = encoding.kind === 'dense' && encoding.storage === 'float16';
  const endsDense = constraints.every(({ kind }) => kind === 'mask' || kind === 'keep-zeros');
  return isStoredInHalves && endsDense ? [...stages, new Halves()] : stages;
}

function checkOrder(name: string, constraints: readonly Constraint[]): void {
  for (const [i, constraint] of constraints.entries()) {
    const previous = constraints[i - 1];
    const isRepeated = constraints.findIndex(({ kind }) => kind === constraint.kind) < i;
    if (isRepeated || (previous && ORDER[previous.kind] > ORDER[constraint.kind])) {
      throw new WhittleError(
        'OptionError',
        `${name} cannot be trained under ${constraints.map(({ kind }) => kind).join(', then ')}: each kind once, in the order zeros, palette, affine.`,
      );
    }
  }
}
