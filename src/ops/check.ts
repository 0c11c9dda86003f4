/**
 * Every node against the table: a known operator, as many inputs and outputs as it takes, required inputs present, and types
 * that it can work on. The invariants of the graph itself are in `ir/check.ts`.
 */
import type { Graph, Node } from '../ir/graph';
import { WhittleError } from '../lib/errors';
import type { DType, OpName } from './signatures';
import { definitionOf, opTable } from './table';

/** Throws a GraphError for the first node that breaks a rule. */
export function checkOps(graph: Graph): void {
  for (const node of graph.nodes) {
    if (!Object.hasOwn(opTable, node.op)) {
      throw new WhittleError('GraphError', `Node "${node.name}" has operator "${String(node.op)}", which is not one of the table.`);
    }
    checkArity(node);
    checkTypes(node, graph);
  }
}

function checkArity(node: Node): void {
  const { arity, outputCount } = definitionOf<unknown>(node.op);
  const { minimum, maximum } = arity;
  const count = node.inputs.length;
  if (count < minimum || count > maximum) {
    const allowed = minimum === maximum ? `${minimum}` : `${minimum} to ${maximum === Infinity ? 'any number of' : maximum}`;
    refuse(node, `has ${count} inputs; it takes ${allowed}`);
  }
  const missing = node.inputs.slice(0, minimum).indexOf(null);
  if (missing >= 0) refuse(node, `lacks input ${missing}, which it needs`);
  const most = outputCount(node.attributes, count) ?? Infinity;
  if (node.outputs.length < 1 || node.outputs.length > most) refuse(node, `has ${node.outputs.length} outputs; it gives ${most}`);
}

function checkTypes(node: Node, graph: Graph): void {
  node.inputs.forEach((id, index) => {
    const dtype = id === null ? undefined : graph.values[id]?.dtype;
    if (dtype === undefined) return;
    const allowed = INTEGER_INPUTS[node.op]?.includes(index) ? INTEGERS : TEXT_OPS.has(node.op) ? ANY : NUMBERS;
    if (!allowed.includes(dtype)) refuse(node, `has input ${index} of type ${dtype}; it takes ${allowed.join(', ')}`);
  });
}

const INTEGERS: readonly DType[] = ['int32'];
const NUMBERS: readonly DType[] = ['float32', 'int32', 'bool'];
const ANY: readonly DType[] = [...NUMBERS, 'string'];

/** Inputs that are sizes, positions or indices. A gather by float indices (Keras embeddings) is cast by its reader. */
const INTEGER_INPUTS: { readonly [O in OpName]?: readonly number[] } = {
  'transpose-conv2d': [3],
  'transpose-conv3d': [3],
  reshape: [1],
  slice: [1, 2],
  'strided-slice': [1, 2, 3],
  pad: [1],
  gather: [1],
  'gather-nd': [1],
  'scatter-nd': [0, 2],
  'sparse-to-dense': [0, 1],
  tile: [1],
  'broadcast-to': [1],
  fill: [0],
  'one-hot': [0],
  'resize-bilinear': [1],
  'resize-nearest': [1],
  'top-k': [1],
};

/** Operators that move or compare values without looking into them. */
const TEXT_OPS: ReadonlySet<OpName> = new Set<OpName>([
  'identity', 'reshape', 'flatten', 'squeeze', 'expand-dims', 'transpose', 'concat', 'stack', 'unstack', 'split', 'slice',
  'strided-slice', 'gather', 'gather-nd', 'tile', 'broadcast-to', 'fill', 'shape', 'size', 'rank', 'equal', 'not-equal', 'select',
]);

function refuse(node: Node, reason: string): never {
  throw new WhittleError('GraphError', `Node "${node.name}" (${node.op}) ${reason}.`);
}
