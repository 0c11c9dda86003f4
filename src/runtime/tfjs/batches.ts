/** Numbers into and out of the device. */
import type { DType } from '../../ops/signatures';
import type { Batch } from '../backend';
import type { Tensor } from './kernel';
import { WhittleError } from '../../lib/errors';
import { getBackend, tensor as upload } from '@tensorflow/tfjs-core';

export function uploadBatch(batch: Batch): Tensor {
  return upload(batch.data, [...batch.shape], batch.dtype);
}

/** The tensor's numbers, in an array of their own. */
export async function download(tensor: Tensor): Promise<Batch> {
  const dtype = tensor.dtype as DType;
  const data = await tensor.data();
  // WASM copies numbers out of its memory; the other backends hand out arrays that they keep.
  const isOwn = getBackend() === 'wasm' && dtype !== 'string';
  return { shape: tensor.shape.slice(), dtype, data: isOwn ? data : ownNumbers(data, dtype) };
}

function ownNumbers(data: Float32Array | Int32Array | Uint8Array, dtype: DType): Float32Array | Int32Array | Uint8Array {
  // The cpu backend hands out the very array it computes on; a copy cannot change under its owner.
  switch (dtype) {
    case 'float32':
      return new Float32Array(data);
    case 'int32':
      return new Int32Array(data);
    case 'bool':
      return new Uint8Array(data);
    case 'string':
      throw new WhittleError('UnsupportedError', 'The model gives text; Whittle reads numbers only.');
    default: {
      const never: never = dtype;
      return never;
    }
  }
}
