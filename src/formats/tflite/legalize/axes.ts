/** Axes and spatial dimensions. */
import type { Padding } from '../../../ops/signatures';

export function fromFront(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}

/** The permutation that exchanges two axes; its own inverse. */
export function swapped(rank: number, a: number, b: number): readonly number[] {
  return Array.from({ length: rank }, (_, i) => (i === a ? b : i === b ? a : i));
}

/** SAME of TensorFlow as cells before and after: one more after where they differ. */
export function samePadding(size: number, stride: number, reach: number): readonly [number, number] {
  const total = Math.max((Math.ceil(size / stride) - 1) * stride + reach - size, 0);
  return [Math.floor(total / 2), total - Math.floor(total / 2)];
}

interface Window {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations?: readonly number[];
}

/** SAME or VALID where they say the same as the cells; else the cells. `sizes`: of the spatial dimensions. */
export function namedPadding(padding: Padding, sizes: readonly number[], window: Window): Padding {
  if (typeof padding === 'string') return padding;
  if (padding.every(([before, after]) => before === 0 && after === 0)) return 'valid';
  const isSame = padding.every(([before, after], i) => {
    const reach = (window.kernel[i]! - 1) * (window.dilations?.[i] ?? 1) + 1;
    const same = samePadding(sizes[i]!, window.strides[i]!, reach);
    return same[0] === before && same[1] === after;
  });
  return isSame ? 'same' : padding;
}

/** A spatial dimension of size 1 in front. */
export function oneMore(padding: Padding): Padding {
  return typeof padding === 'string' ? padding : [[0, 0], ...padding];
}
