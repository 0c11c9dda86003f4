/**
 * Learns on the device: numbers, moments and constraints are tensors, and nothing is read back between choices. The same training in memory
 * (`mirror`) makes the choices, evaluates and stores, so that what is measured is exactly what is exported, and a checkpoint goes on anywhere.
 */
import type { Tensor as DeviceTensor } from '@tensorflow/tfjs-core';
import type { ValueId } from '../ir/graph';
import type { Tensor } from '../ir/tensor';
import type { DeviceStage } from './constraints/device-stage';
import type { Arrays, Learner } from './fit-learner';
import type { HostLearner, Slot } from './fit-learner-host';
import type { Effective, Network, Parameter, StepResult } from './network';
import type { OptimizerKind } from './optimizers';
import { deviceStage } from './constraints/device-stage';
import { FlatSlots } from './optimizers-device';
import { keep, tidy } from '@tensorflow/tfjs-core';

export class DeviceLearner implements Learner {
  readonly #mirror: HostLearner;
  readonly #parameters: readonly Parameter[];
  readonly #stages = new Map<ValueId, readonly DeviceStage[]>();
  readonly #numbers: FlatSlots;
  readonly #scales: FlatSlots;
  /** The effective numbers of this step, and what each stage was given. */
  #effective = new Map<ValueId, DeviceTensor>();
  readonly #given = new Map<ValueId, readonly DeviceTensor[]>();
  #projections: DeviceTensor[] = [];

  constructor(network: Network, mirror: HostLearner, optimizer: OptimizerKind) {
    this.#mirror = mirror;
    this.#parameters = network.parameters;
    for (const { valueId, shape } of network.parameters) {
      this.#stages.set(valueId, mirror.chains.get(valueId)!.stages.map((stage) => deviceStage(stage, shape)));
    }
    const slots = [...mirror.slots.values()];
    this.#numbers = new FlatSlots(slots.filter(({ isScale }) => !isScale), optimizer);
    this.#scales = new FlatSlots(slots.filter(({ isScale }) => isScale), optimizer);
  }

  get projected(): readonly boolean[] {
    return this.#mirror.projected;
  }

  async effective(step: number): Promise<Effective> {
    if (this.#mirror.isChoiceDue(step)) {
      await this.#pull(false);
      const assigns = this.#mirror.choose(step);
      for (const chain of this.#mirror.chains.values()) chain.forward(assigns);
      this.#syncStages();
    }
    this.#free();
    for (const parameter of this.#parameters) this.#forward(parameter);
    return this.#effective;
  }

  async update(result: StepResult, projections: readonly DeviceTensor[], rate: number): Promise<void> {
    const count = ++this.#mirror.count;
    const gradients = new Map<string, DeviceTensor>(projections.map((tensor, i) => [`projection/${i}`, tensor]));
    for (const { valueId } of this.#parameters) {
      const gradient = result.gradients.get(valueId);
      if (gradient) for (const [key, own] of this.#backward(valueId, gradient)) gradients.set(key, own);
    }
    this.#numbers.update(gradients, rate, count);
    this.#scales.update(gradients, rate, count);
    for (const tensor of gradients.values()) tensor.dispose();
  }

  projections(): readonly DeviceTensor[] {
    for (const tensor of this.#projections) tensor.dispose();
    const shapes = this.#mirror.projectionShapes;
    this.#projections = tidy(() => shapes.map((shape, i) => keep(this.#numbersOf(`projection/${i}`, shape))));
    return this.#projections;
  }

  async settle(step: number, final: boolean): Promise<Effective> {
    await this.#pull(false);
    const effective = await this.#mirror.settle(step, final);
    this.#syncStages();
    return effective;
  }

  isSettled(step: number): boolean {
    return this.#mirror.isSettled(step);
  }

  encoded(): ReadonlyMap<ValueId, Tensor> {
    return this.#mirror.encoded();
  }

  async state(what: 'all' | 'numbers'): Promise<Arrays> {
    await this.#pull(what === 'all');
    return this.#mirror.state(what);
  }

  restore(arrays: Arrays, what: 'all' | 'numbers'): void {
    this.#mirror.restore(arrays, what);
    this.#numbers.push();
    this.#scales.push();
    this.#syncStages();
  }

  dispose(): void {
    this.#free();
    for (const tensor of this.#projections) tensor.dispose();
    for (const stages of this.#stages.values()) for (const stage of stages) stage.dispose();
    this.#numbers.dispose();
    this.#scales.dispose();
    this.#mirror.dispose();
  }

  #forward({ valueId, shape }: Parameter): void {
    const made = tidy(() => {
      const given: DeviceTensor[] = [];
      let now = this.#numbersOf(`${valueId}/latent`, shape);
      for (const [i, stage] of this.#stages.get(valueId)!.entries()) {
        given.push(now);
        now = stage.forward(now, this.#learnedOf(valueId, i));
      }
      return [now, ...given];
    });
    this.#effective.set(valueId, made[0]!);
    this.#given.set(valueId, made.slice(1));
  }

  /** Takes over the gradient by the effective numbers; gives those by slots. */
  #backward(valueId: ValueId, gradient: DeviceTensor): [string, DeviceTensor][] {
    const keys: string[] = [`${valueId}/latent`];
    const made = tidy(() => {
      const byLearned: DeviceTensor[] = [];
      let now = gradient;
      const stages = this.#stages.get(valueId)!;
      for (let i = stages.length - 1; i >= 0; i--) {
        const { from, learned } = stages[i]!.backward(this.#given.get(valueId)![i]!, now, this.#learnedOf(valueId, i));
        now = from;
        if (!learned) continue;
        keys.push(`${valueId}/${i}`);
        byLearned.push(learned);
      }
      return [now, ...byLearned];
    });
    if (made[0] !== gradient) gradient.dispose();
    return made.map((tensor, i) => [keys[i]!, tensor]);
  }

  #learnedOf(valueId: ValueId, stage: number): DeviceTensor | null {
    const slot = this.#mirror.slots.get(`${valueId}/${stage}`);
    return slot ? this.#numbersOf(slot.key, [slot.numbers.length]) : null;
  }

  #numbersOf(key: string, shape: readonly number[]): DeviceTensor {
    const slot: Slot = this.#mirror.slots.get(key)!;
    return (slot.isScale ? this.#scales : this.#numbers).numbersOf(slot, shape);
  }

  async #pull(withMoments: boolean): Promise<void> {
    await this.#numbers.pull(withMoments);
    await this.#scales.pull(withMoments);
  }

  #syncStages(): void {
    for (const stages of this.#stages.values()) for (const stage of stages) stage.sync();
  }

  #free(): void {
    for (const tensor of [...this.#effective.values(), ...[...this.#given.values()].flat()]) tensor.dispose();
    this.#effective = new Map();
    this.#given.clear();
  }
}
