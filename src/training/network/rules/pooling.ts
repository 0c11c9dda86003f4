/** Pooling over one, two and three spatial dimensions. Three are two: over the pictures, then over the depth (also the count of cells is such a product). */
import type { Tensor } from '@tensorflow/tfjs-core';
import type { NodeOf } from '../../../ir/graph';
import type { PoolWindow } from '../pool-gradients';
import type { Rule, RuleMaker } from '../rule';
import { padArgument } from '../../../runtime/tfjs/convolution';
import { averagePoolGradient, maxPoolGradient } from '../pool-gradients';
import { AvgPool, engine, MaxPool, reshape } from '@tensorflow/tfjs-core';

export const maxPool: RuleMaker<'max-pool'> = (node) => pool(node, { kernelName: MaxPool, readsOutput: true, gradient: maxPoolGradient });
export const averagePool: RuleMaker<'average-pool'> = (node) =>
  pool(node, { kernelName: AvgPool, readsOutput: false, gradient: (dy, x, _y, window) => averagePoolGradient(dy, x, window) });

interface Kind {
  readonly kernelName: string;
  readonly readsOutput: boolean;
  gradient(dy: Tensor, x: Tensor, y: Tensor, window: PoolWindow): Tensor;
}
type Shape = readonly number[];

function pool({ attributes: { kernel, strides, padding } }: NodeOf<'max-pool'> | NodeOf<'average-pool'>, kind: Kind): Rule {
  const windowOf = (from: number, to: number, before: boolean): PoolWindow => {
    const cut = (numbers: readonly number[]): [number, number] => {
      const part = numbers.slice(from, to);
      return part.length === 2 ? [part[0]!, part[1]!] : before ? [part[0]!, 1] : [1, part[0]!];
    };
    const sides = typeof padding === 'string' ? padding : padding.slice(from, to);
    const pad = typeof sides === 'string' || sides.length === 2 ? sides : before ? [sides[0]!, [0, 0] as const] : [[0, 0] as const, sides[0]!];
    return { filterSize: cut(kernel), strides: cut(strides), pad: padArgument(pad) };
  };
  switch (kernel.length) {
    case 1:
      return pictured(kind, windowOf(0, 1, false), ([batch, steps, channels]) => [batch!, 1, steps!, channels!], ([batch, , steps, channels]) => [batch!, steps!, channels!]);
    case 2:
      return pictured(kind, windowOf(0, 2, false), (shape) => shape, (shape) => shape);
    default:
      return voluminous(kind, windowOf(1, 3, false), windowOf(0, 1, true));
  }
}

/** Pooling of pictures, in which the input is seen, and from which the output is seen, in another shape. */
function pictured(kind: Kind, window: PoolWindow, into: (shape: Shape) => Shape, outOf: (shape: Shape) => Shape): Rule {
  const picture = (x: Tensor): Tensor => reshape(x, [...into(x.shape)]);
  return {
    reads: { inputs: [0], outputs: kind.readsOutput },
    forward([x]) {
      const y = runPool(kind, picture(x!), window);
      return reshape(y, [...outOf(y.shape)]);
    },
    backward: ([dy], { inputs: [x], outputs: [y] }) => [reshape(kind.gradient(picture(dy!), picture(x!), y ? picture(y) : dy!, window), x!.shape)],
  };
}

function voluminous(kind: Kind, pictures: PoolWindow, depth: PoolWindow): Rule {
  return {
    reads: { inputs: [0], outputs: kind.readsOutput },
    forward([x], { keep }) {
      const [batch, length, height, width, channels] = x!.shape as [number, number, number, number, number];
      const pooled = runPool(kind, reshape(x!, [batch * length, height, width, channels]), pictures);
      keep(pooled);
      const [, rows, columns] = pooled.shape as [number, number, number];
      const y = runPool(kind, reshape(pooled, [batch, length, rows * columns, channels]), depth);
      return reshape(y, [batch, y.shape[1]!, rows, columns, channels]);
    },
    backward([dy], { inputs: [x], outputs: [y], kept: [pooled] }) {
      const [batch, length, height, width, channels] = x!.shape as [number, number, number, number, number];
      const [, rows, columns] = pooled!.shape as [number, number, number];
      const flat = (value: Tensor): Tensor => reshape(value, [batch, dy!.shape[1]!, rows * columns, channels]);
      const byPooled = kind.gradient(flat(dy!), reshape(pooled!, [batch, length, rows * columns, channels]), y ? flat(y) : dy!, depth);
      const byInput = kind.gradient(reshape(byPooled, pooled!.shape), reshape(x!, [batch * length, height, width, channels]), pooled!, pictures);
      return [reshape(byInput, x!.shape)];
    },
  };
}

function runPool({ kernelName }: Kind, x: Tensor, window: PoolWindow): Tensor {
  return engine().runKernel<Tensor>(kernelName, { x }, { ...window, dimRoundingMode: undefined } as never);
}
