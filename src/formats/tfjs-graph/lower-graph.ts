/** The graph as TensorFlow nodes with a signature. Throws an ExportError for the first operator that cannot be lowered. */
import { WhittleError } from '../../lib/errors';
import type { Graph, ValueId } from '../../ir/graph';
import { inferShapes } from '../../ops/infer-shapes';
import { integerRefusal } from '../integer-graph';
import { dtypeName, shape as shapeAttribute, shapeJson, type } from './attribute-json';
import { findTails } from './fused-tails';
import { createTfGraph, loweringContext, type Ref, type TfGraph } from './lowering';
import { loweringOf } from './op-lowerings';

export interface LoweredGraph {
  readonly tf: TfGraph;
  readonly signature: {
    readonly inputs: Readonly<Record<string, SignatureEntry>>;
    readonly outputs: Readonly<Record<string, SignatureEntry>>;
  };
}

interface SignatureEntry {
  readonly name: string;
  readonly dtype: string;
  readonly tensorShape: Readonly<Record<string, unknown>>;
}

export function lowerGraph(source: Graph, keepCodes = false): LoweredGraph {
  const refusal = integerRefusal(source, 'A TensorFlow.js graph model');
  if (refusal) throw new WhittleError('ExportError', refusal);
  const graph = inferShapes(source);
  const tf = createTfGraph(reservedNames(graph), keepCodes);
  const refs = new Map<ValueId, Ref>();
  for (const id of graph.inputs) {
    const value = graph.values[id]!;
    refs.set(id, tf.add('Placeholder', value.name, [], { dtype: type(value.dtype), shape: shapeAttribute(value.shape) }, true));
  }
  const refOf = (id: ValueId): Ref => {
    const known = refs.get(id);
    if (known !== undefined) return known;
    const { name, tensor } = graph.values[id]!;
    // checkGraph holds that what is read is an input, made before, or constant.
    const ref = tf.weight(name, tensor!.shape, tensor!.dtype, () => tensor!);
    refs.set(id, ref);
    return ref;
  };
  const tails = findTails(graph);
  const fusedAway = new Set([...tails.values()].map((tail) => tail.node.id));
  for (const node of graph.nodes) {
    if (fusedAway.has(node.id)) continue;
    const tail = tails.get(node.id);
    const results = loweringOf(node)(node, loweringContext(node, graph, tf, refOf, tail));
    const outputs = tail ? tail.node.outputs : node.outputs;
    const first = tf.rename(results[0]!, node.name);
    // A layer may give one value twice, such as its output and its last state.
    outputs.forEach((id, k) => refs.set(id, results[k] === results[0] ? first : results[k]!));
  }
  return { tf, signature: signatureOf(graph, tf, refOf) };
}

function reservedNames(graph: Graph): readonly string[] {
  const values = [...graph.inputs.map((id) => graph.values[id]!), ...Object.values(graph.values).filter((value) => value.tensor)];
  return [...graph.nodes, ...values].map((named) => named.name);
}

/**
 * TensorFlow.js finds outputs by their nodes, so that each needs a node of its own. Keys that look like numbers would
 * be put in numeric order by every JSON reader: they get a letter when that changes the order.
 */
function signatureOf(graph: Graph, tf: TfGraph, refOf: (id: ValueId) => Ref): LoweredGraph['signature'] {
  const taken = new Set<Ref>(graph.inputs.map(refOf));
  const constants = new Set(tf.constants.map((constant) => constant.name));
  const entryOf = (id: ValueId, ref: Ref): SignatureEntry => {
    const { dtype, shape } = graph.values[id]!;
    return { name: `${ref}:0`, dtype: dtypeName(dtype), tensorShape: shapeJson(shape) };
  };
  const outputs = graph.outputs.map((id, k) => {
    const ref = refOf(id);
    const needsIdentity = ref.includes(':') || taken.has(ref) || constants.has(ref) || graph.values[id]!.tensor !== undefined;
    const own = needsIdentity ? tf.add('Identity', graph.outputNames[k]!, [ref], {}) : ref;
    taken.add(own);
    return entryOf(id, own);
  });
  return {
    inputs: keyed(graph.inputNames, graph.inputs.map((id) => entryOf(id, refOf(id)))),
    outputs: keyed(graph.outputNames, outputs),
  };
}

function keyed(names: readonly string[], entries: readonly SignatureEntry[]): Readonly<Record<string, SignatureEntry>> {
  const unique = names.map((name, k) => (names.indexOf(name) === k ? name : `${name}_${k}`));
  const record = Object.fromEntries(unique.map((name, k) => [name, entries[k]!]));
  const isInOrder = Object.keys(record).every((key, k) => key === unique[k]);
  return isInOrder ? record : Object.fromEntries(unique.map((name, k) => [`t${name}`, entries[k]!]));
}
