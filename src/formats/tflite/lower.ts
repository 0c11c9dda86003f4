/** The first subgraph of a TensorFlow Lite model as a Graph, operator by operator. */
import type { Diagnostic } from '../../lib/diagnostics';
import { isErrorOf, messageOf, WhittleError } from '../../lib/errors';
import { checkGraph } from '../../ir/check';
import { dropUnusedValues } from '../../ir/edit';
import type { Graph, GraphSource, ValueId } from '../../ir/graph';
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
import { refuseUnreadableOperators } from './lower-refuse';
import { createLoweredTensors, type LoweredTensors } from './lower-tensors';

export interface LoweredModel {
  readonly graph: Graph;
  readonly diagnostics: readonly Diagnostic[];
}

/** `owner` is the file's name, for messages; `name` becomes the graph's. */
export function lowerModel(model: FlatModel, owner: string, name: string): LoweredModel {
  const [first] = model.subgraphs;
  if (!first) throw new WhittleError('FormatError', `${owner} holds no graph. The file is damaged.`);
  if (first.outputs.length === 0) throw new WhittleError('FormatError', `${owner} has no outputs. The file is damaged.`);
  const subgraph = withoutComplex(first, owner);
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
    source: sourceOf(model),
  };
  const tidy = dropUnusedValues(graph);
  sound(owner, () => {
    checkGraph(tidy, owner);
    checkOps(tidy);
  });
  return { graph: tidy, diagnostics: [...notesOf(model, tidy), ...builder.diagnostics] };
}

function sourceOf(model: FlatModel): GraphSource {
  const metadata = model.metadata.filter(({ name, data }) => data.length > 0 && !REMADE_METADATA.has(name));
  const key = signatureOf(model)?.key;
  return { format: 'tflite', producer: producerOf(model), ...(metadata.length > 0 ? { metadata } : {}), ...(key ? { signatureKey: key } : {}) };
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
