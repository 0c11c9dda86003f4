/** Dense layers. On wasm operands of products are transposed first: its kernels that transpose inside are slow, and on GPUs it is a kernel more. */
import type { Tensor } from '@tensorflow/tfjs-core';
import type { RuleMaker } from '../rule';
import { fusedMatMul } from '../../../runtime/tfjs/fused-products';
import { endingFor, withBias } from './convolution';
import { matMul, reshape, transpose } from '@tensorflow/tfjs-core';

export const dense: RuleMaker<'dense'> = (node, context) => {
  const { activation } = node.attributes;
  const isOnWasm = context.backend === 'wasm';
  const multiply = fusedMatMul(endingFor(activation, context));
  const rows = (x: Tensor): Tensor => (x.rank === 2 ? x : reshape(x, [-1, x.shape.at(-1)!]));
  return withBias(
    {
      forward(x, kernel, bias) {
        const y = multiply(rows(x), kernel, bias, null);
        return x.rank === 2 ? y : reshape(y, [...x.shape.slice(0, -1), kernel.shape[1]!]);
      },
      byInput: (dy, x, kernel) => reshape(isOnWasm ? matMul(rows(dy), transpose(kernel)) : matMul(rows(dy), kernel, false, true), x.shape),
      byKernel: (dy, x) => (isOnWasm ? matMul(transpose(rows(x)), rows(dy)) : matMul(rows(x), rows(dy), true, false)),
    },
    activation,
  );
};
