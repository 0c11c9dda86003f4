/** Edits of a flat subgraph before it is read. */
import type { FlatSubgraph } from './flat-model';

/** Every reader of a tensor named in `replacements`, the list of outputs included, reads what it is replaced by. */
export function withReaders(subgraph: FlatSubgraph, replacements: ReadonlyMap<number, number>): FlatSubgraph {
  const follow = (index: number): number => replacements.get(index) ?? index;
  return {
    ...subgraph,
    outputs: subgraph.outputs.map(follow),
    operators: subgraph.operators.map((operator) => ({ ...operator, inputs: operator.inputs.map(follow) })),
  };
}
