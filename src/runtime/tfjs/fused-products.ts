/**
 * The three fused kernels (product, bias, activation in one pass), called without the wrappers of `tf.fused.*`: these
 * set up a gradient at every call, which an executor never asks for.
 */
import type { NamedAttrMap, NamedTensorMap } from '@tensorflow/tfjs-core';
import type { Ending } from './activations';
import type { Tensor } from './kernel';
import { activate } from './activations';
import { engine, reshape } from '@tensorflow/tfjs-core';

export type Product = (x: Tensor, kernel: Tensor, bias: Tensor | null, slopes: Tensor | null) => Tensor;

type PadArgument = 'same' | 'valid' | readonly (readonly [number, number])[];

interface Window {
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** TensorFlow's: for explicit padding a pair for each of the four dimensions. */
  readonly pad: PadArgument;
}

export function fusedConv2d(window: Window, ending: Ending): Product {
  return fusedProduct('FusedConv2D', 'filter', { ...window, dataFormat: 'NHWC' }, ending);
}

export function fusedDepthwiseConv2d(window: Window, ending: Ending): Product {
  return fusedProduct('FusedDepthwiseConv2D', 'filter', { ...window, dataFormat: 'NHWC' }, ending);
}

/** x [N, I] · kernel [I, O]. */
export function fusedMatMul(ending: Ending): Product {
  const attributes = { transposeA: false, transposeB: false, activation: ending.activation, leakyreluAlpha: ending.alpha };
  return (x, kernel, bias, slopes) => {
    // The kernel takes three dimensions; reshaping shares the memory.
    const a = reshape(x, [1, x.shape[0]!, x.shape[1]!]);
    const b = reshape(kernel, [1, kernel.shape[0]!, kernel.shape[1]!]);
    const product = run('_FusedMatMul', { a, b }, bias, slopes, attributes);
    const y = reshape(product, [x.shape[0]!, kernel.shape[1]!]);
    a.dispose();
    b.dispose();
    product.dispose();
    return activate(y, ending.after);
  };
}

function fusedProduct(kernelName: string, kernelInput: string, window: object, ending: Ending): Product {
  const attributes = { ...window, activation: ending.activation, leakyreluAlpha: ending.alpha } as unknown as NamedAttrMap;
  return (x, kernel, bias, slopes) =>
    activate(run(kernelName, { x, [kernelInput]: kernel }, bias, slopes, attributes), ending.after);
}

function run(name: string, inputs: NamedTensorMap, bias: Tensor | null, slopes: Tensor | null, attributes: NamedAttrMap): Tensor {
  if (bias) inputs['bias'] = bias;
  if (slopes) inputs['preluActivationWeights'] = slopes;
  return engine().runKernel<Tensor>(name, inputs, attributes);
}
