/** Elementwise pieces of gradients, each in as few kernels as the backends allow. */
import type { Tensor } from '@tensorflow/tfjs-core';
import * as wasm from '../wasm/kernels';
import { EluGrad, engine, getBackend, greater, less, logicalAnd, mul, step, sub, where, zerosLike } from '@tensorflow/tfjs-core';

/** dy where low < y < high, else 0. */
export function gateByRange(dy: Tensor, y: Tensor, low: number, high: number): Tensor {
  if (getBackend() === 'wasm') return wasm.gate(dy, y, low, high);
  if (low === 0 && high === Infinity) return mul(dy, step(y));
  if (low === 0) return mul(dy, step(mul(y, sub(high, y))));
  return where(logicalAnd(greater(y, low), less(y, high)), dy, zerosLike(dy));
}

/** dy · (y > 0 ? 1 : y + 1), for elu with alpha 1. */
export function eluGrad(dy: Tensor, y: Tensor): Tensor {
  return engine().runKernel<Tensor>(EluGrad, { dy, y });
}

