/**
 * Operators that place by index, and those whose result's size depends on the data.
 */
import { indicesAt, isSmall, placeAt } from './contents';
import type { Contents, OpTable } from './definition';
import { inputType, oneOutput, shapeFromInput } from './definition';
import { isKnown, mergeDimension, productOf, UNKNOWN } from './dimensions';
import type { Shape } from '../ir/tensor';

export const scatterOps = {
  'scatter-nd': {
    arity: { minimum: 3, maximum: 3 },
    outputCount: oneOutput,
    shape: (context) => [{ dtype: inputType(context, 1).dtype, shape: shapeFromInput(context, 2) }],
    contents: (context) => {
      const add = (sum: number, update: number): number => sum + update;
      return [placed(context.outputs[0]!.shape, 0, context.contents(0), context.contents(1), add)];
    },
  },
  'sparse-to-dense': {
    arity: { minimum: 4, maximum: 4 },
    outputCount: oneOutput,
    shape: (context) => [{ dtype: inputType(context, 2).dtype, shape: shapeFromInput(context, 1) }],
    contents: (context) => {
      const fallback = context.contents(3)?.[0] ?? null;
      return [placed(context.outputs[0]!.shape, fallback, context.contents(0), context.contents(2), (_, value) => value)];
    },
  },
  where: {
    arity: { minimum: 1, maximum: 1 },
    outputCount: oneOutput,
    shape: (context) => {
      const contents = context.contents(0);
      const count = contents && !contents.includes(null) ? contents.filter((flag) => flag !== 0).length : UNKNOWN;
      return [{ dtype: 'int32', shape: [count, inputType(context, 0).shape?.length ?? UNKNOWN] }];
    },
    contents: (context) => {
      const [flags, shape] = [context.contents(0), context.inputs[0]?.shape ?? null];
      if (!flags || flags.includes(null) || !isSmall(shape)) return [null];
      return [flags.flatMap((flag, place) => (flag === 0 ? [] : indicesAt(place, shape)))];
    },
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
} satisfies Partial<OpTable>;

/** Single cells put into a small value; as many updates as coordinates, or one for all. */
function placed(
  shape: Shape | null,
  fallback: number | null,
  indices: Contents | null,
  updates: Contents | null,
  combine: (before: number, update: number) => number,
): Contents | null {
  if (!isSmall(shape) || !indices || !updates || indices.includes(null)) return null;
  const count = shape.length === 0 ? 0 : indices.length / shape.length;
  // Updates of whole rows, or coordinates that do not divide, are left alone.
  if (!Number.isInteger(count) || (updates.length !== count && updates.length !== 1)) return null;
  const result = new Array<number | null>(productOf(shape)).fill(fallback);
  for (let i = 0; i < count; i++) {
    const coordinates = indices.slice(i * shape.length, (i + 1) * shape.length) as number[];
    if (coordinates.some((index, axis) => index < 0 || index >= shape[axis]!)) return null;
    const place = placeAt(coordinates, shape);
    const [before, update] = [result[place]!, updates[updates.length === 1 ? 0 : i]!];
    result[place] = before === null || update === null ? null : combine(before, update);
  }
  return result;
}
