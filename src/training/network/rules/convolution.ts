/**
 * Convolutions: gradients by the backend's own kernels where the convolution is not dilated, and otherwise by convolutions
 * (`convolution-gradients.ts`), which every backend has. Grouped ones are taken apart group by group.
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import type { FusedActivation } from '../../../ops/signatures';
import type { Ending } from '../../../runtime/tfjs/activations';
import type { BackwardRun, Rule, RuleContext, RuleMaker } from '../rule';
import type { Window } from '../convolution-gradients';
import { endingOf } from '../../../runtime/tfjs/activations';
import { padArgument } from '../../../runtime/tfjs/convolution';
import { fusedConv2d, fusedDepthwiseConv2d } from '../../../runtime/tfjs/fused-products';
import { throughActivation } from '../activation-gradients';
import { channelSums } from '../channels';
import { conv2dFilterGradient, conv2dInputGradient, depthwiseFilterGradient, depthwiseInputGradient } from '../convolution-gradients';
import { concat, reshape, slice, split } from '@tensorflow/tfjs-core';

export const conv2d: RuleMaker<'conv2d'> = (node, context) => {
  const { groups, activation } = node.attributes;
  const window = windowOf(node.attributes);
  const product = groups === 1 ? plainProduct(window, endingFor(activation, context)) : groupedProduct(window, groups, endingFor(activation, context));
  return withBias(product, activation);
};

export const conv1d: RuleMaker<'conv1d'> = (node, context) => {
  const { strides, padding, dilations, groups, activation } = node.attributes;
  const window = windowOf({
    strides: [1, strides[0]!],
    padding: typeof padding === 'string' ? padding : [[0, 0], padding[0]!],
    dilations: [1, dilations[0]!],
  });
  const ending = endingFor(activation, context);
  const product = groups === 1 ? plainProduct(window, ending) : groupedProduct(window, groups, ending);
  const picture = (x: Tensor): Tensor => reshape(x, [x.shape[0]!, 1, x.shape[1]!, x.shape[2]!]);
  const row = (x: Tensor): Tensor => reshape(x, [x.shape[0]!, x.shape[2]!, x.shape[3]!]);
  const thick = (kernel: Tensor): Tensor => reshape(kernel, [1, ...kernel.shape]);
  return withBias(
    {
      forward: (x, kernel, bias) => row(product.forward(picture(x), thick(kernel), bias)),
      byInput: (dy, x, kernel) => row(product.byInput(picture(dy), picture(x), thick(kernel))),
      byKernel: (dy, x, kernel) => reshape(product.byKernel(picture(dy), picture(x), thick(kernel)), kernel.shape),
    },
    activation,
  );
};

export const depthwiseConv2d: RuleMaker<'depthwise-conv2d'> = (node, context) => {
  const { activation } = node.attributes;
  return withBias(depthwiseProduct(windowOf(node.attributes), endingFor(activation, context)), activation);
};

/** A product with a kernel, its bias and activation apart from the two gradients. */
export interface Product {
  forward(x: Tensor, kernel: Tensor, bias: Tensor | null): Tensor;
  byInput(dy: Tensor, x: Tensor, kernel: Tensor): Tensor;
  byKernel(dy: Tensor, x: Tensor, kernel: Tensor): Tensor;
}

export function withBias(product: Product, activation: FusedActivation): Rule {
  return {
    reads: { inputs: [0, 1], outputs: activation !== 'none' },
    forward: ([x, kernel, bias]) => product.forward(x!, kernel!, bias ?? null),
    backward([dy], { inputs: [x, kernel], outputs: [y], wanted }: BackwardRun) {
      const gated = throughActivation(dy!, y!, activation);
      return [
        wanted[0] ? product.byInput(gated, x!, kernel!) : null,
        wanted[1] ? product.byKernel(gated, x!, kernel!) : null,
        wanted[2] ? channelSums(gated) : null,
      ];
    },
  };
}

export function endingFor(activation: FusedActivation, { backend }: RuleContext): Ending {
  return endingOf(activation, { backend, tail: null });
}

function windowOf({ strides, padding, dilations }: { strides: readonly number[]; padding: Parameters<typeof padArgument>[0]; dilations: readonly number[] }): Window {
  return { strides: [strides[0]!, strides[1]!], dilations: [dilations[0]!, dilations[1]!], pad: padArgument(padding) };
}

function plainProduct(window: Window, ending: Ending): Product {
  const convolve = fusedConv2d(window, ending);
  return {
    forward: (x, kernel, bias) => convolve(x, kernel, bias, null),
    byInput: (dy, x, kernel) => conv2dInputGradient(dy, kernel, x.shape, window),
    byKernel: (dy, x, kernel) => conv2dFilterGradient(x, dy, kernel.shape, window),
  };
}

function depthwiseProduct(window: Window, ending: Ending): Product {
  const convolve = fusedDepthwiseConv2d(window, ending);
  return {
    forward: (x, kernel, bias) => convolve(x, kernel, bias, null),
    byInput: (dy, x, kernel) => depthwiseInputGradient(dy, kernel, x.shape, window),
    byKernel: (dy, x, kernel) => depthwiseFilterGradient(x, dy, kernel.shape, window),
  };
}

function groupedProduct(window: Window, groups: number, ending: Ending): Product {
  const depthwise = depthwiseProduct(window, ending);
  const plain = plainProduct(window, ending);
  // [kh, kw, 1, G·M] and [kh, kw, G, M] lie in memory alike.
  const asDepthwise = (kernel: Tensor): Tensor => reshape(kernel, [kernel.shape[0]!, kernel.shape[1]!, groups, kernel.shape[3]! / groups]);
  const isDepthwise = (kernel: Tensor): boolean => kernel.shape[2] === 1;
  const parts = (x: Tensor): Tensor[] => split(x, groups, -1);
  return {
    forward(x, kernel, bias) {
      if (isDepthwise(kernel)) return depthwise.forward(x, asDepthwise(kernel), bias);
      const [inputs, kernels] = [parts(x), parts(kernel)];
      const width = kernel.shape[3]! / groups;
      return concat(inputs.map((input, i) => plain.forward(input, kernels[i]!, bias ? slice(bias, i * width, width) : null)), -1);
    },
    byInput(dy, x, kernel) {
      if (isDepthwise(kernel)) return depthwise.byInput(dy, x, asDepthwise(kernel));
      const [gradients, inputs, kernels] = [parts(dy), parts(x), parts(kernel)];
      return concat(gradients.map((gradient, i) => plain.byInput(gradient, inputs[i]!, kernels[i]!)), -1);
    },
    byKernel(dy, x, kernel) {
      if (isDepthwise(kernel)) return reshape(depthwise.byKernel(dy, x, asDepthwise(kernel)), kernel.shape);
      const [gradients, inputs, kernels] = [parts(dy), parts(x), parts(kernel)];
      return concat(gradients.map((gradient, i) => plain.byKernel(gradient, inputs[i]!, kernels[i]!)), -1);
    },
  };
}
