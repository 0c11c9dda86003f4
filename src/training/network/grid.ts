/**
 * Integer activations in training: forward the numbers on the grid, backward the straight-through gradient where they were
 * within its reach (Jacob et al. 2018, arXiv 1712.05877). With learned scales also the gradient by log scale (Esser et al. 2020,
 * arXiv 1902.08153): with v = x / s, round(v) − v within reach and the nearest limit outside, times s.
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Quantization } from '../../ir/quantization';
import { roundingOf } from '../../runtime/rounding';
import { clipByValue, equal, mul, round, sub, sum, where, zerosLike } from '@tensorflow/tfjs-core';

export function ontoGrid(x: Tensor, grid: Quantization): Tensor {
  const { inverse, low, high, scale } = roundingOf(grid);
  return mul(round(clipByValue(mul(x, inverse), low, high)), scale);
}

/** The gradient by what came before the grid, and by the logarithm of its scale. */
export function throughGrid(dy: Tensor, x: Tensor, grid: Quantization, learns: boolean): [Tensor, Tensor | null] {
  const { inverse, low, high, scale } = roundingOf(grid);
  const steps = mul(x, inverse);
  const limited = clipByValue(steps, low, high);
  const within = equal(steps, limited);
  const dx = where(within, dy, zerosLike(dy));
  if (!learns) return [dx, null];
  const rounded = round(limited);
  const byScale = sub(rounded, where(within, steps, zerosLike(steps)));
  return [dx, mul(sum(mul(dy, byScale)), scale)];
}
