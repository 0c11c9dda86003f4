/**
 * Nodes that move numbers, one after another:
 *
 * 1. transpose(transpose(x, p), q) = transpose(x, p∘q);
 * 2. of reshapes in a row (reshape, flatten, squeeze, expand-dims) only the last matters;
 * 3. concat(concat(a, b), c) = concat(a, b, c), and the parts of a split put together again are the whole;
 * 4. pads in a row are one, and zeros around an image are the convolution's own padding;
 * 5. padding by numbers that are TensorFlow's SAME (or none) is said so, which every format holds.
 */
import type { Node, NodeOf, ValueId } from '../../ir/graph';
import type { Padding } from '../../ops/signatures';
import { replacePair, type Rule, type View } from './rewrite';

type Padded = NodeOf<'conv1d'> | NodeOf<'conv2d'> | NodeOf<'conv3d'> | NodeOf<'depthwise-conv2d'>;
type Pads = readonly (readonly [number, number])[];

export const chainRules: readonly Rule[] = [
  {
    what: 'Transposes put together',
    match(view, node) {
      const before = view.producer(node.inputs[0]);
      if (node.op !== 'transpose' || before?.op !== 'transpose') return undefined;
      const permutation = node.attributes.permutation.map((axis) => before.attributes.permutation[axis]!);
      return replacePair(before, node, { ...node, inputs: [before.inputs[0]!], attributes: { permutation } });
    },
  },
  {
    what: 'Reshapes that another follows',
    match(view, node) {
      const before = view.producer(node.inputs[0]);
      if (!before || !isReshape(before) || !isReshape(node)) return undefined;
      const after = reshaped(view, node, before);
      return after && replacePair(before, node, after);
    },
  },
  {
    what: 'Joins put together',
    match(view, node) {
      if (node.op !== 'concat') return undefined;
      const inner = node.inputs.map((id) => view.producer(id)).find((before): before is NodeOf<'concat'> => before?.op === 'concat' && isPartOf(view, before, node));
      if (!inner) return undefined;
      const inputs = node.inputs.flatMap((id) => (id === inner.outputs[0] ? inner.inputs : [id]));
      return replacePair(inner, node, { ...node, inputs });
    },
  },
  {
    what: 'Splits that are joined again',
    match(view, node) {
      const split = view.producer(node.inputs[0]);
      if (node.op !== 'concat' || split?.op !== 'split' || node.attributes.activation !== 'none') return undefined;
      const isWhole = node.inputs.length === split.outputs.length && node.inputs.every((id, i) => id === split.outputs[i]);
      const isSameAxis = axisOf(view, node, node.outputs[0]!) === axisOf(view, split, split.inputs[0]!);
      return isWhole && isSameAxis ? replacePair(split, node, { ...node, op: 'identity', inputs: [split.inputs[0]!], attributes: {} } as Node) : undefined;
    },
  },
  {
    what: 'Pads put together',
    match(view, node) {
      const before = view.producer(node.inputs[0]);
      if (node.op !== 'pad' || before?.op !== 'pad' || node.attributes.value !== before.attributes.value) return undefined;
      const [first, second] = [before.attributes.paddings, node.attributes.paddings];
      if (!first || !second) return undefined;
      return replacePair(before, node, { ...node, inputs: [before.inputs[0]!], attributes: { ...node.attributes, paddings: added(first, second) } });
    },
  },
  {
    what: 'Pads moved into convolutions',
    match(view, node) {
      const before = view.producer(node.inputs[0]);
      if (!isPadded(node) || before?.op !== 'pad' || node.attributes.padding === 'same' || before.attributes.value !== 0) return undefined;
      const pads = before.attributes.paddings;
      const isSpatial = pads && [pads[0]!, pads.at(-1)!].every(([front, back]) => front === 0 && back === 0);
      // A pad that others read too would be done twice.
      if (!isSpatial || !view.onlyReader(before.outputs[0]!) || pads.flat().some((size) => size < 0)) return undefined;
      const own = node.attributes.padding === 'valid' ? pads.slice(1, -1).map(() => [0, 0] as const) : node.attributes.padding;
      const attributes = { ...node.attributes, padding: added(pads.slice(1, -1), own) };
      return replacePair(before, node, { ...node, inputs: [before.inputs[0]!, ...node.inputs.slice(1)], attributes } as Node);
    },
  },
  {
    what: 'Paddings by numbers that are SAME',
    match(view, node) {
      if (!isPadded(node) || typeof node.attributes.padding === 'string') return undefined;
      const padding = namedPadding(view, node, node.attributes.padding);
      if (!padding) return undefined;
      return { nodes: [node], apply: (editor) => editor.replaceNode(node.id, [{ ...node, attributes: { ...node.attributes, padding } } as Node]) };
    },
  },
];

