/** Constants of integer nodes other than kernels and biases: on the activations' grid where they share one, else on their own. */
import type { Quantization } from '../../ir/quantization';
import { integerRange } from '../../ir/quantization';
import { decodeFloats, type AffineEncoding, type Tensor } from '../../ir/tensor';
import { roundHalfEven } from '../quantize-weights/ranges';
import { gridOf } from './ranges';

/** `shared`: the grid that the operator's values stand on; what lies beyond it goes to its ends. */
export function quantizeConstant(tensor: Tensor, dtype: 'int8' | 'int16', shared: Quantization | undefined, symmetric: boolean): Tensor {
  const floats = decodeFloats(tensor);
  const grid = shared ?? ownGrid(floats, dtype, symmetric);
  const [lowest, highest] = integerRange(grid.dtype);
  const values = grid.dtype === 'int16' ? new Int16Array(floats.length) : new Int8Array(floats.length);
  for (let i = 0; i < floats.length; i++) {
    values[i] = Math.min(highest, Math.max(lowest, roundHalfEven(floats[i]! / grid.scale) + grid.zeroPoint));
  }
  const encoding: AffineEncoding = {
    kind: 'affine',
    bits: grid.dtype === 'int16' ? 16 : 8,
    signed: true,
    values,
    scale: Float32Array.of(grid.scale),
    zeroPoint: Float64Array.of(grid.zeroPoint),
    axis: null,
    blockSize: null,
  };
  return { ...tensor, encoding };
}

function ownGrid(floats: Float32Array, dtype: 'int8' | 'int16', symmetric: boolean): Quantization {
  let minimum = 0;
  let maximum = 0;
  for (const x of floats) {
    if (x < minimum) minimum = x;
    if (x > maximum) maximum = x;
  }
  if (dtype === 'int8' && symmetric) return { dtype, scale: Math.fround(Math.max(maximum, -minimum) / 127) || 1, zeroPoint: 0 };
  return gridOf({ minimum, maximum }, dtype);
}
