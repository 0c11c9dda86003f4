/**
 * Convolutions of volumes, as sums over the kernel's depth of convolutions of pictures: TensorFlow.js's own gradients take no
 * dilation and are wrong on wasm and webgpu. The forward pass is the runtime's. Work is done in at most four dimensions, as the shaders of
 * the graphics backends want it.
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Padding } from '../../../ops/signatures';
import type { RuleMaker } from '../rule';
import type { Window } from '../convolution-gradients';
import { padArgument } from '../../../runtime/tfjs/convolution';
import { backAlongAxis } from '../along-axis';
import { conv2dFilterGradient, conv2dInputGradient } from '../convolution-gradients';
import { generic, forwardOf } from './generic';
import { withBias } from './convolution';
import { addN, concat, gather, pad as padTensor, reshape, slice, tensor1d } from '@tensorflow/tfjs-core';

type Volume = [batch: number, depth: number, height: number, width: number, channels: number];

export const conv3d: RuleMaker<'conv3d'> = (node, context) => {
  const { strides, padding, dilations, groups, activation } = node.attributes;
  // Groups are left to the runtime's own composition and its tape.
  if (groups !== 1) return generic(node, context);
  const forward = forwardOf(node, context);
  const pictures: Window = {
    strides: [strides[1]!, strides[2]!],
    dilations: [dilations[1]!, dilations[2]!],
    pad: padArgument(typeof padding === 'string' ? padding : padding.slice(1)),
  };

  /** Which slices of the depth each slice of the result sees through layer `k` of the kernel: −1 is padding. */
  const slicesOf = (depth: number, outDepth: number, layers: number, k: number): number[] => {
    const front = frontOf(padding, depth, outDepth, layers, strides[0]!, dilations[0]!);
    return Array.from({ length: outDepth }, (_, d) => {
      const place = d * strides[0]! + k * dilations[0]! - front;
      return place >= 0 && place < depth ? place : -1;
    });
  };
  const layersOf = (kernel: Tensor): Tensor[] => {
    const [layers, ...rest] = kernel.shape as Volume;
    const rows = reshape(kernel, [layers, kernel.size / layers]);
    return Array.from({ length: layers }, (_, k) => reshape(slice(rows, [k, 0], [1, kernel.size / layers]), rest));
  };
  return withBias(
    {
      forward: (x, kernel, bias) => forward([x, kernel, bias!], { training: true, seed: 0, keep: () => undefined }) as Tensor,
      byInput(dy, x, kernel) {
        const [batch, depth, height, width, channels] = x.shape as Volume;
        const outDepth = dy.shape[1]!;
        const layers = layersOf(kernel);
        return addN(
          layers.map((layer, k) => {
            const seen = reshape(conv2dInputGradient(flat(dy), layer, [batch * outDepth, height, width, channels], pictures), [batch, outDepth, height, width, channels]);
            const takes = slicesOf(depth, outDepth, layers.length, k).map((from) => (from < 0 ? [] : [{ from, share: 1 }]));
            return backAlongAxis(seen, 1, depth, takes);
          }),
        );
      },
      byKernel(dy, x, kernel) {
        const [layers, ...rest] = kernel.shape as Volume;
        const [batch, depth, ...picture] = x.shape as Volume;
        const outDepth = dy.shape[1]!;
        // One slice of zeros behind the last stands for padding.
        const padded = padTensor(reshape(x, [batch, depth, x.size / (batch * depth)]), [[0, 0], [0, 1], [0, 0]]);
        const made = Array.from({ length: layers }, (_, k) => {
          const slices = slicesOf(depth, outDepth, layers, k).map((place) => (place < 0 ? depth : place));
          const seen = reshape(gather(padded, tensor1d(slices, 'int32'), 1), [batch * outDepth, ...picture]);
          return reshape(conv2dFilterGradient(seen, flat(dy), rest, pictures), [1, kernel.size / layers]);
        });
        return reshape(concat(made, 0), kernel.shape);
      },
    },
    activation,
  );
};

function flat(x: Tensor): Tensor {
  const [batch, depth, ...rest] = x.shape as Volume;
  return reshape(x, [batch * depth, ...rest]);
}

/** Padding before the first slice. */
function frontOf(padding: Padding, depth: number, outDepth: number, layers: number, stride: number, dilation: number): number {
  if (typeof padding !== 'string') return padding[0]![0];
  if (padding === 'valid') return 0;
  return Math.floor(Math.max(0, (outDepth - 1) * stride + (layers - 1) * dilation + 1 - depth) / 2);
}
