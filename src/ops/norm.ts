/**
 * Normalization: the shape passes through; scales and offsets must fit the axes they run along.
 */
import type { Definition, OpContext, OpTable } from './definition';
import { inputType, oneOutput } from './definition';
import { axesOf, axisOf, isKnown, mergeDimension } from './dimensions';

export const normOps = {
  'batch-norm': {
    arity: { minimum: 3, maximum: 5 },
    outputCount: oneOutput,
    shape: (context) => {
      const { shape } = inputType(context, 0);
      if (shape) checkParameters(context, [shape[axisOf(context.attributes.axis, shape.length, context.fail)]!], 1);
      return [{ dtype: 'float32', shape }];
    },
  },
  'layer-norm': {
    arity: { minimum: 1, maximum: 3 },
    outputCount: oneOutput,
    shape: (context) => {
      const { shape } = inputType(context, 0);
      if (shape) {
        const axes = axesOf(context.attributes.axes, shape.length, context.fail);
        checkParameters(context, axes.map((axis) => shape[axis]!), 1);
      }
      return [{ dtype: 'float32', shape }];
    },
  },
  'group-norm': {
    arity: { minimum: 1, maximum: 3 },
    outputCount: oneOutput,
    shape: (context) => {
      const { shape } = inputType(context, 0);
      const { groups } = context.attributes;
      if (shape) {
        if (shape.length < 2) context.fail('the input needs a batch and a channel dimension');
        const channels = shape.at(-1)!;
        if (isKnown(channels) && channels % groups !== 0) context.fail(`${channels} channels do not divide into ${groups} groups`);
        checkParameters(context, [channels], 1);
      }
      return [{ dtype: 'float32', shape }];
    },
  },
  'l2-normalize': {
    arity: { minimum: 1, maximum: 1 },
    outputCount: oneOutput,
    shape: (context) => {
      const { shape } = inputType(context, 0);
      if (shape) axesOf(context.attributes.axes, shape.length, context.fail);
      return [{ dtype: 'float32', shape }];
    },
  },
  'local-response-norm': {
    arity: { minimum: 1, maximum: 1 },
    outputCount: oneOutput,
    shape: (context) => [{ dtype: 'float32', shape: inputType(context, 0).shape }],
  } satisfies Definition<unknown>,
} satisfies Partial<OpTable>;

/** Every parameter from input `first` on has the sizes `expected`. */
function checkParameters(context: OpContext<unknown>, expected: readonly number[], first: number): void {
  context.inputs.slice(first).forEach((parameter, i) => {
    const shape = parameter?.shape;
    if (!shape) return;
    if (shape.length !== expected.length) context.fail(`input ${first + i} must have rank ${expected.length} and has rank ${shape.length}`);
    shape.forEach((size, axis) => mergeDimension(size, expected[axis]!, context.fail, `dimension ${axis} of input ${first + i}`));
  });
}
