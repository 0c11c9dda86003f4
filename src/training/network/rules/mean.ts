/** Means and sums over axes: the gradient is the same for every cell that went in. */
import type { Tensor } from '@tensorflow/tfjs-core';
import type { OpAttributes } from '../../../ops/signatures';
import type { Rule } from '../rule';
import { axisOf } from '../../../runtime/tfjs/kernel';
import { add, AvgPool, engine, mean as meanOf, mul, reshape, sum as sumOf, zeros } from '@tensorflow/tfjs-core';

type Node = { readonly attributes: OpAttributes['mean'] };

export const mean = ({ attributes }: Node): Rule => reducing(attributes, averaged, true);
export const sum = ({ attributes }: Node): Rule => reducing(attributes, (x, axes, keepDims) => sumOf(x, axes, keepDims), false);

function reducing({ axes, keepDims }: OpAttributes['mean'], reduce: (x: Tensor, axes: number[], keepDims: boolean) => Tensor, divides: boolean): Rule {
  return {
    reads: { inputs: [], outputs: false },
    forward: ([x]) => (axes.length === 0 ? x! : reduce(x!, axes.map((axis) => axisOf(axis, x!.rank)), keepDims)),
    backward([dy], { inputShapes: [shape] }) {
      const gone = axes.map((axis) => axisOf(axis, shape!.length));
      const kept = reshape(dy!, shape!.map((size, i) => (gone.includes(i) ? 1 : size)));
      const share = divides ? mul(kept, 1 / gone.reduce((count, axis) => count * shape![axis]!, 1)) : kept;
      // An addition repeats on every backend; not every one tiles fast.
      return [add(zeros([...shape!]), share)];
    },
  };
}

/** Over all rows and columns of pictures by pooling, which wasm does in one pass. */
function averaged(x: Tensor, axes: number[], keepDims: boolean): Tensor {
  if (x.rank !== 4 || axes.length !== 2 || !axes.includes(1) || !axes.includes(2)) return meanOf(x, axes, keepDims);
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  const pooled = engine().runKernel<Tensor>(AvgPool, { x }, { filterSize: [height, width], strides: [1, 1], pad: 'valid' } as never);
  return reshape(pooled, keepDims ? [batch, 1, 1, channels] : [batch, channels]);
}
