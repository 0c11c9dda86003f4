/** Learns in memory. On wasm and cpu the numbers are in memory anyway, and one loop beats many small kernels. */
import type { Tensor as DeviceTensor } from '@tensorflow/tfjs-core';
import type { Graph, ValueId } from '../ir/graph';
import type { Tensor } from '../ir/tensor';
import type { Arrays, Learner } from './fit-learner';
import type { Projection } from './fit-projections';
import type { Effective, Network, Parameter, StepResult } from './network';
import type { OptimizerKind } from './optimizers';
import type { TrainingRequest } from './training';
import { WhittleError } from '../lib/errors';
import { tensor as upload } from '@tensorflow/tfjs-core';
import { Chain, maskGroups } from './constraints/chain';
import { isMaskDue, isMaskSettled, sparsityAt } from './constraints/mask';
import { chooseMasks } from './constraints/mask-choice';
import { Palette } from './constraints/palette';
import { newMoments, optimize, optimizeScales, type Moments } from './optimizers';

/** Palettes give every number its nearest entry anew after so many steps. */
const STEPS_BETWEEN_ASSIGNMENTS = 10;

/** Numbers that an optimizer moves. */
export interface Slot {
  readonly key: string;
  readonly numbers: Float32Array;
  readonly moments: Moments;
  readonly isScale: boolean;
  readonly decay: number;
}

export class HostLearner implements Learner {
  readonly #steps: number;
  readonly #optimizer: OptimizerKind;
  readonly #parameters: readonly Parameter[];
  readonly chains = new Map<ValueId, Chain>();
  readonly #groups: ReturnType<typeof maskGroups>;
  readonly #hasPalettes: boolean;
  readonly slots = new Map<string, Slot>();
  readonly projected: readonly boolean[];
  readonly #projections: readonly Projection[];
  #uploaded = new Map<ValueId, DeviceTensor>();
  #uploadedProjections: DeviceTensor[] = [];
  /** Steps that the optimizer has made. */
  count = 0;

