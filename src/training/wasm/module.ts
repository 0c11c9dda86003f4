/**
 * The project's own WebAssembly kernels for training (`scripts/training-kernels/kernels.ts`), on the memory of TensorFlow.js's wasm backend:
 * they read and write its tensors in place.
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { WhittleError } from '../../lib/errors';
import { KERNEL_BYTES } from './kernel-bytes';
import { findBackend, util } from '@tensorflow/tfjs-core';

type Kernel = (...numbers: number[]) => void;

/** What kernels.ts exports. */
export interface KernelModule {
  readonly gate: Kernel;
  readonly scaleAndShift: Kernel;
  readonly channelSums: Kernel;
  readonly channelSquares: Kernel;
  readonly normSums: Kernel;
  readonly normInputGradient: Kernel;
  readonly maxPoolGradient: Kernel;
  readonly conv2dFilterGradient: Kernel;
  readonly turnKernel: Kernel;
  readonly depthwiseFilterGradient: Kernel;
  readonly depthwiseInputGradient: Kernel;
}

/** The part of TensorFlow.js's wasm backend that kernels need; its types are not exported. */
export interface WasmBackend {
  readonly wasm: {
    readonly asm: { readonly memory?: WebAssembly.Memory };
    _malloc(nbytes: number): number;
    _free(address: number): void;
  };
  readonly dataIdMap: { get(dataId: object): { readonly memoryOffset: number } };
  makeOutput(shape: readonly number[], dtype: 'float32'): TensorInfo;
}

let instance: KernelModule | null = null;

/** The wasm backend must have started. */
export async function loadKernelModule(): Promise<void> {
  if (instance) return;
  const { memory } = (findBackend('wasm') as unknown as WasmBackend).wasm.asm;
  if (!memory) throw new WhittleError('BackendError', 'The wasm backend of TensorFlow.js shows no memory, so training cannot work on it; take another backend.');
  const bytes = Uint8Array.from(atob(KERNEL_BYTES), (character) => character.charCodeAt(0));
  if (!WebAssembly.validate(bytes)) {
    throw new WhittleError('BackendError', 'This browser runs no WebAssembly with SIMD, which training on wasm needs; take WebGL or WebGPU, or a newer browser.');
  }
  const { instance: made } = await WebAssembly.instantiate(bytes, { env: { memory } });
  instance = made.exports as unknown as KernelModule;
}

export function kernelModule(): KernelModule {
  if (!instance) throw new WhittleError('BackendError', 'Training kernels for wasm are not loaded yet.');
  return instance;
}

export function addressOf(backend: WasmBackend, tensor: TensorInfo): number {
  return backend.dataIdMap.get(tensor.dataId).memoryOffset;
}

/** A view of a tensor's numbers; void once the memory grows. */
export function floatsOf(backend: WasmBackend, tensor: TensorInfo): Float32Array {
  return new Float32Array(backend.wasm.asm.memory!.buffer, addressOf(backend, tensor), util.sizeFromShape(tensor.shape));
}

export function integersOf(backend: WasmBackend, tensor: TensorInfo): Int32Array {
  return new Int32Array(backend.wasm.asm.memory!.buffer, addressOf(backend, tensor), util.sizeFromShape(tensor.shape));
}

/** Scratch memory of so many floats each, freed afterwards. */
export function withScratch<T>({ wasm }: WasmBackend, sizes: readonly number[], work: (...addresses: number[]) => T): T {
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const base = wasm._malloc(total * FLOAT) >>> 0;
  if (base === 0) throw new WhittleError('BackendError', `The wasm backend has no memory left for ${total * FLOAT} bytes; take a smaller batch.`);
  try {
    let next = base;
    return work(...sizes.map((size) => (next += size * FLOAT) - size * FLOAT));
  } finally {
    wasm._free(base);
  }
}

const FLOAT = 4;
