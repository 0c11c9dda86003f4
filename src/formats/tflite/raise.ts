/**
 * A graph as one TensorFlow Lite subgraph:
 *
 * 1. the batch is fixed, or left open, and all shapes are worked out anew;
 * 2. operators without a counterpart are rewritten into those that have one;
 * 3. integer nodes are checked against the rules of their kernels;
 * 4. activations move into the operators before them;
 * 5. every node is raised to operators of the file, constants are laid out as these want them;
 * 6. states become variables.
 *
 * Throws an ExportError that names the node and what to do.
 */
import type { Graph, Node, ValueId } from '../../ir/graph';
import type { Diagnostic } from '../../lib/diagnostics';
import { isErrorOf, messageOf, WhittleError } from '../../lib/errors';
import { checkQuantization } from '../../ops/check-quantization';
import { inferShapes, withBatch } from '../../ops/infer-shapes';
import { sizeOf } from '../../ir/tensor';
import { statesOf } from '../../ir/states';
import { legalize } from './legalize/index';
import { nameMaker } from './lower-names';
import { createSubgraphBuilder, storageDiagnostics, type FinishedSubgraph, type SubgraphBuilder } from './raise-builder';
import { activationTensor, raisingContext } from './raise-context';
import { spellOutputScales } from './raise-depthwise';
import { fuseActivations } from './raise-fuse';
import { raiseVariables, withStateGrids } from './raise-variables';
import { raisingOf } from './raisings/index';

export interface RaisedGraph {
  readonly builder: SubgraphBuilder;
  /** What variables start with; null: there are none. */
  readonly initial: FinishedSubgraph | null;
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  readonly diagnostics: readonly Diagnostic[];
}

/** The batch that is left open. */
export const OPEN_BATCH = -1;

export function raiseGraph(source: Graph, batch: number): RaisedGraph {
  try {
    return raiseSound(source, batch);
  } catch (error) {
    if (!isErrorOf(error, 'GraphError')) throw error;
    const size = batch === OPEN_BATCH ? 'an open batch' : `a batch of ${batch}`;
    throw new WhittleError('ExportError', `TensorFlow Lite cannot hold this model with ${size}. ${messageOf(error)}`, { cause: error });
  }
}

function raiseSound(source: Graph, batch: number): RaisedGraph {
  const sized = batch === OPEN_BATCH ? inferShapes(source) : withBatch(source, batch);
  refuseText(sized);
  if (batch !== OPEN_BATCH) refuseUnknownInputs(sized);
  const legal = legalize(withStateGrids(sized));
  const states = statesOf(source);
  const isState = { input: new Set(states.map(({ inputPlace }) => inputPlace)), output: new Set(states.map(({ outputPlace }) => outputPlace)) };
  const graph = fuseActivations(withOwnOutputs(spellOutputScales(checked(inferShapes(legal.graph))), isState.output));
  const builder = createSubgraphBuilder();
  const tensors = new Map<ValueId, number>();
  const make = (id: ValueId): number => {
    const known = tensors.get(id);
    if (known !== undefined) return known;
    const { name, dtype, shape, quantization } = graph.values[id]!;
    if (!shape) throw new WhittleError('ExportError', `TensorFlow Lite cannot hold "${name}": its rank is not known. Give the model's inputs a shape.`);
    const index = builder.addTensor(activationTensor('', dtype, shape, quantization));
    tensors.set(id, index);
    return index;
  };
  const variables = raiseVariables(states, graph, builder, make);
  const tensorOf = (id: ValueId): number => {
    variables.read(id);
    return make(id);
  };
  const plain = <T>(list: readonly T[], side: ReadonlySet<number>): T[] => list.filter((_, place) => !side.has(place));
  const inputs = plain(graph.inputs, isState.input).map(make);
  for (const node of graph.nodes) {
    raiseNode(node, graph, builder, tensorOf);
    variables.assign(node);
  }
  const outputs = plain(graph.outputs, isState.output).map(tensorOf);
  variables.assignRest();
  const inputNames = named(builder, inputs, plain(source.inputNames, isState.input));
  const outputNames = named(builder, outputs, plain(source.outputNames, isState.output));
  const diagnostics = [...batchNotes(source, batch), ...legal.diagnostics, ...storageDiagnostics(builder.notes)];
  return { builder, initial: variables.finish(), inputs, outputs, inputNames, outputNames, diagnostics };
}

function raiseNode(node: Node, graph: Graph, builder: SubgraphBuilder, tensorOf: (id: ValueId) => number): void {
  const context = raisingContext(node, graph, builder, tensorOf);
  const raising = raisingOf(node);
  if (!raising) context.refuse('TensorFlow Lite has no such operator; a TensorFlow.js graph model keeps it');
  raising!(node, context);
}

/** Every output is made by a node and stands once among the outputs: inputs, constants and repeated outputs are copied. States need not. */
function withOwnOutputs(graph: Graph, states: ReadonlySet<number>): Graph {
  const values = { ...graph.values };
  const copies: Node[] = [];
  const taken = new Set<ValueId>(graph.inputs);
  const outputs = graph.outputs.map((id, k) => {
    if (states.has(k)) return id;
    const { tensor: _, ...value } = graph.values[id]!;
    if (!graph.values[id]!.tensor && !taken.has(id)) {
      taken.add(id);
      return id;
    }
    const copy = `${id}#output${k}`;
    values[copy] = { ...value, id: copy };
    copies.push({ id: copy, name: value.name, op: 'identity', inputs: [id], outputs: [copy], attributes: {} });
    return copy;
  });
  return copies.length === 0 ? graph : { ...graph, outputs, values, nodes: [...graph.nodes, ...copies] };
}

/** Unique names, as signatures want them. */
function named(builder: SubgraphBuilder, indices: readonly number[], names: readonly string[]): readonly string[] {
  const fresh = nameMaker();
  const unique = names.map(fresh);
  indices.forEach((index, k) => builder.setName(index, unique[k]!));
  return unique;
}

function checked(graph: Graph): Graph {
  checkQuantization(graph);
  return graph;
}

function refuseText(graph: Graph): void {
  graph.inputs.forEach((id, k) => {
    if (graph.values[id]!.dtype !== 'string') return;
    throw new WhittleError('ExportError', `The input "${graph.inputNames[k]}" takes text, which Whittle does not write to TensorFlow Lite. Give the model numbers.`);
  });
}

function refuseUnknownInputs(graph: Graph): void {
  graph.inputs.forEach((id, k) => {
    const { shape } = graph.values[id]!;
    const name = graph.inputNames[k]!;
    if (shape && !shape.includes(-1)) return void sizeOf(shape);
    throw new WhittleError(
      'ExportError',
      `The input "${name}" has ${shape ? `the shape [${shape.join(', ')}], which is not known in full` : 'an unknown rank'}. ` +
        'Fix its size in the model, or write with a batch of −1, which leaves sizes open (LiteRT in a browser then refuses the file).',
    );
  });
}

/** A model whose batch is fixed keeps it, whatever was asked for. */
function batchNotes(source: Graph, batch: number): readonly Diagnostic[] {
  const sizes = source.inputs.map((id) => source.values[id]!.shape?.[0] ?? -1);
  const fixed = sizes.find((size) => size >= 0);
  if (sizes.includes(-1) || fixed === undefined || fixed === batch || batch === 1) return [];
  return [{ level: 'warning', message: `The model takes exactly ${fixed} examples at a time; the batch of ${batch === OPEN_BATCH ? 'any size' : batch} was not written.` }];
}