type Reshape = NodeOf<'reshape'> | NodeOf<'flatten'> | NodeOf<'squeeze'> | NodeOf<'expand-dims'>;

function isReshape(node: Node): node is Reshape {
  return node.op === 'reshape' || node.op === 'flatten' || node.op === 'squeeze' || node.op === 'expand-dims';
}

/** `node` on what `before` reads; undefined where the shape it gives cannot be said. */
function reshaped(view: View, node: Reshape, before: Reshape): Node | undefined {
  const x = before.inputs[0]!;
  if (node.op === 'reshape') return { ...node, inputs: [x, ...node.inputs.slice(1)] };
  const [from, between, to] = [view.shape(x), view.shape(before.outputs[0]!), view.shape(node.outputs[0]!)];
  if (!from || !between || !to) return undefined;
  if (node.op === 'flatten' && from.length > 1 && keepsBatch(view, before)) return { ...node, inputs: [x] };
  if (to.filter((size) => size < 0).length > 1) return undefined;
  const { layer: _layer, ...rest } = node;
  return { ...rest, op: 'reshape', inputs: [x], attributes: { shape: to } } as Node;
}

/** True when the first dimension is the same before and after, known or not. */
function keepsBatch(view: View, node: Reshape): boolean {
  const [from, to] = [view.shape(node.inputs[0]!)!, view.shape(node.outputs[0]!)!];
  const restOf = (shape: readonly number[]): number => shape.slice(1).reduce((a, b) => (a < 0 || b < 0 ? -1 : a * b), 1);
  return node.op === 'flatten' || (from[0] === to[0] && (from[0]! >= 0 || (restOf(from) >= 0 && restOf(from) === restOf(to))));
}

/** An inner join along the same axis that nothing else reads. */
function isPartOf(view: View, inner: NodeOf<'concat'>, outer: NodeOf<'concat'>): boolean {
  const id = inner.outputs[0]!;
  if (inner.attributes.activation !== 'none' || view.onlyReader(id) !== outer) return false;
  const axis = axisOf(view, outer, outer.outputs[0]!);
  return axis !== undefined && axis === axisOf(view, inner, id);
}

function axisOf(view: View, node: NodeOf<'concat'> | NodeOf<'split'>, id: ValueId): number | undefined {
  const { axis } = node.attributes;
  if (axis >= 0) return axis;
  const rank = view.shape(id)?.length;
  return rank === undefined ? undefined : axis + rank;
}

function added(a: Pads, b: Pads): Pads {
  return a.map(([before, after], axis) => [before + b[axis]![0], after + b[axis]![1]] as const);
}

function isPadded(node: Node): node is Padded {
  return node.op === 'conv1d' || node.op === 'conv2d' || node.op === 'conv3d' || node.op === 'depthwise-conv2d';
}

function namedPadding(view: View, node: Padded, pads: Pads): Padding | undefined {
  if (pads.every(([before, after]) => before === 0 && after === 0)) return 'valid';
  const kernel = view.shape(node.inputs[1]!);
  const sizes = view.shape(node.inputs[0]!)?.slice(1, -1);
  if (!kernel) return undefined;
  const isSame = pads.every(([before, after], axis) => {
    const stride = node.attributes.strides[axis]!;
    const extent = (kernel[axis]! - 1) * node.attributes.dilations[axis]! + 1;
    const size = sizes?.[axis] ?? -1;
    // With steps of one SAME does not depend on the size.
    if (size < 0 && stride > 1) return false;
    const total = stride === 1 ? extent - 1 : Math.max((Math.ceil(size / stride) - 1) * stride + extent - size, 0);
    return before === Math.floor(total / 2) && after === Math.ceil(total / 2);
  });
  return isSame ? 'same' : undefined;
}
