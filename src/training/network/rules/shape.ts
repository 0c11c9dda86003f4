/** Reshaping, joining, cutting and padding: gradients are rearranged alike. */
import type { Tensor } from '@tensorflow/tfjs-core';
import type { OpName } from '../../../ops/signatures';
import type { Rule, RuleContext, RuleMaker } from '../rule';
import type { NodeOf } from '../../../ir/graph';
import { axisOf } from '../../../runtime/tfjs/kernel';
import { forwardOf } from './generic';
import { concat, reshape, slice, stack, transpose, unstack, zeros } from '@tensorflow/tfjs-core';

/** The runtime's own kernel, and a gradient that looks at no numbers. */
function rearranging<O extends OpName>(backward: (node: NodeOf<O>, context: RuleContext) => Rule['backward']): RuleMaker<O> {
  return (node, context) => ({ reads: { inputs: [], outputs: false }, forward: forwardOf(node, context), backward: backward(node, context) });
}

/** The numbers stay in their order. */
const reshaped = () => rearranging<never>(() => ([dy], { inputShapes, wanted }) => wanted.map((isWanted, i) => (isWanted ? reshape(dy!, [...inputShapes[i]!]) : null)));

/** What only stands on another grid, which is put on afterwards. */
const passing = (): Rule => ({ reads: { inputs: [], outputs: false }, forward: ([x]) => x!, backward: ([dy]) => [dy!] });

export const shapeRules = {
  identity: passing,
  quantize: passing,
  reshape: reshaped() as RuleMaker<'reshape'>,
  flatten: reshaped() as RuleMaker<'flatten'>,
  squeeze: reshaped() as RuleMaker<'squeeze'>,
  'expand-dims': reshaped() as RuleMaker<'expand-dims'>,
  transpose: rearranging<'transpose'>(({ attributes: { permutation } }) => ([dy]) => {
    const back = permutation.map((_, axis) => permutation.indexOf(axis));
    return [transpose(dy!, back)];
  }),
  concat: rearranging<'concat'>(({ attributes }) => ([dy], { inputShapes, wanted }) => {
    const axis = axisOf(attributes.axis, dy!.rank);
    let start = 0;
    return inputShapes.map((shape, i) => {
      const begin = shape.map((_, dimension) => (dimension === axis ? start : 0));
      start += shape[axis]!;
      return wanted[i] ? slice(dy!, begin, [...shape]) : null;
    });
  }),
  stack: rearranging<'stack'>(({ attributes }) => ([dy], { wanted }) => {
    const parts = unstack(dy!, axisOf(attributes.axis, dy!.rank));
    return wanted.map((isWanted, i) => (isWanted ? parts[i]! : null));
  }),
  unstack: rearranging<'unstack'>(({ attributes }) => (gradients, { inputShapes: [shape] }) => {
    const axis = axisOf(attributes.axis, shape!.length);
    const one = shape!.filter((_, i) => i !== axis);
    return [stack(Array.from({ length: shape![axis]! }, (_, i): Tensor => gradients[i] ?? zeros(one)), axis)];
  }),
  split: rearranging<'split'>(({ attributes }) => (gradients, { inputShapes: [shape] }) => {
    const axis = axisOf(attributes.axis, shape!.length);
    const sizes = sizesOf(attributes, shape![axis]!);
    return [concat(sizes.map((size, i): Tensor => gradients[i] ?? zeros(shape!.map((whole, dimension) => (dimension === axis ? size : whole)))), axis)];
  }),
  pad: rearranging<'pad'>((node, context) => {
    const flat = node.attributes.paddings?.flat() ?? context.numbers(1);
    return ([dy], { inputShapes: [shape], wanted }) => {
      const begin = shape!.map((_, axis) => flat![2 * axis]!);
      return wanted.map((isWanted, i) => (isWanted && i === 0 ? slice(dy!, begin, [...shape!]) : null));
    };
  }),
} satisfies Partial<{ [O in OpName]: RuleMaker<O> }>;

function sizesOf(attributes: { readonly sizes: readonly number[] } | { readonly count: number }, length: number): number[] {
  if ('count' in attributes) return Array.from({ length: attributes.count }, () => length / attributes.count);
  const known = attributes.sizes.reduce((sum, size) => sum + Math.max(size, 0), 0);
  return attributes.sizes.map((size) => (size < 0 ? length - known : size));
}
