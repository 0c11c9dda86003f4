/**
 * Operators that pick by index, count up, or turn numbers into indices and flags.
 */
import { isSmall, placeAt } from './contents';
import type { Contents, ContentsContext, Definition, OpTable } from './definition';
import { inputType, oneOutput } from './definition';
import { axisOf, isKnown, mergeShapes, UNKNOWN, upcast } from './dimensions';
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
    contents: (context) => [cellsAt(context)],
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

/** The known contents at whole coordinates. */
function cellsAt(context: ContentsContext<unknown>): Contents | null {
  const [x, indices, shape] = [context.contents(0), context.contents(1), context.inputs[0]?.shape ?? null];
  if (!x || !indices || !isSmall(shape) || indices.includes(null) || context.inputs[1]!.shape!.at(-1) !== shape.length) return null;
  const rank = shape.length;
  if (rank === 0) return null;
  return Array.from({ length: indices.length / rank }, (_, i) => x[placeAt(indices.slice(i * rank, (i + 1) * rank) as number[], shape)] ?? null);
}

/** Keras's CategoryEncoding.compute_output_shape. */
function encodedShape(shape: Shape | null, { tokens, mode }: { tokens: number; mode: string }): Shape | null {
  if (!shape) return null;
  if (shape.length === 0) return [tokens];
  if (mode !== 'one-hot' || shape.at(-1) === 1) return [...shape.slice(0, -1), tokens];
  return isKnown(shape.at(-1)!) ? [...shape, tokens] : null;
}
