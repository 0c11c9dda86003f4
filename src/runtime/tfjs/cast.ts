/** Casts that hold on every backend. */
import type { DType } from '../../ops/signatures';
import type { KernelContext, Tensor } from './kernel';
import { cast, mul, notEqual, scalar, tidy } from '@tensorflow/tfjs-core';

export function castTo(x: Tensor, dtype: DType, { backend }: Pick<KernelContext, 'backend'>): Tensor {
  // The wasm kernel keeps a float's bits for a flag.
  if (dtype === 'bool' && x.dtype !== 'bool') return tidy(() => notEqual(x, scalar(0, x.dtype as 'int32')));
  // The webgpu kernel only renames whole numbers to floats; shaders that copy what they are given then do not compile.
  if (backend === 'webgpu' && dtype === 'float32' && x.dtype !== 'float32') return tidy(() => mul(cast(x, 'float32'), 1));
  return cast(x, dtype);
}
