/**
 * Linear layers that are one linear layer, where that takes no more multiplications (each window's matrix is [cells · inputs, outputs]):
 *
 * 1. A then 1×1 (or dense): W = W_A · W_B, b = b_A · W_B + b_B. A depthwise A becomes a full convolution;
 * 2. 1×1 then B: W[cell] = W_A · W_B[cell], b = b_A · Σ W_B[cell] + b_B; b_A must be none where B pads, since it is not added to the padding;
 * 3. side by side on the same input and joined along the channels: one layer with all their outputs;
 * 4. side by side and added: W = W_A + W_B, b = b_A + b_B; a 1×1 beside an odd window stands in its middle (RepVGG, Ding et al. 2021, arXiv 2101.03697).
 *
 * Weights that a pass encoded or pruned are left alone: merging would undo it.
 */
import type { GraphEditor } from '../../ir/edit';
import type { LayerSource, Node, NodeOf, ValueId } from '../../ir/graph';
import { float32Tensor } from '../../ir/tensor';
import { multiply } from '../matrix-product';
import { layerNameOf } from '../weight-sites';
import type { Change, Rule, View } from './rewrite';

type Merged = NodeOf<'dense'> | NodeOf<'conv1d'> | NodeOf<'conv2d'> | NodeOf<'conv3d'>;

/** A layer with constant float weights; a depthwise one as the full convolution that it is. */
interface Linear {
  readonly node: Merged | NodeOf<'depthwise-conv2d'>;
  /** [cells, inputs, outputs]. */
  readonly kernel: Float32Array;
  readonly bias: Float32Array | undefined;
  readonly window: readonly number[];
  readonly cells: number;
  readonly inputs: number;
  readonly outputs: number;
  /** Multiplications at each position. */
  readonly cost: number;
}

/** More exact zeros than this are some pass's work. */
const MOST_ZEROS = 0.01;

export const mergeRules: readonly Rule[] = [
  { what: 'Layers in a row merged', match: (view, node) => mergeRow(view, node) },
  { what: 'Layers side by side merged', match: (view, node) => mergeJoined(view, node) },
  { what: 'Layers that are added merged', match: (view, node) => mergeAdded(view, node) },
];

function mergeRow(view: View, node: Node): Change | undefined {
  const after = node.outputs[0] ? view.onlyReader(node.outputs[0]) : undefined;
  if (!after || after.inputs[0] !== node.outputs[0]) return undefined;
  const [first, second] = [linearOf(view, node), linearOf(view, after)];
  if (!first || !second || first.node.attributes.activation !== 'none' || isDense(first.node) !== isDense(second.node) || first.window.length !== second.window.length) return undefined;
  const isLast = isPointwise(second);
  const isFirst = isPointwise(first) && (!first.bias || !isPadding(second));
  if ((!isLast && !isFirst) || isPruned(first) || isPruned(second)) return undefined;
  const outer = isLast ? first : second;
  // 1×1 first is computed at every position before the second's strides: at least at as many.
  if (outer.cells * first.inputs * second.outputs > first.cost + second.cost) return undefined;
  return {
    nodes: [node, after],
    apply: (editor) => {
      const kernel = isLast ? Float32Array.from(multiply(first.kernel, second.kernel, first.cells * first.inputs, first.outputs, second.outputs)) : throughFirst(first, second);
      const bias = biasInRow(first, second);
      const shape = [...outer.window, first.inputs, second.outputs];
      const window = isDense(outer.node) ? {} : windowOf(outer);
      const op = outer.node.op === 'depthwise-conv2d' ? 'conv2d' : outer.node.op;
      const attributes = { ...window, activation: second.node.attributes.activation };
      const inputs = [node.inputs[0]!, ...constants(editor, layerNameOf(after), kernel, shape, bias)];
      editor.replaceNode(node.id, []);
      editor.replaceNode(after.id, [withLayer({ ...after, op, inputs, attributes } as Merged, undefined)]);
    },
  };
}

/** W[cell, i, o] = Σ_r A[i, r] · B[cell, r, o]. */
function throughFirst(first: Linear, second: Linear): Float32Array {
  const kernel = new Float32Array(second.cells * first.inputs * second.outputs);
  const size = second.inputs * second.outputs;
  for (let cell = 0; cell < second.cells; cell++) {
    const part = multiply(first.kernel, second.kernel.subarray(cell * size, (cell + 1) * size), first.inputs, first.outputs, second.outputs);
    kernel.set(part, cell * first.inputs * second.outputs);
  }
  return kernel;
}

function biasInRow(first: Linear, second: Linear): Float32Array | undefined {
  if (!first.bias) return second.bias;
  const sums = Float64Array.from({ length: second.outputs }, (_, o) => second.bias?.[o] ?? 0);
  for (let cell = 0; cell < second.cells; cell++) {
    for (let r = 0; r < second.inputs; r++) {
      for (let o = 0; o < second.outputs; o++) sums[o]! += first.bias[r]! * second.kernel[(cell * second.inputs + r) * second.outputs + o]!;
    }
  }
  return Float32Array.from(sums);
}

