/** Pooling over one and two spatial dimensions; three are left to the generic rule. */
import type { Tensor } from '@tensorflow/tfjs-core';
import type { NodeOf } from '../../../ir/graph';
import type { Rule, RuleContext, RuleMaker } from '../rule';
import { padArgument } from '../../../runtime/tfjs/convolution';
import { generic } from './generic';
import { averagePoolGradient, maxPoolGradient } from '../pool-gradients';
import { AvgPool, engine, MaxPool, reshape } from '@tensorflow/tfjs-core';

export const maxPool: RuleMaker<'max-pool'> = (node, context) => pool(node, context, MaxPool, { inputs: [0], outputs: true }, maxPoolGradient);
export const averagePool: RuleMaker<'average-pool'> = (node, context) =>
  pool(node, context, AvgPool, { inputs: [0], outputs: false }, (dy, x, _y, window) => averagePoolGradient(dy, x, window));

type Gradient = (dy: Tensor, x: Tensor, y: Tensor, window: PoolWindow) => Tensor;
type PoolWindow = Parameters<typeof maxPoolGradient>[3];

function pool(node: NodeOf<'max-pool'> | NodeOf<'average-pool'>, context: RuleContext, kernelName: string, reads: Rule['reads'], gradient: Gradient): Rule {
  const { kernel, strides, padding } = node.attributes;
  if (kernel.length === 3) return generic(node, context);
  const flat = kernel.length === 1;
  const window: PoolWindow = {
    filterSize: flat ? [1, kernel[0]!] : [kernel[0]!, kernel[1]!],
    strides: flat ? [1, strides[0]!] : [strides[0]!, strides[1]!],
    pad: padArgument(typeof padding === 'string' ? padding : flat ? [[0, 0], padding[0]!] : padding),
  };
  const picture = (x: Tensor): Tensor => (flat ? reshape(x, [x.shape[0]!, 1, x.shape[1]!, x.shape[2]!]) : x);
  const row = (x: Tensor): Tensor => (flat ? reshape(x, [x.shape[0]!, x.shape[2]!, x.shape[3]!]) : x);
  return {
    reads,
    forward: ([x]) => row(engine().runKernel<Tensor>(kernelName, { x: picture(x!) }, { ...window, dimRoundingMode: undefined } as never)),
    backward: ([dy], { inputs: [x], outputs: [y] }) => [row(gradient(picture(dy!), picture(x!), y ? picture(y) : dy!, window))],
  };
}
