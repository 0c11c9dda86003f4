/**
 * The three fused kernels (product, bias, activation in one pass), called without the wrappers of `tf.fused.*`: these
 * set up a gradient at every call, which an executor never asks for.
 */
import type { NamedAttrMap, NamedTensorMap } from '@tensorflow/tfjs-core';
import type { Ending, Limits } from './activations';
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
  return convolution('FusedConv2D', 'Conv2D', window, ending);
}

export function fusedDepthwiseConv2d(window: Window, ending: Ending): Product {
  return convolution('FusedDepthwiseConv2D', 'DepthwiseConv2dNative', window, ending);
}

/** x [N, I] · kernel [I, O]. */
export function fusedMatMul(ending: Ending): Product {
  const attributes = { transposeA: false, transposeB: false, activation: ending.activation, leakyreluAlpha: ending.alpha };
  const multiply = product('_FusedMatMul', 'BatchMatMul', attributes, ending);
  return (x, kernel, bias, slopes) => {
    // The kernel takes three dimensions; reshaping shares the memory.
    const a = reshape(x, [1, x.shape[0]!, x.shape[1]!]);
    const b = reshape(kernel, [1, kernel.shape[0]!, kernel.shape[1]!]);
    const product3d = multiply({ a, b }, bias, slopes);
    const y = reshape(product3d, [x.shape[0]!, kernel.shape[1]!]);
    a.dispose();
    b.dispose();
    product3d.dispose();
    return activate(y, ending.after);
  };
}

function convolution(fusedName: string, plainName: string, window: Window, ending: Ending): Product {
  const attributes = { ...window, dataFormat: 'NHWC', activation: ending.activation, leakyreluAlpha: ending.alpha } as unknown as NamedAttrMap;
  const convolve = product(fusedName, plainName, attributes, ending);
  return (x, filter, bias, slopes) => activate(convolve({ x, filter }, bias, slopes), ending.after);
}

type Multiply = (inputs: NamedTensorMap, bias: Tensor | null, slopes: Tensor | null) => Tensor;

function product(fusedName: string, plainName: string, attributes: NamedAttrMap, ending: Ending): Multiply {
  if (ending.limits) {
    const { limits } = ending;
    return (inputs, bias) => addAndLimit(engine().runKernel<Tensor>(plainName, inputs, attributes), bias, limits);
  }
  return (inputs, bias, slopes) => {
    if (bias) inputs['bias'] = bias;
    if (slopes) inputs['preluActivationWeights'] = slopes;
    return engine().runKernel<Tensor>(fusedName, inputs, attributes);
  };
}

/**
 * Bias and limits written into a product that nobody has seen yet. Only for the cpu backend, whose `dataSync` gives the
 * array that it computes on; its own fused kernels make a new tensor each for the bias and for the activation.
 */
function addAndLimit(y: Tensor, bias: Tensor | null, { low, high }: Limits): Tensor {
  const values = y.dataSync<'float32'>();
  const shifts = bias?.dataSync<'float32'>();
  const channels = y.shape.at(-1)!;
  for (let start = 0; start < values.length; start += channels) {
    for (let channel = 0; channel < channels; channel++) {
      // Rounded to float32 first, as a stored sum is. Comparisons let NaN through, as the kernels do.
      const value = shifts ? Math.fround(values[start + channel]! + shifts[channel]!) : values[start + channel]!;
      values[start + channel] = value < low ? low : value > high ? high : value;
    }
  }
  return y;
}
