/** The first subgraph of a TensorFlow Lite model as a Graph, operator by operator. */
import type { Diagnostic } from '../../lib/diagnostics';
import { WhittleError } from '../../lib/errors';
import { checkGraph } from '../../ir/check';
import { dropUnusedValues } from '../../ir/edit';
import type { Graph } from '../../ir/graph';
import { checkOps } from '../../ops/check';
import type { FlatModel } from './flat-model';
import { createLoweringState } from './lower-builder';
import { namesOfEnds } from './lower-names';
import { loweringOf } from './lower-operators';
import { producerOf } from './lower-producer';
import { refuseUnreadableOperators } from './lower-refuse';

export interface LoweredModel {
  readonly graph: Graph;
  readonly diagnostics: readonly Diagnostic[];
}

/** `owner` is the file's name, for messages; `name` becomes the graph's. */
export function lowerModel(model: FlatModel, owner: string, name: string): LoweredModel {
  const subgraph = model.subgraphs[0];
  if (!subgraph) throw new WhittleError('FormatError', `${owner} holds no graph. The file is damaged.`);
  if (subgraph.outputs.length === 0) throw new WhittleError('FormatError', `${owner} has no outputs. The file is damaged.`);
  refuseUnreadableOperators(subgraph.operators, owner);
  const state = createLoweringState(subgraph, owner);
  const inputs = subgraph.inputs.map((index) => state.addInput(index));
  subgraph.operators.forEach((operator, position) => {
    const node = state.flatNode(operator, position);
    // refuseUnreadableOperators has seen to it that there is one.
    const results = loweringOf(operator)!(node, state.builder);
    results.forEach((id, k) => state.setValue(operator.outputs[k]!, id));
  });
  const ends = namesOfEnds(model);
  const graph: Graph = {
    name,
    inputs,
    outputs: subgraph.outputs.map((index) => state.valueOf(index, 'the list of outputs')),
    inputNames: ends.inputs,
    outputNames: ends.outputs,
    nodes: state.nodes,
    values: state.values,
    source: { format: 'tflite', producer: producerOf(model) },
  };
  const tidy = dropUnusedValues(graph);
  checkGraph(tidy, owner);
  checkOps(tidy);
  return { graph: tidy, diagnostics: state.diagnostics };
}
