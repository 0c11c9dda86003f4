/** Variables of a graph: which of its inputs and outputs they are (see `StateVariable`). */
import type { Batch } from '../runtime/backend';
import type { Graph, StateVariable, Value } from './graph';
import { decodeFloats, decodeIntegers, type Tensor } from './tensor';

export interface PlacedState extends StateVariable {
  /** Places among the graph's inputs and outputs. */
  readonly inputPlace: number;
  readonly outputPlace: number;
}

/** Those whose input and output the graph has both. */
export function statesOf({ source, inputNames, outputNames }: Graph): readonly PlacedState[] {
  return (source.states ?? []).flatMap((state) => {
    const [inputPlace, outputPlace] = [inputNames.indexOf(state.input), outputNames.indexOf(state.output)];
    return inputPlace < 0 || outputPlace < 0 ? [] : [{ ...state, inputPlace, outputPlace }];
  });
}

/** What each input starts with, in the graph's order; undefined: it must be given. */
function initialInputs(graph: Graph): readonly (Tensor | undefined)[] {
  const states = statesOf(graph);
  return graph.inputs.map((_, place) => states.find((state) => state.inputPlace === place)?.initial);
}

/** What an input starts with, for so many examples; null: it must be given. A state of its own size is the same for all of them. */
export function initialBatches(graph: Graph, count: number): readonly (Batch | null)[] {
  return initialInputs(graph).map((tensor, place) => tensor ? initialBatch(tensor, graph.values[graph.inputs[place]!]!, count) : null);
}

function initialBatch(tensor: Tensor, { dtype }: Value, count: number): Batch {
  const once = dtype === 'float32' ? decodeFloats(tensor) : dtype === 'bool' ? Uint8Array.from(decodeIntegers(tensor)) : decodeIntegers(tensor);
  if (tensor.shape[0] !== 1 || count === 1) return { shape: tensor.shape, dtype, data: once.slice() };
  const data = new (once.constructor as new (length: number) => typeof once)(once.length * count);
  for (let example = 0; example < count; example++) data.set(once, example * once.length);
  return { shape: [count, ...tensor.shape.slice(1)], dtype, data };
}

/** The same graph, whose states are inputs and outputs like any other; the very same one when it has none. */
export function withOpenStates(graph: Graph): Graph {
  const { states, ...source } = graph.source;
  return states ? { ...graph, source } : graph;
}
