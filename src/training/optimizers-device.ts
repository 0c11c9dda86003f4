/**
 * The optimizers of `optimizers.ts` on one tensor that holds the numbers of many slots one after another: a dozen kernels a step, however
 * many parameters there are.
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Slot } from './fit-learner-host';
import type { OptimizerKind } from './optimizers';
import { ADAM_EPSILON, ADAM_FIRST_DECAY, ADAM_SECOND_DECAY, adamRate, SGD_MOMENTUM } from './optimizers';
import { add, concat, div, exp, keep, mul, reshape, slice, sqrt, square, sub, tensor1d, tidy, zeros } from '@tensorflow/tfjs-core';

export class FlatSlots {
  readonly #slots: readonly Slot[];
  readonly #kind: OptimizerKind;
  readonly #starts: ReadonlyMap<string, number>;
  readonly #size: number;
  /** Decay of each number; null: none decays. */
  readonly #decay: Tensor | null;
  #numbers: Tensor;
  #first: Tensor;
  #second: Tensor | null;

  /** All slots are scales, or none is. */
  constructor(slots: readonly Slot[], kind: OptimizerKind) {
    this.#slots = slots;
    this.#kind = slots[0]?.isScale ? 'adam' : kind;
    let size = 0;
    this.#starts = new Map(slots.map(({ key, numbers }): [string, number] => [key, (size += numbers.length) - numbers.length]));
    this.#size = size;
    this.#decay = slots.some(({ decay }) => decay > 0) ? keep(tensor1d(joined(slots.map(({ decay, numbers }) => new Float32Array(numbers.length).fill(decay)), size))) : null;
    [this.#numbers, this.#first, this.#second] = this.#uploaded();
  }

  /** The slot's numbers, for the scope that asks. */
  numbersOf({ key, numbers }: Slot, shape: readonly number[]): Tensor {
    return reshape(slice(this.#numbers, this.#starts.get(key)!, numbers.length), [...shape]);
  }

  /** `gradients` by key; absent: nothing depends on the slot. */
  update(gradients: ReadonlyMap<string, Tensor>, rate: number, count: number): void {
    if (this.#size === 0) return;
    const [numbers, first, second] = tidy(() => {
      const gradient = concat(this.#slots.map(({ key, numbers: own }) => reshape(gradients.get(key) ?? zeros([own.length]), [own.length])));
      return this.#moved(gradient, rate, count).map((tensor) => keep(tensor));
    }) as [Tensor, Tensor, Tensor?];
    this.#dispose();
    this.#numbers = numbers;
    this.#first = first;
    this.#second = second ?? null;
  }

  /** Brings the slots in memory to what is here. */
  async pull(withMoments: boolean): Promise<void> {
    if (this.#size === 0) return;
    const [numbers, first, second] = await Promise.all([this.#numbers.data<'float32'>(), withMoments ? this.#first.data<'float32'>() : null, withMoments ? this.#second?.data<'float32'>() : null]);
    for (const { key, numbers: own, moments } of this.#slots) {
      const start = this.#starts.get(key)!;
      own.set(numbers.subarray(start, start + own.length));
      if (first) moments.first.set(first.subarray(start, start + own.length));
      if (second) moments.second.set(second.subarray(start, start + own.length));
    }
  }

  /** Takes over what the slots in memory hold. */
  push(): void {
    this.#dispose();
    [this.#numbers, this.#first, this.#second] = this.#uploaded();
  }

  dispose(): void {
    this.#dispose();
    this.#decay?.dispose();
  }

  #moved(gradient: Tensor, rate: number, count: number): Tensor[] {
    const isScale = this.#slots[0]!.isScale;
    const kept = this.#decay ? sub(this.#numbers, mul(mul(this.#numbers, this.#decay), rate)) : this.#numbers;
    if (this.#kind === 'sgd') {
      const velocity = sub(mul(this.#first, SGD_MOMENTUM), mul(gradient, rate));
      return [add(kept, velocity), velocity];
    }
    const first = add(mul(this.#first, ADAM_FIRST_DECAY), mul(gradient, 1 - ADAM_FIRST_DECAY));
    const second = add(mul(this.#second!, ADAM_SECOND_DECAY), mul(square(gradient), 1 - ADAM_SECOND_DECAY));
    const step = div(mul(first, -adamRate(rate, count)), add(sqrt(second), ADAM_EPSILON));
    return [isScale ? mul(kept, exp(step)) : add(kept, step), first, second];
  }

  #uploaded(): [Tensor, Tensor, Tensor | null] {
    const flat = (arrays: readonly Float32Array[]): Tensor => keep(tensor1d(joined(arrays, this.#size)));
    return [
      flat(this.#slots.map(({ numbers }) => numbers)),
      flat(this.#slots.map(({ moments }) => moments.first)),
      this.#kind === 'adam' ? flat(this.#slots.map(({ moments }) => moments.second)) : null,
    ];
  }

  #dispose(): void {
    this.#numbers.dispose();
    this.#first.dispose();
    this.#second?.dispose();
  }
}

function joined(arrays: readonly Float32Array[], size: number): Float32Array {
  const all = new Float32Array(size);
  let offset = 0;
  for (const array of arrays) {
    all.set(array, offset);
    offset += array.length;
  }
  return all;
}
