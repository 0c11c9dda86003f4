/**
 * Kernels of TensorFlow.js's wasm backend that are right and slow in what gradients ask of them: products of transposed
 * operands, tiling, gradients of convolutions by their input. While gradients are computed (`whileTraining`) others stand in;
 * inference keeps its own, to the bit.
 */
import type { KernelFunc, Tensor } from '@tensorflow/tfjs-core';
import type { Pad } from './convolution';
import { conv2dInputGradient } from './convolution';
import { add, BatchMatMul, Conv2DBackpropInput, engine, getKernel, registerKernel, tidy, Tile, transpose, unregisterKernel, zeros } from '@tensorflow/tfjs-core';

let depth = 0;

export function whileTraining<T>(work: () => T): T {
  depth++;
  try {
    return work();
  } finally {
    depth--;
  }
}

/** Once; the wasm backend's kernels must be registered. */
export function replaceSlowKernels(): void {
  replace(BatchMatMul, ({ a, b }, { transposeA, transposeB }) =>
    transposeA || transposeB ? tidy(() => plainProduct(transposeA ? turned(a!) : a!, transposeB ? turned(b!) : b!)) : null,
  );
  replace(Tile, ({ x }, { reps }) => {
    const counts = reps as unknown as number[];
    // Only where every repeated dimension has one cell is an addition the same.
    if (counts.some((count, axis) => count !== 1 && x!.shape[axis] !== 1) || x!.dtype !== 'float32') return null;
    return tidy(() => add(zeros(x!.shape.map((size, axis) => size * counts[axis]!)), x!));
  });
  replace(Conv2DBackpropInput, ({ dy, filter }, attributes) => {
    const { strides, pad, inputShape } = attributes as { readonly strides: number | [number, number]; readonly pad: Pad; readonly inputShape: readonly number[] };
    const steps = typeof strides === 'number' ? ([strides, strides] as const) : strides;
    return tidy(() => conv2dInputGradient(dy!, filter!, inputShape, { strides: steps, pad, dilations: [1, 1] }));
  });
}

/** `work` gives null for what the kernel does well itself. */
function replace(kernelName: string, work: (inputs: Readonly<Record<string, Tensor>>, attributes: Readonly<Record<string, unknown>>) => Tensor | null): void {
  const present = getKernel(kernelName, 'wasm');
  if (!present) return;
  const kernelFunc: KernelFunc = (call) => {
    const made = depth > 0 ? work(call.inputs as unknown as Record<string, Tensor>, (call.attrs ?? {}) as Record<string, unknown>) : null;
    return made ?? present.kernelFunc(call);
  };
  unregisterKernel(kernelName, 'wasm');
  // The backend has set it up already; its set-up would do no harm, but is not needed again.
  registerKernel({ ...present, setupFunc: () => undefined, kernelFunc });
}

function turned(x: Tensor): Tensor {
  const order = x.shape.map((_, axis) => axis);
  [order[x.rank - 2], order[x.rank - 1]] = [x.rank - 1, x.rank - 2];
  return transpose(x, order);
}

function plainProduct(a: Tensor, b: Tensor): Tensor {
  return engine().runKernel<Tensor>(BatchMatMul, { a, b }, { transposeA: false, transposeB: false });
}
