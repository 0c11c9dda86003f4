/** Nodes that give what they are given. */
import { editGraph } from '../../ir/edit';
import type { Graph, Node, ValueId } from '../../ir/graph';
import { sameGrid } from '../../ir/quantization';
import { decodeFloats } from '../../ir/tensor';

/** Bridges every identity. On a grid only one that changes no grid is one. */
export function bridgeIdentities(graph: Graph): Graph {
  const editor = editGraph(graph);
  const bridged = new Map<string, string>();
  for (const node of graph.nodes) {
    const source = passedOn(graph, node);
    if (source === undefined) continue;
    const from = node.outputs[0]!;
    const to = bridged.get(source) ?? source;
    // An output that is an input or a constant itself needs a node to be its origin.
    const value = graph.values[to]!;
    if (!sameGrid(graph.values[from]!.quantization, value.quantization)) continue;
    if (graph.outputs.includes(from) && (value.tensor || graph.inputs.includes(to) || graph.outputs.includes(to))) continue;
    bridged.set(from, to);
    editor.replaceNode(node.id, []);
    editor.redirect(from, to);
  }
  return editor.done();
}

/** The input that a node gives unchanged; undefined: it does something. */
function passedOn(graph: Graph, node: Node): ValueId | undefined {
  switch (node.op) {
    case 'add':
      return neutral(graph, node, 0, true);
    case 'sub':
      return neutral(graph, node, 0, false);
    case 'mul':
      return neutral(graph, node, 1, true);
    case 'div':
    case 'pow':
      return neutral(graph, node, 1, false);
    default:
      return isIdentity(graph, node) ? node.inputs[0]! : undefined;
  }
}

/** x of x ∘ c where every number of c is neutral and c does not make x larger. */
function neutral(graph: Graph, node: Node, number: number, commutes: boolean): ValueId | undefined {
  if ('activation' in node.attributes && node.attributes.activation !== 'none') return undefined;
  const [a, b] = node.inputs as [ValueId, ValueId];
  const isNeutral = (id: ValueId): boolean => {
    const tensor = graph.values[id]!.tensor;
    return tensor?.dtype === 'float32' && tensor.encoding.kind === 'dense' && decodeFloats(tensor).every((value) => value === number);
  };
  const output = graph.values[node.outputs[0]!]!.shape;
  const keepsShape = (x: ValueId, c: ValueId): boolean => {
    const shape = graph.values[x]!.shape;
    const other = graph.values[c]!.shape!;
    // A dimension that is not known may be 1, and grow.
    return !!shape && !!output && sameShape(shape, output) && other.every((size, i) => size === 1 || size === shape[shape.length - other.length + i]);
  };
  if (isNeutral(b) && keepsShape(a, b)) return a;
  return commutes && isNeutral(a) && keepsShape(b, a) ? b : undefined;
}

function isIdentity(graph: Graph, node: Node): boolean {
  const input = node.inputs[0] ? graph.values[node.inputs[0]] : undefined;
  const shape = input?.shape ?? null;
  switch (node.op) {
    case 'identity':
    case 'quantize':
      return true;
    case 'cast':
      return input?.dtype === node.attributes.dtype;
    case 'transpose':
      return node.attributes.permutation.every((axis, i) => axis === i);
    case 'concat':
      return node.inputs.length === 1 && node.attributes.activation === 'none';
    case 'add-n':
      return node.inputs.length === 1;
    case 'split':
      return node.outputs.length === 1;
    case 'flatten':
      return shape?.length === 2;
    case 'pad':
      return node.attributes.paddings?.every(([before, after]) => before === 0 && after === 0) ?? false;
    case 'tile':
      return node.attributes.multiples?.every((multiple) => multiple === 1) ?? false;
    case 'max-pool':
    case 'average-pool': {
      const { kernel, strides, padding, activation } = node.attributes;
      const isPadded = typeof padding !== 'string' && padding.some(([before, after]) => before !== 0 || after !== 0);
      return activation === 'none' && !isPadded && [...kernel, ...strides].every((size) => size === 1);
    }
    case 'broadcast-to':
      return isSameKnownShape(shape, node.attributes.shape);
    case 'reshape':
      return isSameKnownShape(shape, node.attributes.shape);
    case 'slice': {
      const { begin, size } = node.attributes;
      return !!shape && !!begin && !!size && begin.every((at) => at === 0) && size.every((length, axis) => length === -1 || length === shape[axis]);
    }
    case 'strided-slice': {
      const { begin, strides, beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask } = node.attributes;
      const output = graph.values[node.outputs[0]!]!.shape;
      if (!shape || !output || !begin || !strides || ellipsisMask || newAxisMask || shrinkAxisMask || !sameShape(shape, output)) return false;
      // As long as before and without steps: everything. Of an unknown length, only what is asked for from end to end.
      return strides.every((step, axis) => step === 1 && (shape[axis]! >= 0 || ((beginMask & (1 << axis) || begin[axis] === 0) && endMask & (1 << axis)) !== 0));
    }
    default:
      return false;
  }
}

/** At most one dimension may be free on either side, and it must be the same one. */
function isSameKnownShape(before: readonly number[] | null, after: readonly number[] | null): boolean {
  return !!before && !!after && sameShape(before, after) && after.filter((size) => size < 0).length <= 1;
}

function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}
