/** The first subgraph of a TensorFlow Lite model as a Graph, operator by operator. */
import type { Diagnostic } from '../../lib/diagnostics';
import { isErrorOf, messageOf, WhittleError } from '../../lib/errors';
import { checkGraph } from '../../ir/check';
import { dropUnusedValues } from '../../ir/edit';
import type { Graph, GraphSource, StateVariable, ValueId } from '../../ir/graph';
import { statesOf } from '../../ir/states';
import { checkOps } from '../../ops/check';
import type { FlatModel } from './flat-model';
import { activationType, gridOf } from './lower-activation';
import { createFlatBuilder } from './lower-builder';
import { withoutComplex } from './lower-complex';
import { createGraphParts, type GraphParts } from './lower-graph-parts';
import { namesOfEnds, signatureOf } from './lower-names';
import { createFlatNode } from './lower-node';
import { notesOf } from './lower-notes';
import { loweringOf } from './lower-operators';
import { producerOf } from './lower-producer';
import { REMADE_METADATA } from './metadata-names';
import { sizeLimit } from './lower-budget';
import { constantTensor } from './lower-constant';
import { refuseUnreadableOperators } from './lower-refuse';
import { withoutVariables, type FlatState } from './lower-variables';
import { createLoweredTensors, type LoweredTensors } from './lower-tensors';

export interface LoweredModel {
  readonly graph: Graph;
  readonly diagnostics: readonly Diagnostic[];
}

/** `owner` is the file's name, for messages; `name` becomes the graph's. */
export function lowerModel(source: FlatModel, owner: string, name: string): LoweredModel {
  const [first] = source.subgraphs;
  if (!first) throw new WhittleError('FormatError', `${owner} holds no graph. The file is damaged.`);
  if (first.outputs.length === 0) throw new WhittleError('FormatError', `${owner} has no outputs. The file is damaged.`);
  const { model, states } = withoutVariables(source, owner);
  const subgraph = withoutComplex(model.subgraphs[0]!, owner);
  refuseUnreadableOperators(subgraph.operators, owner);
  const parts = createGraphParts(owner);
  const tensors = createLoweredTensors(subgraph, parts, owner);
  const builder = createFlatBuilder(tensors, parts);
  const inputs = subgraph.inputs.map((index) => addInput(index, tensors, parts));
  subgraph.operators.forEach((operator, position) => {
    const node = createFlatNode(operator, position, tensors, parts, owner);
    // refuseUnreadableOperators has seen to it that there is one.
    const results = sound(owner, () => loweringOf(operator)!(node, builder));
    for (const [k, index] of operator.outputs.slice(0, results.length).entries()) tensors.setValue(index, results[k]!);
  });
  const ends = namesOfEnds(model);
  const graph: Graph = {
    name,
    inputs,
    outputs: subgraph.outputs.map((index) => tensors.value(index, 'the list of outputs')),
    inputNames: ends.inputs,
    outputNames: ends.outputs,
    nodes: parts.nodes,
    values: parts.values,
    source: { ...sourceOf(model), ...(states.length > 0 ? { states: namedStates(states, ends) } : {}) },
  };
  const tidy = dropUnusedValues(graph);
  sound(owner, () => {
    checkGraph(tidy, owner);
    checkOps(tidy);
    checkStates(tidy);
  });
  return { graph: tidy, diagnostics: [...notesOf(source, tidy), ...builder.diagnostics] };
}

function sourceOf(model: FlatModel): GraphSource {
  const metadata = model.metadata.filter(({ name, data }) => data.length > 0 && !REMADE_METADATA.has(name));
  const key = signatureOf(model)?.key;
  return { format: 'tflite', producer: producerOf(model), ...(metadata.length > 0 ? { metadata } : {}), ...(key ? { signatureKey: key } : {}) };
}

/** The last inputs and outputs are theirs. */
function namedStates(states: readonly FlatState[], { inputs, outputs }: { readonly inputs: readonly string[]; readonly outputs: readonly string[] }): StateVariable[] {
  const spend = sizeLimit(states.map(({ initial }) => initial));
  return states.map(({ name, initial }, k) => {
    spend(initial, name);
    return {
      name,
      input: inputs[inputs.length - states.length + k]!,
      output: outputs[outputs.length - states.length + k]!,
      initial: constantTensor(initial, name),
    };
  });
}

/** What comes out of a run goes into the next. */
function checkStates(graph: Graph): void {
  for (const { name, inputPlace, outputPlace } of statesOf(graph)) {
    const [before, after] = [graph.values[graph.inputs[inputPlace]!]!, graph.values[graph.outputs[outputPlace]!]!];
    const fits = before.shape && after.shape && before.shape.length === after.shape.length && before.shape.every((size, axis) => after.shape![axis]! < 0 || after.shape![axis] === size);
    if (fits && before.dtype === after.dtype) continue;
    const text = (shape: typeof before.shape): string => (shape ? `[${shape.join(', ')}]` : 'an unknown shape');
    throw new WhittleError('GraphError', `The variable "${name}" is ${text(before.shape)} before a run and ${text(after.shape)} after it.`);
  }
}

/** A file can say what no graph is: two origins of one value, a filter of the wrong rank, floats where a list of axes belongs. */
function sound<T>(owner: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!isErrorOf(error, 'GraphError')) throw error;
    throw new WhittleError('FormatError', `${owner} holds no sound graph. ${messageOf(error)} The file is damaged.`, { cause: error });
  }
}

function addInput(index: number, tensors: LoweredTensors, parts: GraphParts): ValueId {
  const flat = tensors.flat(index, 'the list of inputs');
  const id = tensors.name(index);
  const grid = gridOf(flat, id);
  const shape = flat.shapeSignature ?? flat.shape;
  parts.addInput({ id, name: id, dtype: activationType(flat, id), shape, ...(grid ? { quantization: grid } : {}) });
  tensors.setValue(index, id);
  return id;
}
