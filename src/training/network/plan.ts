/**
 * The order of work of a training step: every node with its rule, values as slots, and when each slot is free. Times count
 * from the first forward step (0) over the loss (n) to the last backward step (2n): step i goes back at 2n − i.
 */
import type { Graph, Node, Value, ValueId } from '../../ir/graph';
import type { Quantization } from '../../ir/quantization';
import type { TfjsBackendId } from '../../runtime/backend';
import type { NetworkOptions, NetworkOutput, Parameter } from '../network';
import type { MovingState, Rule, RuleContext } from './rule';
import { WhittleError, messageOf } from '../../lib/errors';
import type { ConstantStore } from '../../runtime/tfjs/constants';
import { staysOnGrid } from '../../runtime/tfjs/grid';
import { parametersOf } from './parameters';
import { hasGradient, ruleOf } from './rules';
import { dropout } from './rules/dropout';
import { trainingGraphOf } from './training-graph';

export const NO_SLOT = -1;

export interface Step {
  readonly node: Node;
  readonly rule: Rule;
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly wanted: readonly boolean[];
  /** Whether the step goes back at all. */
  readonly learns: boolean;
  /** For each output the grid that its numbers are put on, or null. */
  readonly grids: readonly (Quantization | null)[];
}

export interface Plan {
  readonly steps: readonly Step[];
  readonly slotCount: number;
  readonly inputSlots: readonly number[];
  readonly parameters: readonly Parameter[];
  readonly parameterSlots: readonly number[];
  readonly outputs: readonly NetworkOutput[];
  /** The values that losses see, by id. */
  readonly seen: readonly { readonly valueId: ValueId; readonly slot: number }[];
  /** Slots that are free after each time of a training step. */
  readonly releases: readonly (readonly number[])[];
  /** The same for a forward pass alone. */
  readonly forwardReleases: readonly (readonly number[])[];
  readonly constants: readonly { readonly slot: number; readonly valueId: ValueId }[];
  /** Some step's way back is TensorFlow.js's own. */
  readonly usesTape: boolean;
}

export function planTraining(graph: Graph, options: NetworkOptions, store: ConstantStore, stateOf: (value: Value) => MovingState): Plan {
  const training = trainingGraphOf(graph, options.watched, options.dropout);
  const { nodes, values, outputs } = training;
  const parameters = parametersOf(nodes, values, options.frozen);
  const isParameter = new Set(parameters.map(({ valueId }) => valueId));

  const slots = new Map<ValueId, number>();
  const slotOf = (id: ValueId): number => {
    const slot = slots.get(id) ?? slots.size;
    slots.set(id, slot);
    return slot;
  };
  const inputSlots = training.inputs.map(slotOf);
  const parameterSlots = parameters.map(({ valueId }) => slotOf(valueId));
  const constants = new Map<ValueId, number>();
  const moves = new Set<ValueId>(isParameter);
  const steps = nodes.map((node, index): Step => {
    const wanted = node.inputs.map((id) => id !== null && moves.has(id));
    const inputValues = node.inputs.map((id) => (id === null ? null : values[id]!));
    const outputValues = node.outputs.map((id) => values[id]!);
    const grids = outputValues.map((value) => (value.quantization && !staysOnGrid(node, inputValues, value) ? value.quantization : null));
    const learns = wanted.some(Boolean) && outputValues.some(({ dtype }) => dtype === 'float32');
    if (learns && !hasGradient(node, options.backend)) throw notDifferentiable(node, `has no gradient on ${options.backend}`);
    const taken = new Set<number>();
    const rule = makeRule(node, index, { backend: options.backend, inputs: inputValues, outputs: outputValues, wanted, ...constantAccess(inputValues, isParameter, store, taken, stateOf) });
    if (learns) for (const { id, dtype } of outputValues) if (dtype === 'float32') moves.add(id);
    const inputs = node.inputs.map((id, i) => {
      if (id === null || taken.has(i)) return NO_SLOT;
      const slot = slotOf(id);
      if (values[id]!.tensor && !isParameter.has(id)) constants.set(id, slot);
      return slot;
    });
    return { node, rule, inputs, outputs: node.outputs.map(slotOf), wanted, learns, grids };
  });
  const seenIds = [...new Set([...outputs.map(({ logits }) => logits), ...options.watched])];
  const seen = seenIds.map((valueId) => ({ valueId, slot: seenSlot(graph, slots, training.resolve(valueId), valueId) }));
  const lasting = new Set([...inputSlots, ...parameterSlots, ...constants.values()]);
  return {
    steps, inputSlots, parameters, parameterSlots, outputs, seen,
    slotCount: slots.size,
    usesTape: steps.some(({ learns, rule }) => learns && rule.usesTape),
    constants: [...constants].map(([valueId, slot]) => ({ valueId, slot })),
    releases: releasesOf(steps, slots.size, seen.map(({ slot }) => slot), lasting, true),
    forwardReleases: releasesOf(steps, slots.size, seen.map(({ slot }) => slot), lasting, false),
  };
}

