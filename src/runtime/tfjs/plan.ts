/**
 * The order of work for a graph on a backend: one closure a node, values as slots of an array, and after each step the
 * slots whose last consumer just ran. `identity` nodes are no steps: their outputs are other names of their inputs. An input
 * with a grid is rounded to it by a step of its own.
 */
import type { Graph, Node, Value, ValueId } from '../../ir/graph';
import type { OpName } from '../../ops/signatures';
import type { TfjsBackendId } from '../backend';
import type { ConstantStore } from './constants';
import type { Execute, Kernel, KernelContext, Tensor } from './kernel';
import type { FusedNode } from './fusion';
import { WhittleError, messageOf } from '../../lib/errors';
import { sameGrid } from '../../ir/quantization';
import { fuseNodes } from './fusion';
import { ontoGrids } from './grid';
import { kernels } from './kernels';

/** A slot that holds nothing: an absent input, or one that the kernel took at prepare time. */
const NO_SLOT = -1;

export interface Step {
  readonly node: Node;
  readonly execute: Execute;
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  /** Slots to free after this step. */
  readonly release: readonly number[];
}

export interface Plan {
  readonly steps: readonly Step[];
  readonly slotCount: number;
  readonly inputSlots: readonly number[];
  readonly outputSlots: readonly number[];
  /** Constants that steps or outputs read, in place before the first step. */
  readonly constants: readonly { readonly slot: number; readonly tensor: Tensor }[];
  /** Where every value that exists in this plan is found. */
  slotOf(id: ValueId): number | undefined;
  /** For each slot, the step after which it is free (−1: never used by a step). */
  readonly lastUse: Int32Array;
}

export function planGraph(source: Graph, backend: TfjsBackendId, store: ConstantStore, fuse: boolean): Plan {
  const graph = withRoundedInputs(source);
  const alias = new Map<ValueId, ValueId>();
  const resolve = (id: ValueId): ValueId => alias.get(id) ?? id;
  const nodes: Node[] = [];
  for (const node of graph.nodes) {
    if (node.op === 'identity' && namesTheSame(graph, node)) alias.set(node.outputs[0]!, resolve(node.inputs[0]!));
    else nodes.push({ ...node, inputs: node.inputs.map((id) => (id === null ? null : resolve(id))) } as Node);
  }
  const outputs = graph.outputs.map(resolve);
  const work = fuse ? fuseNodes(graph, nodes, countUses(nodes, outputs)) : nodes.map(unfused);

  const slots = new Map<ValueId, number>();
  const slotFor = (id: ValueId): number => {
    const slot = slots.get(id) ?? slots.size;
    slots.set(id, slot);
    return slot;
  };
  const constants = new Map<number, Tensor>();
  const placeConstant = (id: ValueId): number => {
    const slot = slotFor(id);
    if (!constants.has(slot)) constants.set(slot, store.tensorOf(graph.values[id]!));
    return slot;
  };
  const inputSlots = graph.inputs.map(slotFor);
  const steps = work.map((fused) => {
    const { execute, taken } = instantiate(fused, graph, backend, store);
    const inputs = fused.inputs.map((id, i) => {
      if (id === null || taken.has(i)) return NO_SLOT;
      return graph.values[id]?.tensor ? placeConstant(id) : slotFor(id);
    });
    return { node: fused.node, execute, inputs, outputs: fused.outputs.map(slotFor) };
  });
  const outputSlots = outputs.map((id) => (graph.values[id]?.tensor ? placeConstant(id) : slotFor(id)));
  const { lastUse, releases } = releasePlan(steps, slots.size, outputSlots, [...constants.keys(), ...inputSlots]);
  return {
    steps: steps.map((step, i) => ({ ...step, release: releases[i]! })),
    slotCount: slots.size,
    inputSlots,
    outputSlots,
    constants: [...constants].map(([slot, tensor]) => ({ slot, tensor })),
    slotOf: (id) => slots.get(resolve(id)),
    lastUse,
  };
}

