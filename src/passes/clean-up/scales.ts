/**
 * Multiplying and adding constants, one a channel or one for all:
 *
 * 1. (x · a) · b = x · (ab), (x + a) + b = x + (a + b), and the same with division and subtraction;
 * 2. W(a · x) = (W · a) x: a scale moves into the linear layer after it. Zeros of the padding stay zeros;
 * 3. W(x + c) + b = W x + (b + Σ W · c), where no padding puts zeros beside x + c.
 *
 * What follows a linear layer is for fold-batch-norm. What scales the model's input itself stays: by it a reader of the file knows that the
 * model takes bytes.
 */
import type { Node, ValueId } from '../../ir/graph';
import { float32Tensor } from '../../ir/tensor';
import { channelAffineOf, type ChannelAffine } from '../fold-batch-norm/channel-affine';
import { isLinear, scaleInputs } from '../fold-batch-norm/linear';
import type { OpName } from '../../ops/signatures';
import { layerNameOf } from '../weight-sites';
import type { Rule, View } from './rewrite';

/** What stands between an input and the model proper. */
const PREPROCESSING: ReadonlySet<OpName> = new Set([
  'identity', 'cast', 'reshape', 'transpose', 'pad', 'mirror-pad', 'resize-bilinear', 'resize-nearest', 'expand-dims', 'squeeze', 'flatten', 'slice', 'strided-slice', 'reverse', 'clip',
  'mul', 'div', 'add', 'sub', 'concat',
]);

export const scaleRules: readonly Rule[] = [
  {
    what: 'Scales and shifts put together',
    match(view, node) {
      const second = scaleOf(view, node);
      const before = second && view.producer(second.input);
      const first = before && scaleOf(view, before);
      if (!first || first.activation !== 'none' || !view.onlyReader(second!.input)) return undefined;
      const merged = together(first, second!);
      if (!merged) return undefined;
      return {
        nodes: [before!, node],
        apply: (editor) => {
          const tensor = float32Tensor(merged.numbers.length === 1 ? [] : [merged.numbers.length], Float32Array.from(merged.numbers));
          const constant = editor.addConstant(`${layerNameOf(node)}/${merged.op === 'mul' ? 'scale' : 'offset'}`, tensor);
          const attributes = { activation: second!.activation };
          editor.replaceNode(before!.id, []);
          editor.replaceNode(node.id, [{ ...node, op: merged.op, inputs: [first.input, constant], attributes } as Node]);
        },
      };
    },
  },
  {
    what: 'Scales and shifts moved into layers',
    match(view, node) {
      const affine = scaleOf(view, node);
      const linear = affine && view.onlyReader(node.outputs[0]!);
      if (!linear || !isLinear(linear) || affine.activation !== 'none' || linear.inputs[0] !== node.outputs[0]) return undefined;
      if (linear.op.startsWith('transpose') || ('groups' in linear.attributes && linear.attributes.groups !== 1)) return undefined;
      const isShift = affine.offset.some((value) => value !== 0);
      if (isShift && 'padding' in linear.attributes && linear.attributes.padding !== 'valid') return undefined;
      const [, kernelId, biasId] = linear.inputs;
      const [kernel, bias] = [view.floats(kernelId), view.floats(biasId)];
      if (!kernel || (biasId && !bias) || view.readerCount(kernelId!) > 1 || (biasId && view.readerCount(biasId) > 1)) return undefined;
      const { shape } = view.graph.values[kernelId!]!.tensor!;
      return {
        nodes: [node, linear],
        apply: (editor) => {
          const scaled = scaleInputs({ kernel, bias: bias ?? new Float32Array(0), shape }, linear, affine);
          editor.setTensor(kernelId!, float32Tensor(shape, scaled.kernel));
          if (biasId) editor.setTensor(biasId, float32Tensor([scaled.bias.length], scaled.bias));
          const newBias = biasId ?? (isShift ? editor.addConstant(`${layerNameOf(linear)}/bias`, float32Tensor([scaled.bias.length], scaled.bias)) : null);
          editor.replaceNode(node.id, []);
          editor.replaceNode(linear.id, [{ ...linear, inputs: [affine.input, kernelId!, ...(newBias ? [newBias] : [])] } as Node]);
        },
      };
    },
  },
];

/** Of mul, div, add and sub; a batch norm is for fold-batch-norm. */
function scaleOf(view: View, node: Node): ChannelAffine | undefined {
  if (node.op !== 'mul' && node.op !== 'div' && node.op !== 'add' && node.op !== 'sub') return undefined;
  const affine = channelAffineOf(view.graph, node);
  if (!affine || scalesInput(view, affine.input)) return undefined;
  // A constant of more channels than x has would make it wider.
  return sameShape(view.shape(affine.input), view.shape(node.outputs[0]!)) ? affine : undefined;
}

/** True for an input of the graph, scaled or moved at most. */
function scalesInput(view: View, id: ValueId): boolean {
  for (let at = id; ; ) {
    if (view.graph.inputs.includes(at)) return true;
    const node = view.producer(at);
    if (!node || !PREPROCESSING.has(node.op)) return false;
    at = node.inputs.find((input) => input !== null && !view.graph.values[input]!.tensor) ?? '';
  }
}

function sameShape(a: readonly number[] | null, b: readonly number[] | null): boolean {
  return !!a && !!b && a.length === b.length && a.every((size, axis) => size === b[axis]);
}

function together(first: ChannelAffine, second: ChannelAffine): { op: 'mul' | 'add'; numbers: Float64Array } | undefined {
  const areAll = (values: Float64Array, number: number): boolean => values.every((value) => value === number);
  const each = (a: Float64Array, b: Float64Array, combine: (x: number, y: number) => number): Float64Array =>
    Float64Array.from({ length: Math.max(a.length, b.length) }, (_, i) => combine(a[a.length === 1 ? 0 : i]!, b[b.length === 1 ? 0 : i]!));
  if (areAll(first.offset, 0) && areAll(second.offset, 0)) return { op: 'mul', numbers: each(first.scale, second.scale, (x, y) => x * y) };
  if (areAll(first.scale, 1) && areAll(second.scale, 1)) return { op: 'add', numbers: each(first.offset, second.offset, (x, y) => x + y) };
  return undefined;
}
