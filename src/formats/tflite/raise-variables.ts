/**
 * States as variables of the file: a subgraph that runs once before the first run assigns what they start with; each is read
 * right before its first reader and assigned right after what it becomes is made. READ_VARIABLE copies, so that a variable is
 * never assigned before it was read.
 */
import type { Graph, Node, Value, ValueId } from '../../ir/graph';
import { integerRange, sameGrid } from '../../ir/quantization';
import { statesOf, type PlacedState } from '../../ir/states';
import { decodeFloats, decodeIntegers, type Tensor } from '../../ir/tensor';
import { createSubgraphBuilder, type FinishedSubgraph, type RaisedTensor, type SubgraphBuilder } from './raise-builder';
import { bytesOf } from './raise-constant';
import type { TensorOf } from './raise-context';

/** What stands in the second subgraph. */
export const INITIAL_SUBGRAPH = 1;

export interface RaisedVariables {
  /** Emits the reading of the variable behind an input, once; undefined: it is an input of the file. */
  read(id: ValueId): void;
  /** Emits the assigning of what the node made. */
  assign(node: Node): void;
  /** Assigns what no node made. */
  assignRest(): void;
  /** null: there are no variables. */
  finish(): FinishedSubgraph | null;
}

/** `graph` has its states where `source` has them; `make` makes a tensor for a value. */
export function raiseVariables(states: readonly PlacedState[], graph: Graph, builder: SubgraphBuilder, make: TensorOf): RaisedVariables {
  const initial = createSubgraphBuilder();
  if (states.length > 0) builder.addOperator('CALL_ONCE', [], [], { table: 'CallOnceOptions', fields: { initSubgraphIndex: INITIAL_SUBGRAPH } });
  const variables = states.map((state) => ({
    ...state,
    before: graph.inputs[state.inputPlace]!,
    after: graph.outputs[state.outputPlace]!,
    handle: addHandle(builder, state.name),
  }));
  const byInput = new Map(variables.map((variable) => [variable.before, variable]));
  const byOutput = new Map<ValueId, (typeof variables)[number][]>();
  for (const variable of variables) byOutput.set(variable.after, [...(byOutput.get(variable.after) ?? []), variable]);
  const isRead = new Set<ValueId>();
  const isAssigned = new Set<string>();
  const read = (id: ValueId): void => {
    const variable = byInput.get(id);
    if (!variable || isRead.has(id)) return;
    isRead.add(id);
    const tensor = make(id);
    builder.addOperator('READ_VARIABLE', [variable.handle], [tensor]);
    const value = initial.addTensor(withNumbers(builder.tensor(tensor), variable.initial));
    initial.addOperator('ASSIGN_VARIABLE', [addHandle(initial, variable.name), value], []);
  };
  const assign = (id: ValueId): void => {
    for (const { name, before, handle } of byOutput.get(id) ?? []) {
      if (isAssigned.has(name)) continue;
      isAssigned.add(name);
      read(before);
      builder.addOperator('ASSIGN_VARIABLE', [handle, make(id)], []);
    }
  };
  return {
    read,
    assign: (node) => node.outputs.forEach(assign),
    assignRest: () => [...byOutput.keys()].forEach(assign),
    finish: () => (states.length > 0 ? initial.finish([], []) : null),
  };
}

/** What a variable holds stands on one grid before and after a run: that of its input. */
export function withStateGrids(graph: Graph): Graph {
  const values: Record<ValueId, Value> = { ...graph.values };
  const outputs = [...graph.outputs];
  const added: Node[] = [];
  for (const { name, inputPlace, outputPlace } of statesOf(graph)) {
    const [before, after] = [graph.values[graph.inputs[inputPlace]!]!, graph.values[outputs[outputPlace]!]!];
    if (before.dtype !== 'float32' || sameGrid(before.quantization, after.quantization)) continue;
    const { tensor: _, quantization: _grid, ...rest } = after;
    const id = `${after.id}#state${outputPlace}`;
    values[id] = { ...rest, id, ...(before.quantization ? { quantization: before.quantization } : {}) };
    added.push({ id, name: `${name}/next`, op: 'quantize', inputs: [after.id], outputs: [id], attributes: {} });
    outputs[outputPlace] = id;
  }
  return added.length === 0 ? graph : { ...graph, values, outputs, nodes: [...graph.nodes, ...added] };
}

function addHandle(builder: SubgraphBuilder, sharedName: string): number {
  const handle = builder.addTensor({ name: '', type: 'RESOURCE', shape: [] });
  builder.addOperator('VAR_HANDLE', [], [handle], { table: 'VarHandleOptions', fields: { container: '', sharedName } });
  return handle;
}

/** A constant of the tensor's type and grid. */
function withNumbers({ type, shape, quantization }: RaisedTensor, numbers: Tensor): RaisedTensor {
  return { name: '', type, shape: numbers.shape.length === shape.length ? numbers.shape : shape, ...(quantization ? { quantization } : {}), bytes: () => bytesFor(type, quantization, numbers) };
}

function bytesFor(type: RaisedTensor['type'], quantization: RaisedTensor['quantization'], numbers: Tensor): Uint8Array {
  switch (type) {
    case 'INT8':
      return bytesOf(Int8Array.from(codesOf(numbers, 'int8', quantization)));
    case 'UINT8':
      return bytesOf(Uint8Array.from(codesOf(numbers, 'uint8', quantization)));
    case 'INT16':
      return bytesOf(Int16Array.from(codesOf(numbers, 'int16', quantization)));
    case 'INT32':
      return bytesOf(decodeIntegers(numbers));
    case 'BOOL':
      return bytesOf(Uint8Array.from(decodeIntegers(numbers)));
    default:
      return bytesOf(decodeFloats(numbers));
  }
}

function codesOf(numbers: Tensor, dtype: 'int8' | 'uint8' | 'int16', quantization: RaisedTensor['quantization']): number[] {
  const [lowest, highest] = integerRange(dtype);
  const [scale, zeroPoint] = [quantization!.scale[0]!, quantization!.zeroPoint[0]!];
  return Array.from(decodeFloats(numbers), (number) => Math.min(highest, Math.max(lowest, Math.round(number / scale) + zeroPoint)));
}
