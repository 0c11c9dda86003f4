/** Makes a graph trainable on one backend of TensorFlow.js: see `../network.ts`. */
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Graph, Value, ValueId } from '../../ir/graph';
import type { Effective, LossGradients, Network, NetworkOptions, NetworkOutput, Parameter, StepResult } from '../network';
import type { Plan } from './plan';
import type { MovingState } from './rule';
import { WhittleError } from '../../lib/errors';
import { decodeFloats } from '../../ir/tensor';
import { createBackend } from '../../runtime/tfjs/backends';
import { ConstantStore } from '../../runtime/tfjs/constants';
import { onBackend } from '../../runtime/tfjs/engine-lock';
import { prepareWasm } from '../wasm/kernels';
import { goBack } from './backward';
import { goForward } from './forward';
import { planTraining } from './plan';
import { clone, getBackend, keep, tensor as upload, tidy } from '@tensorflow/tfjs-core';

/** Throws an UnsupportedError that names the node through which no gradient goes. */
export async function createNetwork(graph: Graph, options: NetworkOptions): Promise<Network> {
  await createBackend(options.backend);
  if (options.backend === 'wasm') await onBackend('wasm', prepareWasm);
  const network = await onBackend(options.backend, () => new TfjsNetwork(graph, options));
  // The core leaves the gradients of its kernels to whoever needs them; this package brings them in the page and in Node alike.
  if (network.usesTape) await import('@tensorflow/tfjs-layers');
  return network;
}

class TfjsNetwork implements Network {
  readonly graph: Graph;
  readonly #options: NetworkOptions;
  readonly #store = new ConstantStore();
  readonly #plan: Plan;
  /** Moving statistics by value id. */
  readonly #moving = new Map<ValueId, Tensor>();
  readonly #constants: readonly { readonly slot: number; readonly tensor: Tensor }[];

  constructor(graph: Graph, options: NetworkOptions) {
    this.graph = graph;
    this.#options = options;
    try {
      this.#plan = planTraining(graph, options, this.#store, (value) => this.#stateOf(value));
      this.#constants = this.#plan.constants.map(({ slot, valueId }) => ({ slot, tensor: this.#store.tensorOf(graph.values[valueId]!) }));
      this.#store.dropUnneeded();
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  get parameters(): readonly Parameter[] {
    return this.#plan.parameters;
  }

  get outputs(): readonly NetworkOutput[] {
    return this.#plan.outputs;
  }

  get usesTape(): boolean {
    return this.#plan.usesTape;
  }

  initial(valueId: ValueId): Float32Array {
    return Float32Array.from(decodeFloats(this.graph.values[valueId]!.tensor!));
  }

  step(inputs: readonly Tensor[], effective: Effective, seed: number, loss: (values: ReadonlyMap<ValueId, Tensor>) => LossGradients): StepResult {
    this.#checkBackend();
    const { steps, seen, parameterSlots, parameters } = this.#plan;
    // What a scope is left with must be a list for TensorFlow.js to find it.
    const found: ValueId[] = [];
    const made = tidy(() => {
      const slots = this.#filledSlots(inputs, effective);
      const records = goForward(this.#plan, slots, { training: true, seed }, this.#plan.releases);
      const { value, byValue } = loss(new Map(seen.map(({ valueId, slot }) => [valueId, slots[slot]!])));
      const gradients = new Array<Tensor | undefined>(slots.length).fill(undefined);
      for (const { valueId, slot } of seen) {
        const gradient = byValue.get(valueId);
        if (gradient) gradients[slot] = gradient;
      }
      for (const slot of this.#plan.releases[steps.length]!) slots[slot]!.dispose();
      goBack(this.#plan, slots, records, gradients);
      const results = [value];
      parameters.forEach(({ valueId }, i) => {
        const gradient = gradients[parameterSlots[i]!];
        if (!gradient) return;
        found.push(valueId);
        results.push(gradient);
      });
      return results;
    });
    const [value, ...rest] = made as [Tensor, ...Tensor[]];
    return { loss: value, gradients: new Map(found.map((id, i) => [id, rest[i]!])) };
  }

  predict(inputs: readonly Tensor[], effective: Effective): ReadonlyMap<ValueId, Tensor> {
    this.#checkBackend();
    const { seen, forwardReleases } = this.#plan;
    const made = tidy(() => {
      const slots = this.#filledSlots(inputs, effective);
      goForward(this.#plan, slots, { training: false, seed: 0 }, forwardReleases);
      return seen.map(({ slot }) => clone(slots[slot]!));
    });
    return new Map(seen.map(({ valueId }, i) => [valueId, made[i]!]));
  }

  async state(): Promise<ReadonlyMap<ValueId, Float32Array>> {
    const moving = await Promise.all([...this.#moving].map(async ([id, tensor]) => [id, Float32Array.from(await tensor.data())] as const));
    return new Map(moving);
  }

  restore(state: ReadonlyMap<ValueId, Float32Array>): void {
    this.#checkBackend();
    for (const [id, old] of this.#moving) {
      const numbers = state.get(id);
      if (!numbers) continue;
      if (numbers.length !== old.size) throw new WhittleError('FormatError', `The checkpoint does not fit this training: ${this.graph.values[id]!.name} has another size. Start it again.`);
      this.#moving.set(id, keep(upload(numbers, old.shape, 'float32')));
      old.dispose();
    }
  }

  dispose(): void {
    this.#store.dispose();
    for (const tensor of this.#moving.values()) tensor.dispose();
    this.#moving.clear();
  }

  #filledSlots(inputs: readonly Tensor[], effective: Effective): (Tensor | undefined)[] {
    const { slotCount, inputSlots, parameters, parameterSlots } = this.#plan;
    const slots = new Array<Tensor | undefined>(slotCount).fill(undefined);
    for (const { slot, tensor } of this.#constants) slots[slot] = tensor;
    inputSlots.forEach((slot, i) => (slots[slot] = inputs[i]!));
    parameters.forEach(({ valueId, name }, i) => {
      const tensor = effective.get(valueId);
      if (!tensor) throw new WhittleError('GraphError', `No numbers were given for the parameter ${name}.`);
      slots[parameterSlots[i]!] = tensor;
    });
    return slots;
  }

  #stateOf(value: Value): MovingState {
    const { id } = value;
    if (!this.#moving.has(id)) this.#moving.set(id, keep(upload(Float32Array.from(decodeFloats(value.tensor!)), [...value.tensor!.shape], 'float32')));
    return {
      frozen: this.#options.frozen.includes(id),
      read: () => this.#moving.get(id)!,
      write: (next) => {
        this.#moving.get(id)!.dispose();
        this.#moving.set(id, keep(next));
      },
    };
  }

  #checkBackend(): void {
    const current = getBackend();
    if (current !== this.#options.backend) throw new WhittleError('BackendError', `The network lives on ${this.#options.backend}, but ${current} is in use: call it through onBackend.`);
  }
}
