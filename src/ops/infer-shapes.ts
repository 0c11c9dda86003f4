/**
 * The type of every value of a graph, from its inputs and constants. What cannot be known stays unknown (−1, or null for
 * the rank); what contradicts itself is a GraphError that names the node, the operator and the shapes.
 */
import type { Graph, Node, Value, ValueId } from '../ir/graph';
import type { Shape, Tensor } from '../ir/tensor';
import { decodeFloats, decodeIntegers, sizeOf } from '../ir/tensor';
import { WhittleError } from '../lib/errors';
import type { Contents, ContentsContext, Fail, ValueType } from './definition';
import { CONTENTS_LIMIT } from './definition';
import { isFullyKnown, isKnown, productOf, UNKNOWN } from './dimensions';
import { definitionOf } from './table';

/** `inputShapes` (by value id) replaces the shapes of graph inputs. All other shapes are worked out anew. */
export function inferShapes(graph: Graph, inputShapes: Readonly<Record<ValueId, Shape>> = {}): Graph {
  return inferTypes(graph, inputShapes).graph;
}

/** The same, with what is known of the contents of small values. */
export function inferTypes(graph: Graph, inputShapes: Readonly<Record<ValueId, Shape>> = {}): InferredTypes {
  const values: Record<ValueId, Value> = {};
  const contents = new Map<ValueId, Contents>();
  for (const value of Object.values(graph.values)) {
    if (value.tensor) {
      values[value.id] = typed(value, value.tensor);
      const known = constantContents(value.tensor);
      if (known) contents.set(value.id, known);
    }
  }
  for (const id of graph.inputs) {
    const value = graph.values[id];
    if (!value) throw new WhittleError('GraphError', `Graph "${graph.name}" has no value "${id}" for its input.`);
    values[id] = typed(value, { dtype: value.dtype, shape: inputShapes[id] ?? value.shape });
  }
  for (const node of graph.nodes) inferNode(node, graph, values, contents);
  return { graph: { ...graph, values: { ...graph.values, ...values } }, contents };
}

export interface InferredTypes {
  readonly graph: Graph;
  readonly contents: ReadonlyMap<ValueId, Contents>;
}

/** What the unknown dimensions of a graph input become. */
export type UnknownDimensions = number | ((input: Value, axis: number) => number);

/** The graph for a batch of this size: the first dimension of every input where it is unknown, and other unknown ones by `others`. */
export function withBatch(graph: Graph, batch: number, others?: UnknownDimensions): Graph {
  const shapes: Record<ValueId, Shape> = {};
  for (const id of graph.inputs) {
    const input = graph.values[id]!;
    if (!input.shape) continue;
    shapes[id] = input.shape.map((size, axis) => {
      if (isKnown(size)) return size;
      if (axis === 0) return batch;
      return typeof others === 'function' ? others(input, axis) : (others ?? size);
    });
  }
  return inferShapes(graph, shapes);
}

/** The output types of one node from the types of its inputs; readers that build a graph node by node use it too. */
export function inferNode(node: Node, graph: Graph, values: Record<ValueId, Value>, contents: Map<ValueId, Contents>): void {
  const inputs = node.inputs.map((id): ValueType | null => {
    if (id === null) return null;
    const value = values[id];
    if (!value) throw new WhittleError('GraphError', `Node "${node.name}" (${node.op}) reads "${id}", which nothing before it gives.`);
    return value;
  });
  const fail = failOf(node, inputs);
  const definition = definitionOf<unknown>(node.op);
  const context = {
    attributes: node.attributes,
    inputs,
    outputCount: node.outputs.length,
    contents: (index: number): Contents | null => contents.get(node.inputs[index] ?? '') ?? null,
    fail,
  };
  const outputs = definition.shape(context);
  node.outputs.forEach((id, i) => {
    const type = outputs[i] ?? fail(`there is no output ${i}`);
    if (type.shape && !type.shape.every(isDimension)) fail(`output ${i} would have the shape [${type.shape.join(', ')}]`);
    const value = graph.values[id];
    if (!value) throw new WhittleError('GraphError', `Node "${node.name}" (${node.op}) gives "${id}", which is no value of the graph.`);
    values[id] = typed(value, type);
  });
  rememberContents(node, { ...context, outputs }, contents);
}

/** Attributes out of a broken file (a stride of 0, a negative size) end here when no rule looked at them. */
function isDimension(size: number): boolean {
  return Number.isSafeInteger(size) && size >= UNKNOWN;
}

function rememberContents(node: Node, context: ContentsContext<unknown>, contents: Map<ValueId, Contents>): void {
  // Shapes are never activated; evaluation knows no activations.
  if ('activation' in node.attributes && node.attributes.activation !== 'none') return;
  const known = definitionOf<unknown>(node.op).contents?.(context);
  node.outputs.forEach((id, i) => {
    const numbers = known?.[i];
    const { shape } = context.outputs[i]!;
    // Contents whose number does not agree with the shape would poison what is computed from them.
    if (numbers && isFullyKnown(shape) && numbers.length === productOf(shape) && numbers.length <= CONTENTS_LIMIT) contents.set(id, numbers);
  });
}

function failOf(node: Node, inputs: readonly (ValueType | null)[]): Fail {
  return (reason) => {
    const shapes = inputs.map((input) => (input === null ? 'none' : (input.shape ? `[${input.shape.join(', ')}]` : 'unknown'))).join(', ');
    throw new WhittleError('GraphError', `Node "${node.name}" (${node.op}) cannot take inputs ${shapes || '(none)'}: ${reason}.`);
  };
}

/** The same object where nothing changes, so that graphs share it. */
function typed(value: Value, { dtype, shape }: ValueType): Value {
  if (value.dtype === dtype && sameShape(value.shape, shape)) return value;
  return { ...value, dtype, shape };
}

function sameShape(a: Shape | null, b: Shape | null): boolean {
  if (!a || !b) return a === b;
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}

function constantContents(tensor: Tensor): Contents | null {
  if (tensor.dtype === 'string' || sizeOf(tensor.shape) > CONTENTS_LIMIT) return null;
  return Array.from(tensor.dtype === 'float32' ? decodeFloats(tensor) : decodeIntegers(tensor));
}
