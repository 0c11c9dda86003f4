/** Reductions and running sums over axes. No axes means all of them only where the reader wrote all of them. */
import type { Kernel, Tensor } from './kernel';
import { axisOf } from './kernel';
import * as tf from '@tensorflow/tfjs-core';

type Reduce = (x: Tensor, axes: number[], keepDims: boolean) => Tensor;

function reducing(reduce: Reduce) {
  return (node: { readonly attributes: { readonly axes: readonly number[]; readonly keepDims: boolean } }) => {
    const axes = [...node.attributes.axes];
    const { keepDims } = node.attributes;
    return (x: Tensor) => (axes.length === 0 ? tf.clone(x) : reduce(x, axes, keepDims));
  };
}

export const reductionKernels = {
  mean: reducing((x, axes, keepDims) => tf.mean(x, axes, keepDims)),
  sum: reducing((x, axes, keepDims) => tf.sum(x, axes, keepDims)),
  // The webgpu kernel forgets to keep dimensions.
  prod: reducing((x, axes, keepDims) => {
    if (!keepDims) return tf.prod(x, axes);
    const gone = axes.map((axis) => axisOf(axis, x.rank));
    return tf.tidy(() => tf.reshape(tf.prod(x, axes), x.shape.map((size, i) => (gone.includes(i) ? 1 : size))));
  }),
  max: reducing((x, axes, keepDims) => tf.max(x, axes, keepDims)),
  min: reducing((x, axes, keepDims) => tf.min(x, axes, keepDims)),
  any: reducing((x, axes, keepDims) => tf.any(x, axes, keepDims)),
  all: reducing((x, axes, keepDims) => tf.all(x, axes, keepDims)),
  argmax: (node) => (x: Tensor) => tf.argMax(x, node.attributes.axis),
  argmin: (node) => (x: Tensor) => tf.argMin(x, node.attributes.axis),
  cumsum: (node) => {
    const { axis, exclusive, reverse } = node.attributes;
    return (x: Tensor) => tf.cumsum(x, axisOf(axis, x.rank), exclusive, reverse);
  },
  cumprod: (node) => {
    const { axis, exclusive, reverse } = node.attributes;
    return (x: Tensor) => tf.cumprod(x, axisOf(axis, x.rank), exclusive, reverse);
  },
} satisfies { [O in ReductionOp]: Kernel<O> };

type ReductionOp = 'mean' | 'sum' | 'prod' | 'max' | 'min' | 'any' | 'all' | 'argmax' | 'argmin' | 'cumsum' | 'cumprod';
