/**
 * Operators that pick and place by index, or whose result's size depends on the data.
 */
import { isSmall } from './contents';
import type { Definition, OpTable } from './definition';
import { inputType, oneOutput, shapeFromInput } from './definition';
import { axisOf, isKnown, mergeDimension, mergeShapes, UNKNOWN, upcast } from './dimensions';
import type { Shape } from '../ir/tensor';

export const gatherOps = {
  gather: {
    arity: { minimum: 2, maximum: 2 },
    outputCount: oneOutput,
    shape: (context) => {
      const { dtype, shape } = inputType(context, 0);
      const indices = inputType(context, 1).shape;
      if (!shape || !indices) return [{ dtype, shape: null }];
      const axis = axisOf(context.attributes.axis, shape.length, context.fail);
      const { batchDims } = context.attributes;
      if (batchDims < 0 || batchDims > Math.min(axis, indices.length)) context.fail(`${batchDims} batch dimensions do not fit`);
      const batch = mergeShapes(shape.slice(0, batchDims), indices.slice(0, batchDims), context.fail, 'the batch')!;
      return [{ dtype, shape: [...batch, ...shape.slice(batchDims, axis), ...indices.slice(batchDims), ...shape.slice(axis + 1)] }];
    },
    contents: (context) => {
      const [x, indices] = [context.contents(0), context.contents(1)];
      if (!x || !indices || context.inputs[0]!.shape!.length !== 1) return [null];
      return [indices.map((index) => (index === null ? null : (x.at(index) ?? null)))];
    },
  },
  'gather-nd': {
    arity: { minimum: 2, maximum: 2 },
    outputCount: oneOutput,
    shape: (context) => {
      const { dtype, shape } = inputType(context, 0);
      const indices = inputType(context, 1).shape;
      const depth = indices?.at(-1) ?? UNKNOWN;
      if (!shape || !indices || !isKnown(depth)) return [{ dtype, shape: null }];
      if (depth > shape.length) context.fail(`${depth} indices are too many for rank ${shape.length}`);
      return [{ dtype, shape: [...indices.slice(0, -1), ...shape.slice(depth)] }];
    },
  },
  'scatter-nd': {
    arity: { minimum: 3, maximum: 3 },
    outputCount: oneOutput,
    shape: (context) => [{ dtype: inputType(context, 1).dtype, shape: shapeFromInput(context, 2) }],
  },
  'sparse-to-dense': {
    arity: { minimum: 4, maximum: 4 },
    outputCount: oneOutput,
    shape: (context) => [{ dtype: inputType(context, 2).dtype, shape: shapeFromInput(context, 1) }],
  },
  range: {
    arity: { minimum: 3, maximum: 3 },
    outputCount: oneOutput,
    shape: (context) => {
      const dtype = [0, 1, 2].map((i) => inputType(context, i).dtype).reduce((a, b) => upcast(a, b, context.fail));
      const [start, limit, delta] = [0, 1, 2].map((i) => context.contents(i)?.[0] ?? null) as [number | null, number | null, number | null];
      if (delta === 0) context.fail('the step is 0');
      if (start === null || limit === null || delta === null) return [{ dtype, shape: [UNKNOWN] }];
      return [{ dtype, shape: [Math.max(0, Math.ceil((limit - start) / delta))] }];
    },
    contents: (context) => {
      const [start, delta, { shape }] = [context.contents(0)?.[0], context.contents(2)?.[0], context.outputs[0]!];
      if (typeof start !== 'number' || typeof delta !== 'number' || !isSmall(shape)) return [null];
      return [Array.from({ length: shape[0]! }, (_, i) => start + i * delta)];
    },
  },
  'one-hot': {
    arity: { minimum: 1, maximum: 1 },
    outputCount: oneOutput,
    shape: (context) => {
      const { shape } = inputType(context, 0);
      const { axis, depth } = context.attributes;
      return [{ dtype: 'float32', shape: shape && shape.toSpliced(axisOf(axis, shape.length + 1, context.fail), 0, depth) }];
    },
  },
  'top-k': {
    arity: { minimum: 1, maximum: 2 },
    outputCount: () => 2,
    shape: (context) => {
      const { dtype, shape } = inputType(context, 0);
      const k = context.attributes.k ?? context.contents(1)?.[0] ?? UNKNOWN;
      if (shape?.length === 0) context.fail('a scalar has no last dimension');
      if (shape && isKnown(shape.at(-1)!) && k > shape.at(-1)!) context.fail(`there are no ${k} largest of ${shape.at(-1)}`);
      const kept = shape && shape.with(-1, k);
      return [{ dtype, shape: kept }, { dtype: 'int32', shape: kept }];
    },
  },
  where: {
    arity: { minimum: 1, maximum: 1 },
    outputCount: oneOutput,
    shape: (context) => [{ dtype: 'int32', shape: [UNKNOWN, inputType(context, 0).shape?.length ?? UNKNOWN] }],
  },
  'non-max-suppression': {
    arity: { minimum: 5, maximum: 6 },
    outputCount: ({ outputs }) => (outputs === 'indices' ? 1 : 2),
    shape: (context) => {
      const boxes = inputType(context, 0).shape;
      const scores = inputType(context, 1).shape;
      if (boxes && (boxes.length !== 2 || (isKnown(boxes[1]!) && boxes[1] !== 4))) context.fail('boxes must have shape [n, 4]');
      mergeDimension(boxes?.[0] ?? UNKNOWN, scores?.[0] ?? UNKNOWN, context.fail, 'the number of boxes');
      const indices = { dtype: 'int32' as const, shape: [UNKNOWN] };
      switch (context.attributes.outputs) {
        case 'indices':
          return [indices];
        case 'indices-scores':
          return [indices, { dtype: 'float32', shape: [UNKNOWN] }];
        case 'indices-count':
          return [indices, { dtype: 'int32', shape: [] }];
        default: {
          const never: never = context.attributes.outputs;
          return never;
        }
      }
    },
  },
  bucketize: {
    arity: { minimum: 1, maximum: 1 },
    outputCount: oneOutput,
    shape: (context) => [{ dtype: 'int32', shape: inputType(context, 0).shape }],
  } satisfies Definition<unknown>,
  'category-encode': {
    arity: { minimum: 1, maximum: 2 },
    outputCount: oneOutput,
    shape: (context) => [{ dtype: 'float32', shape: encodedShape(inputType(context, 0).shape, context.attributes) }],
  },
} satisfies Partial<OpTable>;

/** Keras's CategoryEncoding.compute_output_shape. */
function encodedShape(shape: Shape | null, { tokens, mode }: { tokens: number; mode: string }): Shape | null {
  if (!shape) return null;
  if (shape.length === 0) return [tokens];
  if (mode !== 'one-hot' || shape.at(-1) === 1) return [...shape.slice(0, -1), tokens];
  return isKnown(shape.at(-1)!) ? [...shape, tokens] : null;
}