function notDifferentiable(node: Node, why: string): WhittleError {
  return new WhittleError(
    'UnsupportedError',
    `Node ${node.name} (${node.op}) ${why}, and trained weights come before it. Freeze what comes before it, or cut it off the model.`,
  );
}

function makeRule(node: Node, index: number, context: RuleContext & { readonly backend: TfjsBackendId }): Rule {
  for (const value of [...context.inputs, ...context.outputs]) {
    if (value?.dtype === 'string') throw new WhittleError('UnsupportedError', `Node ${node.name} (${node.op}) works on text (${value.name}); Whittle trains on numbers only. Cut the text processing off the model.`);
  }
  try {
    // The only identities left are dropout and those that change grids.
    if (node.op === 'identity' && node.layer && context.outputs.every(({ quantization }) => !quantization)) return dropout(node, index);
    return ruleOf(node, context);
  } catch (error) {
    if (error instanceof WhittleError) throw error;
    throw new WhittleError('BackendError', `Node ${node.name} (${node.op}) cannot be made ready for training on ${context.backend}: ${messageOf(error)}`, { cause: error });
  }
}

function constantAccess(
  inputs: readonly (Value | null)[],
  isParameter: ReadonlySet<ValueId>,
  store: ConstantStore,
  taken: Set<number>,
  stateOf: (value: Value) => MovingState,
): Pick<RuleContext, 'numbers' | 'derive' | 'state'> {
  const constant = (index: number): Value | null => {
    const value = inputs[index];
    return value?.tensor && !isParameter.has(value.id) ? value : null;
  };
  return {
    numbers(index) {
      const value = constant(index);
      if (!value) return null;
      taken.add(index);
      return store.numbersOf(value);
    },
    derive(index, make) {
      const value = constant(index);
      if (!value) return null;
      taken.add(index);
      return store.derive(value, make);
    },
    state(index) {
      taken.add(index);
      return stateOf(inputs[index]!);
    },
  };
}

function seenSlot(graph: Graph, slots: ReadonlyMap<ValueId, number>, resolved: ValueId, asked: ValueId): number {
  const slot = slots.get(resolved);
  if (slot === undefined) throw new WhittleError('GraphError', `The graph ${graph.name} computes no value ${asked} in training.`);
  return slot;
}

function releasesOf(steps: readonly Step[], slotCount: number, seen: readonly number[], lasting: ReadonlySet<number>, goesBack: boolean): number[][] {
  const end = goesBack ? 2 * steps.length : steps.length;
  const lastUse = new Int32Array(slotCount).fill(-1);
  const use = (slot: number, time: number): void => {
    if (slot !== NO_SLOT) lastUse[slot] = Math.max(lastUse[slot]!, time);
  };
  steps.forEach((step, i) => {
    for (const slot of [...step.inputs, ...step.outputs]) use(slot, i);
    if (!goesBack || !step.learns) return;
    for (const index of step.rule.reads.inputs) use(step.inputs[index] ?? NO_SLOT, end - i);
    // What stands on a grid is kept as it was before.
    if (step.rule.reads.outputs) step.outputs.forEach((slot, k) => step.grids[k] === null && use(slot, end - i));
  });
  for (const slot of seen) use(slot, steps.length);
  const releases = Array.from({ length: end + 1 }, (): number[] => []);
  lastUse.forEach((time, slot) => {
    if (time >= 0 && !lasting.has(slot) && (goesBack || !seen.includes(slot))) releases[time]!.push(slot);
  });
  return releases;
}
