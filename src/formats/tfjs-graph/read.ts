/**
 * Reads a TensorFlow.js graph model: the part of the GraphDef that the outputs need, node by node through
 * `op-mappings.ts`, with the weights of the manifest as constants in their own encoding. Names are kept.
 */
import { WhittleError, throwIfCancelled } from '../../lib/errors';
import { baseName } from '../../lib/source-file';
import { checkGraph } from '../../ir/check';
import { dropUnusedValues } from '../../ir/edit';
import type { Graph, ValueId } from '../../ir/graph';
import type { Tensor } from '../../ir/tensor';
import type { ReadInput, ReadResult } from '../format';
import { readWeightsManifest } from '../weights-manifest';
import { attributesOf } from './attributes';
import { createGraphBuilder, type GraphBuilder } from './graph-builder';
import { broken, parseGraphDef, type GraphDef, type NodeDef } from './graph-def';
import { readModelJson, type ModelJson, type Port } from './model-json';
import { mappingOf } from './op-mappings';
import { neededNodes } from './needed-nodes';
import { refuseUnreadableOps } from './refuse-ops';

/** A node that can be fed though it is no Placeholder, when the signature lists it. */
const DEFAULTED_INPUT = 'PlaceholderWithDefault';

export async function readTfjsGraph(input: ReadInput): Promise<ReadResult> {
  const { main, files, report, signal } = input;
  const owner = baseName(main.name);
  report({ stage: 'Reading the graph', fraction: null });
  const json = await readModelJson(main);
  const definition = parseGraphDef(json.topology, owner);
  const outputs = outputPorts(json, definition, owner);
  const fed = new Set(json.inputs.map((port) => port.ref.node));
  const isSource = (node: NodeDef): boolean => node.op === DEFAULTED_INPUT && fed.has(node.name);
  const nodes = neededNodes(definition, outputs.map((port) => port.ref.node), isSource, owner);
  refuseUnreadableOps(nodes, definition.functions);
  throwIfCancelled(signal);
  const weights = await readWeightsManifest(json.weightsManifest, files, { main, report, signal });
  const builder = createGraphBuilder(new Set(definition.nodes.keys()));
  const outputsOf = new Map<string, readonly ValueId[]>();
  const usedOutputs = countUsedOutputs(nodes, outputs);
  for (const port of inputPorts(json, definition, isSource)) {
    outputsOf.set(port.ref.node, [addInput(port, definition.nodes.get(port.ref.node)!, builder)]);
  }
  const inputs = [...outputsOf.values()].flat();
  for (const node of nodes) {
    if (outputsOf.has(node.name)) continue;
    outputsOf.set(node.name, mapNode(node, outputsOf, usedOutputs.get(node.name) ?? 1, weights, builder, owner));
  }
  const graph: Graph = {
    name: modelName(main.name),
    inputs,
    outputs: outputs.map((port) => resolve(port.ref, outputsOf, 'the signature', owner)),
    inputNames: inputPorts(json, definition, isSource).map((port) => port.key),
    outputNames: outputs.map((port) => port.key),
    nodes: builder.nodes,
    values: builder.values,
    source: { format: 'tfjs-graph', producer: json.producer },
  };
  const tidy = dropUnusedValues(graph);
  checkGraph(tidy, owner);
  return { graph: tidy, diagnostics: builder.diagnostics, ...(json.recipe ? { recipe: json.recipe } : {}) };
}

function mapNode(
  node: NodeDef,
  outputsOf: ReadonlyMap<string, readonly ValueId[]>,
  usedOutputs: number,
  weights: ReadonlyMap<string, Tensor>,
  builder: GraphBuilder,
  owner: string,
): readonly ValueId[] {
  if (node.op === 'Const') {
    const tensor = weights.get(node.name);
    if (!tensor) throw broken(owner, `lists no weight for the constant "${node.name}"`);
    return [builder.constant(node.name, tensor)];
  }
  const inputs = node.inputs.map((ref) => resolve(ref, outputsOf, `the node "${node.name}"`, owner));
  // refuseUnreadableOps has seen to it that there is one.
  return mappingOf(node.op)!(builder.tfNode(node, inputs, usedOutputs), builder);
}

function addInput(port: Port, node: NodeDef, builder: GraphBuilder): ValueId {
  const attributes = attributesOf(node);
  const shape = attributes.has('shape') ? (attributes.shape('shape') ?? port.shape) : port.shape;
  return builder.input(node.name, attributes.dtype('dtype') ?? port.dtype ?? 'float32', shape);
}

/** The signature's inputs first, in its order; then the other placeholders, in the graph's. */
function inputPorts(json: ModelJson, definition: GraphDef, isSource: (node: NodeDef) => boolean): readonly Port[] {
  const listed = json.inputs.filter((port) => {
    const node = definition.nodes.get(port.ref.node);
    return node !== undefined && (node.op === 'Placeholder' || isSource(node));
  });
  const names = new Set(listed.map((port) => port.ref.node));
  const others = [...definition.nodes.values()].filter((node) => node.op === 'Placeholder' && !names.has(node.name));
  return [...listed, ...others.map((node) => portOf(node.name))];
}

/** The signature's outputs, or else every node that nothing reads, as TensorFlow.js takes them. */
function outputPorts(json: ModelJson, definition: GraphDef, owner: string): readonly Port[] {
  for (const { key, ref } of json.outputs) {
    if (!definition.nodes.has(ref.node)) throw broken(owner, `has a signature whose output "${key}" is no node of the graph`);
  }
  if (json.outputs.length > 0) return json.outputs;
  const readNames = new Set([...definition.nodes.values()].flatMap((node) => node.inputs.map((ref) => ref.node)));
  const ends = [...definition.nodes.values()].filter((node) => !readNames.has(node.name) && !NO_RESULT.has(node.op));
  if (ends.length === 0) throw broken(owner, 'has no outputs');
  return ends.map((node) => portOf(node.name));
}

/** Nodes that end a graph without being a result of it. */
const NO_RESULT: ReadonlySet<string> = new Set(['NoOp', 'Const', 'Placeholder', 'Assert']);

function portOf(name: string): Port {
  return { key: name, ref: { node: name, index: 0 }, dtype: undefined, shape: null };
}

function countUsedOutputs(nodes: readonly NodeDef[], outputs: readonly Port[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const ref of [...nodes.flatMap((node) => node.inputs), ...outputs.map((port) => port.ref)]) {
    counts.set(ref.node, Math.max(counts.get(ref.node) ?? 1, ref.index + 1));
  }
  return counts;
}

function resolve(
  ref: Port['ref'],
  outputsOf: ReadonlyMap<string, readonly ValueId[]>,
  reader: string,
  owner: string,
): ValueId {
  const id = outputsOf.get(ref.node)?.[ref.index];
  if (id === undefined) {
    throw new WhittleError('FormatError', `In ${owner}, ${reader} reads output ${ref.index} of "${ref.node}", which has no such output.`);
  }
  return id;
}

/** The file's name, or its folder's when the file is called model.json like most. */
function modelName(path: string): string {
  const parts = path.split('/');
  const stem = parts.at(-1)!.replace(/\.json$/i, '');
  return stem === 'model' && parts.length > 1 ? parts.at(-2)! : stem;
}