function mergeJoined(view: View, node: Node): Change | undefined {
  if (node.op !== 'concat') return undefined;
  const rank = view.shape(node.outputs[0]!)?.length;
  if (rank === undefined || (node.attributes.axis !== -1 && node.attributes.axis !== rank - 1)) return undefined;
  const run = longestRun(node.inputs.map((id) => sideOf(view, id!, node)));
  if (!run) return undefined;
  const { from, linears } = run;
  const [first] = linears as [Linear];
  const outputs = linears.reduce((sum, linear) => sum + linear.outputs, 0);
  return {
    nodes: [node, ...linears.map((linear) => linear.node)],
    apply: (editor) => {
      const rows = first.cells * first.inputs;
      const kernel = new Float32Array(rows * outputs);
      const bias = new Float32Array(outputs);
      let at = 0;
      for (const linear of linears) {
        for (let row = 0; row < rows; row++) kernel.set(linear.kernel.subarray(row * linear.outputs, (row + 1) * linear.outputs), row * outputs + at);
        if (linear.bias) bias.set(linear.bias, at);
        at += linear.outputs;
      }
      const shape = [...first.window, first.inputs, outputs];
      const weights = constants(editor, layerNameOf(first.node), kernel, shape, linears.some((linear) => linear.bias) ? bias : undefined);
      const value = view.graph.values[first.node.outputs[0]!]!;
      const { statistics: _ofOneAlone, ...plain } = value;
      editor.setValue({ ...plain, shape: value.shape && [...value.shape.slice(0, -1), outputs] });
      const inputs = [...node.inputs.slice(0, from), first.node.outputs[0]!, ...node.inputs.slice(from + linears.length)];
      // Of a join of one only its activation is left, which a layer without one can take over.
      const takesOver = inputs.length === 1 && first.node.attributes.activation === 'none';
      const activation = takesOver ? node.attributes.activation : first.node.attributes.activation;
      const merged = { ...first.node, inputs: [first.node.inputs[0]!, ...weights], attributes: { ...first.node.attributes, activation } };
      for (const linear of linears) editor.replaceNode(linear.node.id, []);
      editor.replaceNode(first.node.id, [withLayer(merged as Merged, outputs)]);
      editor.replaceNode(node.id, [{ ...node, inputs, attributes: { ...node.attributes, activation: takesOver ? 'none' : node.attributes.activation } }]);
    },
  };
}

/** A layer that only this join reads. */
function sideOf(view: View, id: ValueId, join: Node): Linear | undefined {
  const node = view.producer(id);
  const linear = node && view.onlyReader(id) === join ? linearOf(view, node) : undefined;
  return linear?.node.op === 'depthwise-conv2d' ? undefined : linear;
}

function longestRun(sides: readonly (Linear | undefined)[]): { from: number; linears: Linear[] } | undefined {
  for (const [from, first] of sides.entries()) {
    if (!first) continue;
    const linears = [first];
    while (isBeside(first, sides[from + linears.length])) linears.push(sides[from + linears.length]!);
    if (linears.length > 1) return { from, linears };
  }
  return undefined;
}

function isBeside(first: Linear, other: Linear | undefined): boolean {
  return !!other && other.node.op === first.node.op && other.node.inputs[0] === first.node.inputs[0] && other.window.join() === first.window.join() && sameAttributes(first.node, other.node);
}

function mergeAdded(view: View, node: Node): Change | undefined {
  if (node.op !== 'add' || node.inputs[0] === node.inputs[1]) return undefined;
  const [a, b] = node.inputs.map((id) => sideOf(view, id!, node));
  if (!a || !b || a.node.op !== b.node.op || a.node.inputs[0] !== b.node.inputs[0] || a.outputs !== b.outputs) return undefined;
  if (a.node.attributes.activation !== 'none' || b.node.attributes.activation !== 'none' || isPruned(a) || isPruned(b)) return undefined;
  const [wide, narrow] = a.cells >= b.cells ? [a, b] : [b, a];
  const isSameWindow = wide.window.join() === narrow.window.join() && sameAttributes(wide.node, narrow.node);
  if (!isSameWindow && !standsInMiddle(narrow, wide)) return undefined;
  return {
    nodes: [node, a.node, b.node],
    apply: (editor) => {
      const kernel = Float32Array.from(wide.kernel);
      const middle = isSameWindow ? 0 : ((wide.cells - 1) / 2) * wide.inputs * wide.outputs;
      for (let i = 0; i < narrow.kernel.length; i++) kernel[middle + i]! += narrow.kernel[i]!;
      const bias = a.bias || b.bias ? Float32Array.from({ length: a.outputs }, (_, o) => (a.bias?.[o] ?? 0) + (b.bias?.[o] ?? 0)) : undefined;
      const shape = [...wide.window, wide.inputs, wide.outputs];
      const weights = constants(editor, layerNameOf(wide.node), kernel, shape, bias);
      const attributes = { ...wide.node.attributes, activation: node.attributes.activation };
      editor.replaceNode(a.node.id, []);
      editor.replaceNode(b.node.id, []);
      editor.replaceNode(node.id, [{ ...wide.node, inputs: [wide.node.inputs[0]!, ...weights], outputs: node.outputs, attributes } as Node]);
    },
  };
}

