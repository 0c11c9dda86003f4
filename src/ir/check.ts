/**
 * The invariants of a graph, stated once; run after every reader and every pass:
 * 1. every value id that is used exists, and the record's key is the value's id;
 * 2. every value has one origin: a graph input, a constant, or the output of one node;
 * 3. nodes stand in topological order and have unique ids;
 * 4. a constant's data fit its shape and dtype, and its scales and codebooks fit its encoding;
 * 5. inputs and outputs have as many names.
 */
import { WhittleError } from '../lib/errors';
import type { Graph, Value } from './graph';
import { scaleCount, sizeOf, type Tensor } from './tensor';

/** Throws a GraphError that names the first broken invariant. `where` names the reader or pass. */
export function checkGraph(graph: Graph, where: string): void {
  const fail = (message: string): never => {
    throw new WhittleError('GraphError', `${where}: ${message}`);
  };
  const known = new Set<string>();
  for (const [id, value] of Object.entries(graph.values)) {
    if (value.id !== id) fail(`value "${id}" is filed under another id, "${value.id}".`);
    if (!value.tensor) continue;
    known.add(id);
    const problem = tensorProblem(value, value.tensor);
    if (problem) fail(`constant "${value.name}" ${problem}.`);
  }
  for (const id of graph.inputs) {
    if (!Object.hasOwn(graph.values, id)) fail(`input "${id}" is no value.`);
    if (known.has(id)) fail(`input "${id}" is a constant or listed twice.`);
    known.add(id);
  }
  const nodeIds = new Set<string>();
  for (const node of graph.nodes) {
    if (nodeIds.has(node.id)) fail(`two nodes have the id "${node.id}".`);
    nodeIds.add(node.id);
    for (const id of node.inputs) {
      if (id !== null && !known.has(id)) fail(`node "${node.name}" (${node.op}) reads "${id}", which nothing before it makes.`);
    }
    for (const id of node.outputs) {
      if (!Object.hasOwn(graph.values, id)) fail(`node "${node.name}" (${node.op}) writes "${id}", which is no value.`);
      if (known.has(id)) fail(`value "${id}" has two origins.`);
      known.add(id);
    }
  }
  for (const id of graph.outputs) if (!known.has(id)) fail(`output "${id}" is made by nothing.`);
  if (graph.inputNames.length !== graph.inputs.length) fail('inputs and their names differ in number.');
  if (graph.outputNames.length !== graph.outputs.length) fail('outputs and their names differ in number.');
}

function tensorProblem(value: Value, tensor: Tensor): string | undefined {
  if (value.dtype !== tensor.dtype) return `is declared ${value.dtype} but holds ${tensor.dtype}`;
  const { encoding } = tensor;
  const count = sizeOf(tensor.shape);
  const has = encoding.kind === 'dense' ? encoding.data.length : elementsOf(encoding);
  if (has !== count) return `has ${has} elements, but its shape [${tensor.shape.join(', ')}] needs ${count}`;
  if (encoding.kind === 'affine') {
    const scales = scaleCount(tensor.shape, encoding.axis, encoding.blockSize);
    if (encoding.scale.length !== scales) return `has ${encoding.scale.length} scales, but needs ${scales}`;
    if (encoding.zeroPoint.length !== scales) return `has ${encoding.zeroPoint.length} zero points, but needs ${scales}`;
  }
  if (encoding.kind === 'palette') {
    const groups = scaleCount(tensor.shape, encoding.axis, null);
    const entries = encoding.codebook.length / groups;
    if (!Number.isInteger(entries) || entries > 2 ** encoding.bits) return `has a codebook of ${encoding.codebook.length} for ${groups} groups`;
    if (encoding.indices.some((index) => index >= entries)) return 'has an index past its codebook';
  }
  return undefined;
}

function elementsOf(encoding: Exclude<Tensor['encoding'], { kind: 'dense' }>): number {
  return encoding.kind === 'affine' ? encoding.values.length : encoding.indices.length;
}
