/**
 * Integer activations in training: forward the numbers on the grid, backward the straight-through gradient where they were
 * within its reach (Jacob et al. 2018, arXiv 1712.05877).
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Quantization } from '../../ir/quantization';
import { roundingOf } from '../../runtime/rounding';
import { clipByValue, equal, mul, round, where, zerosLike } from '@tensorflow/tfjs-core';

export function ontoGrid(x: Tensor, grid: Quantization): Tensor {
  const { inverse, low, high, scale } = roundingOf(grid);
  return mul(round(clipByValue(mul(x, inverse), low, high)), scale);
}

/** The gradient by what came before the grid. */
export function throughGrid(dy: Tensor, x: Tensor, grid: Quantization): Tensor {
  const { inverse, low, high } = roundingOf(grid);
  const steps = mul(x, inverse);
  return where(equal(steps, clipByValue(steps, low, high)), dy, zerosLike(dy));
}
