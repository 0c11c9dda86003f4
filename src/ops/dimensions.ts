/**
 * Arithmetic on dimensions of which some are unknown (−1): broadcasting, axes, window sizes.
 */
import type { Shape } from '../ir/tensor';
import type { DType, Padding } from './signatures';
import type { Fail } from './definition';

export const UNKNOWN = -1;

export function isKnown(dimension: number): boolean {
  return dimension >= 0;
}

export function isFullyKnown(shape: Shape | null): shape is Shape {
  return shape !== null && shape.every(isKnown);
}

/** The product; unknown when a factor is, unless another is zero. */
export function productOf(dimensions: readonly number[]): number {
  if (dimensions.includes(0)) return 0;
  if (!dimensions.every(isKnown)) return UNKNOWN;
  return dimensions.reduce((product, dimension) => product * dimension, 1);
}

/** Applies a rule to a dimension when it is known. */
export function mapKnown(dimension: number, rule: (size: number) => number): number {
  return isKnown(dimension) ? rule(dimension) : UNKNOWN;
}

/** Two sightings of the same dimension. */
export function mergeDimension(a: number, b: number, fail: Fail, what: string): number {
  if (!isKnown(a)) return b;
  if (isKnown(b) && a !== b) fail(`${what} is ${a} in one and ${b} in the other`);
  return a;
}

/** Two sightings of the same shape. */
export function mergeShapes(a: Shape | null, b: Shape | null, fail: Fail, what: string): Shape | null {
  if (!a) return b;
  if (!b) return a;
  if (a.length !== b.length) fail(`${what} has rank ${a.length} in one and ${b.length} in the other`);
  return a.map((dimension, i) => mergeDimension(dimension, b[i]!, fail, `dimension ${i} of ${what}`));
}

export function broadcastShapes(shapes: readonly (Shape | null)[], fail: Fail): Shape | null {
  let result: Shape | null = [];
  for (const shape of shapes) result = result && shape && broadcastTwo(result, shape, fail);
  return result;
}

/** Counted from the front. */
export function axisOf(axis: number, rank: number, fail: Fail): number {
  if (!Number.isInteger(axis) || axis < -rank || axis >= rank) fail(`axis ${axis} is not an axis of rank ${rank}`);
  return axis < 0 ? axis + rank : axis;
}

export function axesOf(axes: readonly number[], rank: number, fail: Fail): readonly number[] {
  const positive = axes.map((axis) => axisOf(axis, rank, fail));
  if (new Set(positive).size !== positive.length) fail(`axes [${axes.join(', ')}] name one axis twice`);
  return positive;
}

/** `shape` when its rank is unknown or as expected. */
export function expectRank(shape: Shape | null, rank: number, fail: Fail, what: string): Shape | null {
  if (shape && shape.length !== rank) fail(`${what} must have rank ${rank} and has rank ${shape.length}`);
  return shape;
}

/** Positions of a window that moves over `size` cells, `axis` counted among the spatial dimensions. */
export function windowCount(size: number, axis: number, kernel: number, window: Windowing, fail: Fail): number {
  if (!isKnown(size)) return UNKNOWN;
  const stride = window.strides[axis] ?? fail(`there is no stride for spatial dimension ${axis}`);
  if (window.padding === 'same') return Math.ceil(size / stride);
  if (!isKnown(kernel)) return UNKNOWN;
  const extent = (kernel - 1) * (window.dilations?.[axis] ?? 1) + 1;
  const padding = window.padding === 'valid' ? [0, 0] : window.padding[axis];
  if (!padding) return fail(`there is no padding for spatial dimension ${axis}`);
  const count = Math.floor((size + padding[0]! + padding[1]! - extent) / stride) + 1;
  if (count < 1) fail(`a window of ${extent} does not fit into ${size + padding[0]! + padding[1]!} cells (spatial dimension ${axis})`);
  return count;
}

export interface Windowing {
  readonly strides: readonly number[];
  readonly padding: Padding;
  readonly dilations?: readonly number[];
}

const NUMERIC_ORDER: readonly DType[] = ['bool', 'int32', 'float32'];

/** The type that holds both, as TF.js upcasts. */
export function upcast(a: DType, b: DType, fail: Fail): DType {
  if (a === b) return a;
  if (a === 'string' || b === 'string') return fail(`types ${a} and ${b} do not mix`);
  return NUMERIC_ORDER[Math.max(NUMERIC_ORDER.indexOf(a), NUMERIC_ORDER.indexOf(b))]!;
}

function broadcastTwo(a: Shape, b: Shape, fail: Fail): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const left = a[i - rank + a.length] ?? 1;
    const right = b[i - rank + b.length] ?? 1;
    if (left === 1) return right;
    if (right === 1 || left === right) return left;
    if (!isKnown(left)) return right;
    if (!isKnown(right)) return left;
    return fail(`shapes [${a.join(', ')}] and [${b.join(', ')}] do not broadcast`);
  });
}
