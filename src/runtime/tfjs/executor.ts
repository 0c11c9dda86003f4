/**
 * Executes a graph on one backend of TensorFlow.js. Constants go up once; every inner value is freed as soon as its last
 * consumer has run. Runs take turns on the engine (`onBackend`), and what the device reports during a run rejects it.
 */
import type { Graph, ValueId } from '../../ir/graph';
import type { Batch, PreparedModel } from '../backend';
import type { Device } from './device';
import type { Tensor } from './kernel';
import type { Plan, Step } from './plan';
import { WhittleError, messageOf } from '../../lib/errors';
import { checkInputs } from '../check-inputs';
import { download, uploadBatch } from './batches';
import { ConstantStore } from './constants';
import { onBackend } from './engine-lock';
import { planGraph } from './plan';

export async function prepareGraph(graph: Graph, device: Device): Promise<PreparedModel> {
  return onBackend(device.id, () => {
    let model: TfjsModel;
    return device.watch(
      async () => void (model = new TfjsModel(graph, device)),
      async () => plain(model),
    );
  });
}

/** Methods of its own, so that a model can be spread into one that wraps it. */
function plain(model: TfjsModel): PreparedModel {
  return {
    get nbytes() {
      return model.nbytes;
    },
    run: (inputs) => model.run(inputs),
    runWith: (inputs, valueIds) => model.runWith(inputs, valueIds),
    stepper: (inputs) => model.stepper(inputs),
    dispose: () => model.dispose(),
  };
}

class TfjsModel implements PreparedModel {
  readonly #graph: Graph;
  readonly #device: Device;
  readonly #store = new ConstantStore();
  readonly #plan: Plan;
  /** Without fusion, so that every inner value exists; made when first asked for. */
  #openPlan: Plan | null = null;
  #disposed = false;

  constructor(graph: Graph, device: Device) {
    this.#graph = graph;
    this.#device = device;
    try {
      this.#plan = planGraph(graph, device.id, this.#store, true);
      this.#store.dropUnneeded();
    } catch (error) {
      this.#store.dispose();
      throw error;
    }
  }

  get nbytes(): number {
    return this.#store.nbytes;
  }

  async run(inputs: readonly Batch[]): Promise<Batch[]> {
    return (await this.runWith(inputs, [])).outputs;
  }

  async runWith(inputs: readonly Batch[], valueIds: readonly ValueId[]): Promise<{ outputs: Batch[]; values: Map<string, Batch> }> {
    checkInputs(this.#graph, inputs);
    return this.#turn(async () => {
      const plan = this.#planFor(valueIds);
      const watched = valueIds.map((id) => this.#slotOf(plan, id));
      const uploaded = inputs.map(uploadBatch);
      try {
        const [outputs, values] = await this.#execute(plan, uploaded, watched);
        return { outputs, values: new Map(valueIds.map((id, i) => [id, values[i]!])) };
      } finally {
        for (const tensor of uploaded) tensor.dispose();
      }
    });
  }

  async stepper(inputs: readonly Batch[]): Promise<{ step(): Promise<Batch[]>; dispose(): void }> {
    checkInputs(this.#graph, inputs);
    const uploaded = await this.#turn(async () => inputs.map(uploadBatch));
    const step = () => this.#turn(async () => (await this.#execute(this.#plan, uploaded, []))[0]);
    return {
      step,
      dispose: () => {
        for (const tensor of uploaded) tensor.dispose();
      },
    };
  }

  dispose(): void {
    this.#disposed = true;
    this.#store.dispose();
  }

  #turn<T>(work: () => Promise<T>): Promise<T> {
    return onBackend(this.#device.id, () => {
      if (this.#disposed) throw new WhittleError('BackendError', `Model ${this.#graph.name} was already closed on ${this.#device.id}.`);
      return work();
    });
  }

  /** The outputs and the watched slots of one run; everything it made is freed. */
  async #execute(plan: Plan, inputs: readonly Tensor[], watched: readonly number[]): Promise<[Batch[], Batch[]]> {
    const results = new Results();
    try {
      return await this.#device.watch(
        () => execute(plan, inputs, watched, this.#device.id, results),
        () => Promise.all([results.download(plan.outputSlots), results.download(watched)]),
      );
    } finally {
      results.dispose(plan);
    }
  }

  #planFor(valueIds: readonly ValueId[]): Plan {
    if (valueIds.every((id) => this.#plan.slotOf(id) !== undefined)) return this.#plan;
    this.#openPlan ??= planGraph(this.#graph, this.#device.id, this.#store, false);
    return this.#openPlan;
  }

  #slotOf(plan: Plan, id: ValueId): number {
    const slot = plan.slotOf(id);
    if (slot === undefined) throw new WhittleError('GraphError', `The graph ${this.#graph.name} computes no value ${id}.`);
    return slot;
  }
}

/** The slots of one run. */
class Results {
  slots: (Tensor | undefined)[] = [];

  download(slots: readonly number[]): Promise<Batch[]> {
    return Promise.all(slots.map((slot) => download(this.slots[slot]!)));
  }

  /** Frees what the run made: everything but constants and inputs. */
  dispose(plan: Plan): void {
    for (const { slot } of plan.constants) this.slots[slot] = undefined;
    for (const slot of plan.inputSlots) this.slots[slot] = undefined;
    for (const tensor of this.slots) tensor?.dispose();
    this.slots = [];
  }
}

async function execute(plan: Plan, inputs: readonly Tensor[], watched: readonly number[], backend: string, results: Results): Promise<void> {
  const slots = (results.slots = new Array<Tensor | undefined>(plan.slotCount).fill(undefined));
  for (const { slot, tensor } of plan.constants) slots[slot] = tensor;
  plan.inputSlots.forEach((slot, i) => (slots[slot] = inputs[i]!));
  const kept = watched.length === 0 ? null : new Set(watched);
  for (const step of plan.steps) {
    // An absent input arrives as null; the kernel's parameter types say which can be.
    const given = step.inputs.map((slot) => (slot < 0 ? null : slots[slot])) as Tensor[];
    let made: Tensor | Tensor[];
    try {
      const result = step.execute(...given);
      made = result instanceof Promise ? await result : result;
    } catch (error) {
      throw stepError(step, backend, error);
    }
    if (Array.isArray(made)) storeAll(step, made, given, slots);
    else slots[step.outputs[0]!] = given.includes(made) ? made.clone() : made;
    for (const slot of step.release) {
      if (kept?.has(slot)) continue;
      slots[slot]!.dispose();
      slots[slot] = undefined;
    }
  }
}

function storeAll(step: Step, made: readonly Tensor[], given: readonly Tensor[], slots: (Tensor | undefined)[]): void {
  made.forEach((tensor, i) => {
    const slot = step.outputs[i];
    if (slot !== undefined) slots[slot] = given.includes(tensor) ? tensor.clone() : tensor;
    else if (!given.includes(tensor)) tensor.dispose();
  });
}

function stepError({ node }: Step, backend: string, error: unknown): Error {
  if (error instanceof WhittleError) return error;
  return new WhittleError('BackendError', `Node ${node.name} (${node.op}) failed on ${backend}: ${messageOf(error)}`, { cause: error });
}
