/**
 * Convolutions and dense layers:
 * - one dimension = two with height 1
 * - explicit padding = SAME or VALID where it is, else zeros around x and VALID
 * - groups of volumes: a convolution each, put side by side. (Groups of pictures stay: CONV_2D has them.)
 * - activations that kernels do not fuse come after
 * - a dense layer with a kernel that is computed = a matrix product
 * - transposed convolutions: a dilated kernel is one with zeros between its cells
 */
import type { NodeOf, ValueId } from '../../../../ir/graph';
import type { Shape } from '../../../../ir/tensor';
import type { OpAttributes } from '../../../../ops/signatures';
import { algebra } from '../algebra';
import { namedPadding, oneMore } from '../axes';
import { refuseLarge } from '../made-size';
import { dilated, sliced } from '../rearrange';
import type { Build, Rules } from '../rule';
import { unfuse } from './activations';

export const convolutionRules: Rules = {
  conv1d: [
    (node, build) => {
      const { reshape } = algebra(build);
      const [x, kernel, bias] = node.inputs as [ValueId, ValueId, ValueId?];
      const { strides, padding, dilations } = node.attributes;
      const [batch, steps, channels] = build.shape(x) as [number, number, number];
      const wide = reshape(x, [batch, 1, steps, channels]);
      const attributes = { ...node.attributes, strides: [1, ...strides], dilations: [1, ...dilations], padding: oneMore(padding) };
      const y = build.op('conv2d', [wide, reshape(kernel, [1, ...build.shape(kernel)]), bias ?? null], attributes, build.grid());
      return [reshape(y, build.shape(node.outputs[0]!))];
    },
  ],
  conv2d: [(node, build) => unfuse(node, build), (node, build) => padFirst(node, build)],
  'depthwise-conv2d': [(node, build) => unfuse(node, build), (node, build) => padFirst(node, build)],
  conv3d: [(node, build) => unfuse(node, build), (node, build) => padFirst(node, build), (node, build) => groupByGroup(node, build)],
  'transpose-conv2d': [(node, build) => unfuse(node, build), (node, build) => undilate(node, build)],
  'transpose-conv3d': [(node, build) => unfuse(node as unknown as NodeOf<'transpose-conv2d'>, build), (node, build) => undilate(node, build)],
  dense: [
    (node, build) => unfuse(node, build),
    (node, build) => {
      const [x, kernel, bias] = node.inputs as [ValueId, ValueId, ValueId?];
      if (build.isConstant(kernel)) return null;
      const { add, reshape } = algebra(build);
      const rows = reshape(x, [-1, build.shape(x).at(-1)!]);
      const product = build.op('batch-matmul', [rows, kernel], { transposeA: false, transposeB: false }, build.grid());
      const y = reshape(product, build.shape(node.outputs[0]!));
      const { activation } = node.attributes;
      return [bias ? add(y, bias, activation) : activation === 'none' ? y : build.op(activation as 'relu', [y], {} as never)];
    },
  ],
};

function padFirst(node: NodeOf<'conv2d'> | NodeOf<'conv3d'> | NodeOf<'depthwise-conv2d'>, build: Build) {
  const { padding, strides, dilations } = node.attributes;
  if (typeof padding === 'string') return null;
  const [x, kernel] = node.inputs as [ValueId, ValueId];
  const named = namedPadding(padding, build.shape(x).slice(1, -1), { kernel: build.shape(kernel).slice(0, -2), strides, dilations });
  const again = (input: ValueId, how: 'same' | 'valid') =>
    build.op(node.op as 'conv2d', [input, ...node.inputs.slice(1)], { ...(node.attributes as OpAttributes['conv2d']), padding: how }, build.grid());
  if (typeof named === 'string') return [again(x, named)];
  return [again(build.op('pad', [x], { paddings: [[0, 0], ...padding, [0, 0]], value: 0 }), 'valid')];
}

function groupByGroup(node: NodeOf<'conv3d'>, build: Build) {
  const { groups } = node.attributes;
  if (groups === 1) return null;
  const [x, kernel, bias] = node.inputs as [ValueId, ValueId, ValueId?];
  const outputs = build.shape(kernel).at(-1)! / groups;
  const parts = build.ops('split', [x], { axis: 4, count: groups }, groups);
  const results = parts.map((part, i) =>
    build.op('conv3d', [part, partOf(kernel, 4, i * outputs, outputs, build), bias ? partOf(bias, 0, i * outputs, outputs, build) : null], { ...node.attributes, groups: 1 }),
  );
  return [build.op('concat', results, { axis: 4, activation: 'none' })];
}

function partOf(id: ValueId, axis: number, start: number, size: number, build: Build): ValueId {
  const { tensor } = build.value(id);
  if (!tensor) return build.refuse('its kernel is computed by the graph; only constant kernels can be written');
  return build.constant(id, `${start}…${start + size}`, () => sliced(tensor, axis, start, size));
}

function undilate(node: NodeOf<'transpose-conv2d'> | NodeOf<'transpose-conv3d'>, build: Build) {
  const [x, kernel, bias, asked] = node.inputs as [ValueId, ValueId, ValueId?, ValueId?];
  const { dilations, strides } = node.attributes;
  const output = build.shape(node.outputs[0]!);
  if (dilations.every((dilation) => dilation === 1)) return null;
  const { tensor } = build.value(kernel);
  if (!tensor) return build.refuse('its kernel is computed by the graph; only constant kernels can be written');
  refuseLarge(build, tensor.shape.map((size, axis) => (size - 1) * (dilations[axis] ?? 1) + 1), 'its dilated kernel, spread out,');
  const spread = build.constant(kernel, `dilated[${dilations.join()}]`, () => dilated(tensor, dilations));
  // The shape that the rule of the dilated kernel gave, in case that of the spread one would differ.
  const shape = asked ?? (output.includes(-1) ? null : build.constant(null, 'shape', () => shapeTensor(output)));
  const attributes = { ...node.attributes, dilations: strides.map(() => 1) };
  return [build.op(node.op as 'transpose-conv2d', [x, spread, bias ?? null, shape], attributes, build.grid())];
}

function shapeTensor(shape: Shape) {
  return { dtype: 'int32', shape: [shape.length], encoding: { kind: 'dense', storage: 'int32', data: Int32Array.from(shape) } } as const;
}
