/** Shapes and what is made from them: reshaping, joining, cutting, padding, filling. */
import type { OpAttributes } from '../../ops/signatures';
import type { Kernel, Tensor } from './kernel';
import { activate } from './activations';
import { alongAxis, padTensor } from './few-dimensions';
import { axisOf, refuse, withNumbers } from './kernel';
import * as tf from '@tensorflow/tfjs-core';

export const shapeKernels = {
  reshape: (node, context) =>
    withNumbers(context, [{ index: 1, known: node.attributes.shape }], ([x], shape) => tf.reshape(x!, [...shape])),
  flatten: () => (x: Tensor) => tf.reshape(x, [x.shape[0]!, x.shape.slice(1).reduce((a, b) => a * b, 1)]),
  squeeze: (node) => {
    const { axes } = node.attributes;
    return (x: Tensor) => {
      const gone = axes.map((axis) => axisOf(axis, x.rank));
      return tf.reshape(x, x.shape.filter((size, i) => (axes.length === 0 ? size !== 1 : !gone.includes(i))));
    };
  },
  'expand-dims': (node) => (x: Tensor) => tf.expandDims(x, node.attributes.axis),
  transpose: (node) => {
    const permutation = [...node.attributes.permutation];
    return (x: Tensor) => tf.transpose(x, permutation);
  },
  concat: (node) => {
    const { axis, activation } = node.attributes;
    return (...parts: Tensor[]) => activate(tf.concat(parts, axisOf(axis, parts[0]!.rank)), activation);
  },
  stack: (node) => (...parts: Tensor[]) => tf.stack(parts, axisOf(node.attributes.axis, parts[0]!.rank + 1)),
  unstack: (node) => (x: Tensor) => tf.unstack(x, axisOf(node.attributes.axis, x.rank)),
  split: (node) => {
    const { attributes } = node;
    const parts = 'sizes' in attributes ? [...attributes.sizes] : attributes.count;
    return (x: Tensor) => tf.split(x, parts, axisOf(attributes.axis, x.rank));
  },
  slice: (node, context) =>
    withNumbers(
      context,
      [
        { index: 1, known: node.attributes.begin },
        { index: 2, known: node.attributes.size },
      ],
      ([x], begin, size) => tf.slice(x!, [...begin!], [...size!]),
    ),
  'strided-slice': (node, context) => {
    const { begin, end, strides } = node.attributes;
    return withNumbers(
      context,
      [
        { index: 1, known: begin },
        { index: 2, known: end },
        { index: 3, known: strides },
      ],
      ([x], from, to, steps) => stridedSlice(x!, [...from!], [...to!], [...steps!], node.attributes),
    );
  },
  pad: (node, context) => {
    const { paddings, value } = node.attributes;
    return withNumbers(context, [{ index: 1, known: paddings?.flat() ?? null }], ([x], flat) => padTensor(x!, pairs(flat!), value));
  },
  'mirror-pad': (node) => {
    const paddings = pairs(node.attributes.paddings.flat());
    const { mode } = node.attributes;
    return (x: Tensor) =>
      tf.tidy(() =>
        paddings
          .reduce((value, [before, after], axis) => (before + after === 0 ? value : alongAxis(value, axis, (rows) => tf.mirrorPad(rows, [[0, 0], [before, after], [0, 0]], mode))), x)
          .clone(),
      );
  },
  tile: (node, context) =>
    withNumbers(context, [{ index: 1, known: node.attributes.multiples }], ([x], multiples) => tf.tile(x!, [...multiples!])),
  'broadcast-to': (node, context) =>
    withNumbers(context, [{ index: 1, known: node.attributes.shape }], ([x], shape) => tf.broadcastTo(x!, [...shape!])),
  fill: (_node, context) =>
    withNumbers(context, [{ index: 0, known: null }], ([, value], shape) =>
      tf.tidy(() => tf.broadcastTo(tf.reshape(value!, shape!.map(() => 1)), [...shape!])),
    ),
  range: (node, context) => {
    const dtype = context.outputs[0]!.dtype;
    if (dtype !== 'int32' && dtype !== 'float32') refuse(node, context.backend, `a range of ${dtype} does not exist.`);
    return withNumbers(
      context,
      [0, 1, 2].map((index) => ({ index, known: null })),
      (_inputs, start, limit, delta) => tf.range(start![0]!, limit![0]!, delta![0]!, dtype),
    );
  },
  shape: () => (x: Tensor) => tf.tensor1d(x.shape, 'int32'),
  size: () => (x: Tensor) => tf.scalar(x.size, 'int32'),
  rank: () => (x: Tensor) => tf.scalar(x.rank, 'int32'),
} satisfies { [O in ShapeOp]: Kernel<O> };

function stridedSlice(x: Tensor, begin: number[], end: number[], strides: number[], masks: OpAttributes['strided-slice']): Tensor {
  const { beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask } = masks;
  // TensorFlow.js counts strides against the shrunk shape: where both are asked for, it takes other cells.
  const isShrunkInSteps = shrinkAxisMask !== 0 && strides.some((stride) => stride !== 1);
  if (x.rank <= 4 && newAxisMask === 0 && !isShrunkInSteps) return tf.stridedSlice(x, begin, end, strides, beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask);
  // webgl has no shader for more dimensions, and with a new axis TensorFlow.js loses the last dimension when it is not
  // named: one axis at a time, with the masks already worked into the numbers.
  const info = tf.slice_util.sliceInfo(x.shape, begin, end, strides, beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask);
  const outer = 0b101; // the dimensions around the axis, taken whole
  return tf.tidy(() => {
    const cut = info.strides.reduce((value, stride, axis) => {
      const [first, last] = [info.begin[axis]!, info.end[axis]!];
      if (stride === 1 && first === 0 && last === x.shape[axis]) return value;
      const toTheStart = last < 0 ? 0b010 : 0; // a backward slice that takes cell 0 too
      return alongAxis(value, axis, (rows) => tf.stridedSlice(rows, [0, first, 0], [0, last, 0], [1, stride, 1], outer, outer | toTheStart));
    }, x);
    return tf.reshape(cut, info.finalShape);
  });
}

function pairs(flat: readonly number[]): [number, number][] {
  return Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i]!, flat[2 * i + 1]!]);
}

type ShapeOp =
  | 'reshape' | 'flatten' | 'squeeze' | 'expand-dims' | 'transpose' | 'concat' | 'stack' | 'unstack' | 'split' | 'slice' | 'strided-slice'
  | 'pad' | 'mirror-pad' | 'tile' | 'broadcast-to' | 'fill' | 'range' | 'shape' | 'size' | 'rank';
