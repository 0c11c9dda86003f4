/** LiteRT's tensors, counted: each lies in the module's memory until it is deleted. */
import type { Tensor } from '@litertjs/core';
import type { LiteRtLibrary } from './load';

let alive = 0;

export function countTensors(): number {
  return alive;
}

export function makeTensor({ Tensor: Made }: LiteRtLibrary, data: Float32Array | Int32Array | Uint8Array, shape: Int32Array): Tensor {
  return counted(new Made(data as Float32Array<ArrayBuffer>, shape));
}

/** Counts a tensor that LiteRT made. */
export function counted(tensor: Tensor): Tensor {
  alive++;
  return tensor;
}

export function deleteTensors(tensors: readonly Tensor[]): void {
  for (const tensor of tensors) {
    if (tensor.deleted) continue;
    tensor.delete();
    alive--;
  }
}
