/**
 * Work on tensors of more than four dimensions, brought down to few: shaders of the graphics backends for five and more
 * are partly missing and partly wrong, and reshaping costs nothing.
 */
import type { Tensor } from './kernel';
import * as tf from '@tensorflow/tfjs-core';

const WELL_KEPT_RANK = 4;

/** Padding with a value, dimension by dimension where there are too many. */
export function padTensor(x: Tensor, paddings: readonly (readonly [number, number])[], value = 0): Tensor {
  if (x.rank <= WELL_KEPT_RANK) return tf.pad(x, paddings.map(([before, after]): [number, number] => [before, after]), value);
  return tf.tidy(() =>
    paddings
      .reduce((padded, sides, axis) => (sides[0] + sides[1] === 0 ? padded : alongAxis(padded, axis, (rows) => tf.pad(rows, [[0, 0], [...sides], [0, 0]], value))), x)
      .clone(),
  );
}

/** Applies `operate` to [all before, the axis, all after]; it may change the length of the axis. */
export function alongAxis(x: Tensor, axis: number, operate: (rows: Tensor) => Tensor): Tensor {
  const before = x.shape.slice(0, axis);
  const after = x.shape.slice(axis + 1);
  const y = operate(tf.reshape(x, [productOf(before), x.shape[axis]!, productOf(after)]));
  return tf.reshape(y, [...before, y.shape[1]!, ...after]);
}

/** An elementwise operation with broadcasting, on operands whose neighbouring dimensions are merged where all agree. */
export function onFewDimensions(operands: readonly Tensor[], operate: (...operands: Tensor[]) => Tensor): Tensor {
  if (operands.every(({ rank }) => rank <= WELL_KEPT_RANK)) return operate(...operands);
  return tf.tidy(() => {
    const { output, merged } = mergeDimensions(operands.map(({ shape }) => shape));
    return tf.reshape(operate(...operands.map((operand, i) => tf.reshape(operand, merged[i]!))), output);
  });
}

function mergeDimensions(shapes: readonly (readonly number[])[]): { output: number[]; merged: number[][] } {
  const rank = Math.max(...shapes.map(({ length }) => length));
  const aligned = shapes.map((shape) => [...Array.from({ length: rank - shape.length }, () => 1), ...shape]);
  const output = Array.from({ length: rank }, (_, i) => aligned.reduce((size, shape) => (shape[i] === 1 ? size : shape[i]!), 1));
  const merged = shapes.map((): number[] => []);
  let previous = '';
  output.forEach((size, i) => {
    if (size === 1) return;
    const pattern = aligned.map((shape) => (shape[i] === 1 ? 'once' : 'each')).join();
    aligned.forEach((shape, k) => {
      if (pattern === previous) merged[k]![merged[k]!.length - 1]! *= shape[i]!;
      else merged[k]!.push(shape[i]!);
    });
    previous = pattern;
  });
  return { output, merged };
}

function productOf(sizes: readonly number[]): number {
  return sizes.reduce((a, b) => a * b, 1);
}