/** Each input with a grid comes in as a value without one, which a `quantize` node puts on the grid. */
function withRoundedInputs(graph: Graph): Graph {
  const onGrid = graph.inputs.filter((id) => graph.values[id]!.quantization);
  if (onGrid.length === 0) return graph;
  const rawOf = (id: ValueId): ValueId => (onGrid.includes(id) ? `${id} as given` : id);
  const nodes = onGrid.map((id): Node => ({ id: rawOf(id), name: graph.values[id]!.name, op: 'quantize', inputs: [rawOf(id)], outputs: [id], attributes: {} }));
  const raws = onGrid.map((id): [ValueId, Value] => {
    const { quantization: _grid, ...raw } = graph.values[id]!;
    return [rawOf(id), { ...raw, id: rawOf(id) }];
  });
  return { ...graph, inputs: graph.inputs.map(rawOf), nodes: [...nodes, ...graph.nodes], values: { ...graph.values, ...Object.fromEntries(raws) } };
}

/** An identity that puts its numbers on a grid is work. */
function namesTheSame(graph: Graph, { inputs, outputs }: Node): boolean {
  const grid = graph.values[outputs[0]!]!.quantization;
  return !grid || sameGrid(grid, graph.values[inputs[0]!]!.quantization);
}

function unfused(node: Node): FusedNode {
  return { node, inputs: node.inputs, outputs: node.outputs, tail: null };
}

function countUses(nodes: readonly Node[], outputs: readonly ValueId[]): Map<ValueId, number> {
  const uses = new Map<ValueId, number>();
  for (const id of [...nodes.flatMap((node) => node.inputs), ...outputs]) if (id !== null) uses.set(id, (uses.get(id) ?? 0) + 1);
  return uses;
}

function instantiate(fused: FusedNode, graph: Graph, backend: TfjsBackendId, store: ConstantStore): { execute: Execute; taken: Set<number> } {
  const { node } = fused;
  const taken = new Set<number>();
  const inputs = fused.inputs.map((id) => (id === null ? null : (graph.values[id] ?? null)));
  const context: KernelContext = {
    backend,
    inputs,
    outputs: fused.outputs.map((id) => graph.values[id]!),
    tail: fused.tail,
    numbers(index) {
      const value = inputs[index];
      if (!value?.tensor) return null;
      taken.add(index);
      return store.numbersOf(value);
    },
    derive(index, make) {
      const value = inputs[index];
      if (!value?.tensor) return null;
      taken.add(index);
      return store.derive(value, make);
    },
  };
  for (const value of [...inputs, ...context.outputs]) {
    if (value?.dtype === 'string') {
      throw new WhittleError('UnsupportedError', `Node ${node.name} (${node.op}) works on text (${value.name}); Whittle runs numbers only. Cut the text processing off the model.`);
    }
  }
  try {
    // The table pairs each op with its own kernel; TypeScript cannot follow that through an index.
    const execute = (kernels[node.op] as unknown as Kernel<OpName>)(node as never, context);
    return { execute: ontoGrids(execute, node, inputs, context.outputs, backend), taken };
  } catch (error) {
    if (error instanceof WhittleError) throw error;
    throw new WhittleError('BackendError', `Node ${node.name} (${node.op}) cannot be made ready on ${backend}: ${messageOf(error)}`, { cause: error });
  }
}

function releasePlan(
  steps: readonly Pick<Step, 'inputs' | 'outputs'>[],
  slotCount: number,
  outputSlots: readonly number[],
  lasting: readonly number[],
): { lastUse: Int32Array; releases: number[][] } {
  const lastUse = new Int32Array(slotCount).fill(-1);
  steps.forEach((step, i) => {
    for (const slot of step.outputs) lastUse[slot] = i;
    for (const slot of step.inputs) if (slot !== NO_SLOT) lastUse[slot] = i;
  });
  const stays = new Set([...outputSlots, ...lasting]);
  const releases = steps.map((): number[] => []);
  lastUse.forEach((step, slot) => {
    if (step >= 0 && !stays.has(slot)) releases[step]!.push(slot);
  });
  return { lastUse, releases };
}
