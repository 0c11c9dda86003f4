/** Operators that are a matrix along one axis (resizing, mirroring, picking): the way back is the matrix turned about. */
import type { Tensor } from '@tensorflow/tfjs-core';
import { matMul, reshape, tensor, transpose } from '@tensorflow/tfjs-core';

/** What each output cell along an axis takes of which input cells. */
export type Takes = readonly (readonly { readonly from: number; readonly share: number }[])[];

/** dx along `axis`, which had `length` cells, of dy. */
export function backAlongAxis(dy: Tensor, axis: number, length: number, takes: Takes): Tensor {
  if (takes.length === length && takes.every((taken, i) => taken.length === 1 && taken[0]!.from === i && taken[0]!.share === 1)) return dy;
  const matrix = new Float32Array(takes.length * length);
  takes.forEach((taken, to) => {
    for (const { from, share } of taken) matrix[to * length + from]! += share;
  });
  const before = dy.shape.slice(0, axis).reduce((a, b) => a * b, 1);
  const after = dy.shape.slice(axis + 1).reduce((a, b) => a * b, 1);
  const rows = reshape(transpose(reshape(dy, [before, takes.length, after]), [0, 2, 1]), [before * after, takes.length]);
  const products = matMul(rows, tensor(matrix, [takes.length, length]));
  const back = transpose(reshape(products, [before, after, length]), [0, 2, 1]);
  return reshape(back, dy.shape.map((size, i) => (i === axis ? length : size)));
}
