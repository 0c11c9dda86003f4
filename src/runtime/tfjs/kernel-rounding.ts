/**
 * 8-bit kernels of LiteRT that do not round as its products do. In steps of the output's grid:
 *
 * 1. AVERAGE_POOL_2D divides whole sums of the stored numbers: halves go away from the stored zero
 *    (`tflite/kernels/internal/reference/integer_ops/pooling.h`);
 * 2. RESIZE_BILINEAR in XNNPACK: halves up;
 * 3. QUANTIZE from grid to grid and LEAKY_RELU in XNNPACK multiply by the ratio of the scales in 1/256: halves up
 *    (`qs8-vcvt` and `qs8-vlrelu` in https://github.com/google/XNNPACK).
 *
 * Halves are frequent here (a quarter of the means of two by two), and float noise must not decide them.
 */
import type { Node, Value } from '../../ir/graph';
import type { Quantization } from '../../ir/quantization';
import type { Tensor } from './kernel';
import { roundingOf } from '../rounding';
import { add, clipByValue, floor, mul, neg, relu, round, sub, tidy } from '@tensorflow/tfjs-core';

type Rounder = (x: Tensor) => Tensor;

/** Steps are first brought to these fractions: far above float noise, far below what separates means of a window from a half. */
const FRACTIONS = 1024;
/** XNNPACK's ratios of scales. */
const RATIO_FRACTIONS = 256;

/** null: the node rounds as products do. */
export function kernelRounding(node: Node, input: Value | null | undefined, grid: Quantization): Rounder | null {
  if (grid.dtype === 'int16') return null;
  const { inverse } = roundingOf(grid);
  const from = input?.quantization;
  switch (node.op) {
    case 'average-pool':
      return finish(grid, (x) => halvesAway(fractions(mul(x, inverse)), grid.zeroPoint));
    case 'resize-bilinear':
      return finish(grid, (x) => halvesUp(fractions(mul(x, inverse))));
    case 'quantize': {
      if (!from || from.dtype === 'int16') return null;
      const ratio = inFractions(from.scale / grid.scale) / from.scale;
      return finish(grid, (x) => halvesUp(fractions(mul(x, ratio))));
    }
    case 'leaky-relu': {
      const { alpha } = node.attributes;
      if (!from || alpha === 0) return null;
      const above = inFractions(from.scale / grid.scale) / from.scale;
      const below = inFractions((alpha * from.scale) / grid.scale) / (alpha * from.scale);
      return finish(grid, (y) => halvesUp(fractions(bent(y, above, below))));
    }
    default:
      return null;
  }
}

function finish(grid: Quantization, steps: Rounder): Rounder {
  const { low, high, scale } = roundingOf(grid);
  return (x) => tidy(() => mul(clipByValue(steps(x), low, high), scale));
}

function inFractions(ratio: number): number {
  return Math.round(ratio * RATIO_FRACTIONS) / RATIO_FRACTIONS;
}

function fractions(steps: Tensor): Tensor {
  return mul(round(mul(steps, FRACTIONS)), 1 / FRACTIONS);
}

function halvesUp(steps: Tensor): Tensor {
  return floor(add(steps, 0.5));
}

/** The stored number is `zeroPoint` above the steps. */
function halvesAway(steps: Tensor, zeroPoint: number): Tensor {
  const stored = add(steps, zeroPoint);
  return sub(sub(halvesUp(relu(stored)), halvesUp(relu(neg(stored)))), zeroPoint);
}

function bent(y: Tensor, above: number, below: number): Tensor {
  return sub(mul(relu(y), above), mul(relu(neg(y)), below));
}