  constructor(network: Network, request: TrainingRequest, steps: number, projections: readonly (Projection | null)[]) {
    this.#steps = steps;
    this.#optimizer = request.settings.optimizer;
    this.#parameters = network.parameters;
    this.projected = projections.map((projection) => projection !== null);
    this.#projections = projections.filter((projection) => projection !== null);
    for (const parameter of network.parameters) this.#addParameter(parameter, request);
    for (const [i, { start }] of this.#projections.entries()) this.#addSlot(`projection/${i}`, start.slice(), false, 0);
    this.#groups = maskGroups(this.chains.values());
    this.#hasPalettes = [...this.chains.values()].some(({ stages }) => stages.some((stage) => stage instanceof Palette));
  }

  async effective(step: number): Promise<Effective> {
    return this.#upload(this.choose(step));
  }

  /** True when masks or assignments are made anew before this step. */
  isChoiceDue(step: number): boolean {
    return (this.#hasPalettes && step % STEPS_BETWEEN_ASSIGNMENTS === 0) || this.#groups.some(({ constraint }) => isMaskDue(constraint, step, this.#steps));
  }

  /** Makes the masks that are due anew; true when palettes are to assign anew. */
  choose(step: number): boolean {
    const due = this.#groups.filter(({ constraint }) => isMaskDue(constraint, step, this.#steps));
    for (const { constraint, members } of due) chooseMasks(members, sparsityAt(constraint, step, this.#steps));
    return due.length > 0 || step % STEPS_BETWEEN_ASSIGNMENTS === 0;
  }

  async update(result: StepResult, projections: readonly DeviceTensor[], rate: number): Promise<void> {
    this.count++;
    for (const { valueId } of this.#parameters) {
      const tensor = result.gradients.get(valueId);
      if (!tensor) continue;
      const gradient = await numbersOf(tensor);
      const chain = this.chains.get(valueId)!;
      chain.backward(gradient);
      this.#move(`${valueId}/latent`, gradient, rate);
      for (const [i, stage] of chain.stages.entries()) if (stage.learned) this.#move(`${valueId}/${i}`, stage.learned.gradient, rate);
    }
    for (const [i, tensor] of projections.entries()) this.#move(`projection/${i}`, await numbersOf(tensor), rate);
  }

  projections(): readonly DeviceTensor[] {
    for (const tensor of this.#uploadedProjections) tensor.dispose();
    this.#uploadedProjections = this.#projections.map(({ shape }, i) => upload(this.slots.get(`projection/${i}`)!.numbers, [...shape], 'float32'));
    return this.#uploadedProjections;
  }

  get projectionShapes(): readonly (readonly number[])[] {
    return this.#projections.map(({ shape }) => shape);
  }

  async settle(step: number, final: boolean): Promise<Effective> {
    for (const { constraint, members } of this.#groups) {
      const isCutShort = final && !isMaskSettled(constraint, step, this.#steps);
      if (isCutShort) chooseMasks(members, constraint.finalSparsity);
      else if (isMaskDue(constraint, step, this.#steps)) chooseMasks(members, sparsityAt(constraint, step, this.#steps));
    }
    return this.#upload(true);
  }

  encoded(): ReadonlyMap<ValueId, Tensor> {
    return new Map([...this.chains].map(([id, chain]) => [id, chain.encode()]));
  }

  isSettled(step: number): boolean {
    return this.#groups.every(({ constraint }) => isMaskSettled(constraint, step, this.#steps));
  }

  async state(what: 'all' | 'numbers'): Promise<Arrays> {
    const arrays = new Map<string, Float32Array | Uint8Array>([['count', Float32Array.of(this.count)]]);
    for (const [key, array] of this.#arrays(what)) arrays.set(key, array.slice());
    return arrays;
  }

  restore(arrays: Arrays, what: 'all' | 'numbers'): void {
    this.count = arrays.get('count')?.[0] ?? 0;
    for (const [key, array] of this.#arrays(what)) {
      const stored = arrays.get(key);
      if (stored?.length !== array.length) throw new WhittleError('FormatError', `The checkpoint does not fit this training: ${key} is missing or has another size.`);
      array.set(stored);
    }
    for (const chain of this.chains.values()) chain.forward(false);
  }

  dispose(): void {
    for (const tensor of [...this.#uploaded.values(), ...this.#uploadedProjections]) tensor.dispose();
    this.#uploaded.clear();
    this.#uploadedProjections = [];
  }

  #addParameter({ valueId, name, role }: Parameter, { graph, constraints, settings }: TrainingRequest): void {
    const chain = new Chain(name, constantOf(graph, valueId), constraints[valueId] ?? []);
    this.chains.set(valueId, chain);
    this.#addSlot(`${valueId}/latent`, chain.latent, false, role === 'kernel' ? settings.weightDecay : 0);
    for (const [i, { learned }] of chain.stages.entries()) if (learned) this.#addSlot(`${valueId}/${i}`, learned.numbers, learned.isScale, 0);
  }

  #addSlot(key: string, numbers: Float32Array, isScale: boolean, decay: number): void {
    this.slots.set(key, { key, numbers, moments: newMoments(isScale ? 'adam' : this.#optimizer, numbers.length), isScale, decay });
  }

  #move(key: string, gradient: Float32Array, rate: number): void {
    const { numbers, moments, isScale, decay } = this.slots.get(key)!;
    if (isScale) optimizeScales(numbers, gradient, moments, rate, this.count);
    else optimize(this.#optimizer, numbers, gradient, moments, rate, this.count, decay);
  }

  #upload(assign: boolean): Effective {
    for (const tensor of this.#uploaded.values()) tensor.dispose();
    for (const { valueId, shape } of this.#parameters) {
      const chain = this.chains.get(valueId)!;
      chain.forward(assign);
      this.#uploaded.set(valueId, upload(chain.effective, [...shape], 'float32'));
    }
    return this.#uploaded;
  }

  /** Every array that a checkpoint holds, by name. */
  *#arrays(what: 'all' | 'numbers'): Generator<[string, Float32Array | Uint8Array]> {
    for (const { key, numbers, moments } of this.slots.values()) {
      yield [key, numbers];
      if (what === 'all') yield* momentsOf(key, moments);
    }
    for (const [id, chain] of this.chains) {
      for (const [i, stage] of chain.stages.entries()) for (const [j, choice] of stage.choices.entries()) yield [`${id}/${i}/choice${j}`, choice];
    }
  }
}

function* momentsOf(key: string, { first, second }: Moments): Generator<[string, Float32Array]> {
  yield [`${key}/first`, first];
  yield [`${key}/second`, second];
}

/** The tensor's numbers, to be changed at will; frees it. */
async function numbersOf(tensor: DeviceTensor): Promise<Float32Array> {
  // A copy: the cpu backend hands out the very array that it computes on, which another tensor may share.
  const numbers = new Float32Array(await tensor.data<'float32'>());
  tensor.dispose();
  return numbers;
}

function constantOf(graph: Graph, id: ValueId): Tensor {
  const tensor = graph.values[id]?.tensor;
  if (!tensor) throw new WhittleError('GraphError', `${graph.values[id]?.name ?? id} is no constant and cannot be trained.`);
  return tensor;
}
