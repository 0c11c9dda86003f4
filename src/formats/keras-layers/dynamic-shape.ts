/** Reshapes of which some sizes are only known at run time. */
import { type Flow, type GraphBuilder, NONE } from './graph-builder';

/** One part of a new shape: a size, or the product of axes of the input, whatever they are. */
export type ShapePart = number | { readonly axes: readonly number[] };

/** Reshapes `x`; with one unknown part by a −1, with more by computing the shape. */
export function reshapeTo(builder: GraphBuilder, x: Flow, parts: readonly ShapePart[]): Flow {
  const sizes = parts.map((part) => (typeof part === 'number' ? part : sizeOfAxes(x, part.axes)));
  if (sizes.filter((size) => size < 0).length <= 1) return builder.node('reshape', [x], { shape: sizes });
  const shape = builder.node('shape', [x], NONE);
  const pieces = parts.map((part, i): Flow => {
    if (sizes[i]! >= 0) return builder.integers('size', [1], [sizes[i]!]);
    return sizeAlong(builder, shape, (part as { axes: readonly number[] }).axes);
  });
  return builder.node('reshape', [x, builder.node('concat', pieces, { axis: 0, activation: 'none' })], { shape: null });
}

function sizeOfAxes(x: Flow, axes: readonly number[]): number {
  const sizes = axes.map((axis) => x.shape?.[axis] ?? -1);
  return sizes.some((size) => size < 0) ? -1 : sizes.reduce((product, size) => product * size, 1);
}

function sizeAlong(builder: GraphBuilder, shape: Flow, axes: readonly number[]): Flow {
  const sizes = axes.map((axis) => builder.node('slice', [shape], { begin: [axis], size: [1] }));
  return sizes.reduce((product, size) => builder.node('mul', [product, size], { activation: 'none' }));
}
