/** Dense layers, matrix products, and sums of products in Einstein's notation. */
import type { Kernel, Tensor } from './kernel';
import { endingOf } from './activations';
import { fusedMatMul } from './fused-products';
import { broadcastTo, matMul, reshape, tidy } from '@tensorflow/tfjs-core';

export const dense: Kernel<'dense'> = (node, context) => {
  const multiply = fusedMatMul(endingOf(node.attributes.activation, context));
  return (x: Tensor, kernel: Tensor, bias: Tensor | null, slopes: Tensor | null) => {
    if (x.rank === 2) return multiply(x, kernel, bias, slopes);
    return tidy(() => {
      const rows = multiply(reshape(x, [-1, x.shape.at(-1)!]), kernel, bias, slopes);
      return reshape(rows, [...x.shape.slice(0, -1), kernel.shape[1]!]);
    });
  };
};

export const batchMatMul: Kernel<'batch-matmul'> = (node) => {
  const { transposeA, transposeB } = node.attributes;
  return (a: Tensor, b: Tensor) => {
    if (sameBatch(a.shape, b.shape)) return matMul(a, b, transposeA, transposeB);
    return tidy(() => {
      const batch = broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2));
      const widen = (x: Tensor) => broadcastTo(x, [...batch, ...x.shape.slice(-2)]);
      return matMul(widen(a), widen(b), transposeA, transposeB);
    });
  };
};

function sameBatch(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.slice(0, -2).every((size, i) => size === b[i]);
}

export function broadcastShapes(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const left = a[a.length - rank + i] ?? 1;
    const right = b[b.length - rank + i] ?? 1;
    return left === 1 ? right : left;
  });
}