/** A 1×1 beside an odd window with SAME padding, both at every position. */
function standsInMiddle(narrow: Linear, wide: Linear): boolean {
  if (isDense(wide.node) || isDense(narrow.node)) return false;
  const { strides, dilations, padding } = wide.node.attributes;
  return isPointwise(narrow) && padding === 'same' && wide.window.every((size) => size % 2 === 1) && [...strides, ...dilations].every((step) => step === 1);
}

function linearOf(view: View, node: Node): Linear | undefined {
  if (node.op !== 'dense' && node.op !== 'conv1d' && node.op !== 'conv2d' && node.op !== 'conv3d' && node.op !== 'depthwise-conv2d') return undefined;
  if ('groups' in node.attributes && node.attributes.groups !== 1) return undefined;
  const [, kernelId, biasId] = node.inputs;
  const [floats, bias] = [view.floats(kernelId), view.floats(biasId)];
  // A kernel that others read too would be stored twice.
  if (!floats || (biasId && !bias) || view.readerCount(kernelId!) > 1) return undefined;
  const { shape } = view.graph.values[kernelId!]!.tensor!;
  const window = shape.slice(0, -2);
  const cells = window.reduce((a, b) => a * b, 1);
  const [inputs, last] = [shape.at(-2)!, shape.at(-1)!];
  const isDepthwise = node.op === 'depthwise-conv2d';
  const outputs = isDepthwise ? inputs * last : last;
  if (bias && bias.length !== outputs) return undefined;
  return { node, kernel: isDepthwise ? spread(floats, cells, inputs, last) : floats, bias, window, cells, inputs, outputs, cost: floats.length };
}

/** A depthwise kernel [cells, C, M] as the full one [cells, C, C·M]. */
function spread(kernel: Float32Array, cells: number, channels: number, multiplier: number): Float32Array {
  const full = new Float32Array(cells * channels * channels * multiplier);
  for (let i = 0; i < kernel.length; i++) full[Math.floor(i / multiplier) * channels * multiplier + (i % (channels * multiplier))] = kernel[i]!;
  return full;
}

function isDense(node: Linear['node']): node is NodeOf<'dense'> {
  return node.op === 'dense';
}

/** One cell, at every position. */
function isPointwise({ node, cells }: Linear): boolean {
  if (isDense(node)) return true;
  const { strides, padding } = node.attributes;
  return cells === 1 && strides.every((step) => step === 1) && (typeof padding === 'string' || padding.flat().every((size) => size === 0));
}

function isPadding({ node }: Linear): boolean {
  return !isDense(node) && node.attributes.padding !== 'valid';
}

function isPruned({ node, kernel, outputs, inputs, cells }: Linear): boolean {
  let zeros = 0;
  for (const value of kernel) if (value === 0) zeros++;
  const structural = node.op === 'depthwise-conv2d' ? cells * inputs * outputs - (cells * outputs) : 0;
  return zeros - structural > MOST_ZEROS * (kernel.length - structural);
}

function windowOf({ node }: Linear) {
  if (isDense(node)) throw new TypeError('A dense layer has no window.');
  const { strides, padding, dilations } = node.attributes;
  return { strides, padding, dilations, groups: 1 };
}

function sameAttributes(a: Node, b: Node): boolean {
  const sorted = (node: Node): string => JSON.stringify(Object.entries(node.attributes).sort(([x], [y]) => (x < y ? -1 : 1)));
  return sorted(a) === sorted(b);
}

function constants(editor: GraphEditor, name: string, kernel: Float32Array, shape: readonly number[], bias: Float32Array | undefined): ValueId[] {
  const ids = [editor.addConstant(`${name}/kernel`, float32Tensor(shape, kernel))];
  if (bias) ids.push(editor.addConstant(`${name}/bias`, float32Tensor([bias.length], bias)));
  return ids;
}

/** With the Keras layer's number of outputs; a layer whose window changed is written from the node itself. */
function withLayer(node: Merged, outputs: number | undefined): Node {
  const { layer, ...rest } = node;
  if (!layer || outputs === undefined) return rest as Node;
  const resized: LayerSource = { ...layer, config: { ...layer.config, ...('units' in layer.config ? { units: outputs } : { filters: outputs }) } };
  return { ...rest, layer: resized } as Node;
}
