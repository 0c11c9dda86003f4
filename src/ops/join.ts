/**
 * Several values into one and back: concat, stack, unstack, split.
 */
import { indicesAt, isSmall, placeAt } from './contents';
import type { Contents, ContentsContext, OpContext, OpTable, ValueType } from './definition';
import { inputType, oneOutput } from './definition';
import { axisOf, isFullyKnown, isKnown, mergeShapes, productOf, UNKNOWN, upcast } from './dimensions';
import type { Shape } from '../ir/tensor';
import type { DType, OpAttributes } from './signatures';

export const joinOps = {
  concat: {
    arity: { minimum: 1, maximum: Infinity },
    outputCount: oneOutput,
    shape: (context) => {
      const shapes = context.inputs.map((_, i) => inputType(context, i).shape);
      const first = shapes.find((shape) => shape !== null);
      const dtype = commonType(context);
      if (!first) return [{ dtype, shape: null }];
      const axis = axisOf(context.attributes.axis, first.length, context.fail);
      // Every other axis is seen in all inputs; the joined one is the sum.
      const others = shapes.map((shape): Shape | null => shape && shape.map((size, i) => (i === axis ? UNKNOWN : size)));
      const merged = others.reduce((a, b) => mergeShapes(a, b, context.fail, 'the input'))!;
      const sizes = shapes.map((shape) => shape?.[axis] ?? UNKNOWN);
      const total = sizes.every(isKnown) ? sizes.reduce((sum, size) => sum + size, 0) : UNKNOWN;
      return [{ dtype, shape: merged.with(axis, total) }];
    },
    contents: (context) => [joined(context, context.inputs.map((input) => input!.shape))],
  },
  stack: {
    arity: { minimum: 1, maximum: Infinity },
    outputCount: oneOutput,
    shape: (context) => {
      const shapes = context.inputs.map((_, i) => inputType(context, i).shape);
      const merged = shapes.reduce((a, b) => mergeShapes(a, b, context.fail, 'the input'));
      const dtype = commonType(context);
      if (!merged) return [{ dtype, shape: null }];
      const axis = axisOf(context.attributes.axis, merged.length + 1, context.fail);
      return [{ dtype, shape: merged.toSpliced(axis, 0, shapes.length) }];
    },
    contents: (context) => {
      const rank = context.outputs[0]!.shape?.length ?? 1;
      const axis = axisOf(context.attributes.axis, rank, context.fail);
      return [joined(context, context.inputs.map((input) => input!.shape?.toSpliced(axis, 0, 1) ?? null))];
    },
  },
  unstack: {
    arity: { minimum: 1, maximum: 1 },
    outputCount: () => null,
    shape: (context) => {
      const { dtype, shape } = inputType(context, 0);
      const { outputCount } = context;
      const repeated = (type: ValueType): readonly ValueType[] => Array.from({ length: outputCount }, () => type);
      if (!shape) return repeated({ dtype, shape });
      const axis = axisOf(context.attributes.axis, shape.length, context.fail);
      if (isKnown(shape[axis]!) && shape[axis] !== outputCount) context.fail(`axis ${axis} does not give ${outputCount} outputs`);
      return repeated({ dtype, shape: shape.toSpliced(axis, 1) });
    },
    contents: (context) => parted(context, context.outputs.map(() => 1)),
  },
  split: {
    arity: { minimum: 1, maximum: 1 },
    outputCount: (attributes) => ('sizes' in attributes ? attributes.sizes.length : attributes.count),
    shape: (context) => {
      const { dtype, shape } = inputType(context, 0);
      const sizes = splitSizes(context, shape);
      const axis = shape && axisOf(context.attributes.axis, shape.length, context.fail);
      return sizes.map((size) => ({ dtype, shape: shape && shape.with(axis!, size) }));
    },
    contents: (context) => parted(context, splitSizes(context, context.inputs[0]?.shape ?? null)),
  },
} satisfies Partial<OpTable>;

/** More parts than any real network splits into; bounds what a broken file can ask for. */
const MOST_PARTS = 65_536;

function commonType(context: OpContext<unknown>): DType {
  return context.inputs.map((_, i) => inputType(context, i).dtype).reduce((a, b) => upcast(a, b, context.fail));
}

function splitSizes(context: OpContext<OpAttributes['split']>, shape: Shape | null): readonly number[] {
  const { attributes, fail } = context;
  const length = shape ? shape[axisOf(attributes.axis, shape.length, fail)]! : UNKNOWN;
  if ('count' in attributes) {
    const { count } = attributes;
    if (!Number.isInteger(count) || count < 1 || count > MOST_PARTS) fail(`cannot split into ${count} parts`);
    if (isKnown(length) && length % count !== 0) fail(`${length} does not split into ${count} equal parts`);
    return new Array<number>(count).fill(isKnown(length) ? length / count : UNKNOWN);
  }
  const { sizes } = attributes;
  const rests = sizes.filter((size) => size === -1).length;
  const given = sizes.reduce((sum, size) => sum + Math.max(size, 0), 0);
  if (rests > 1) fail(`sizes [${sizes.join(', ')}] leave more than one to be found`);
  if (!isKnown(length)) return sizes;
  if (given > length || (rests === 0 && given !== length)) fail(`sizes [${sizes.join(', ')}] do not add up to ${length}`);
  return sizes.map((size) => (size === -1 ? length - given : size));
}

/** The contents of inputs of these shapes along the axis; a part of known size whose numbers are unknown gives nulls. */
function joined(context: ContentsContext<{ axis: number }>, shapes: readonly (Shape | null)[]): Contents | null {
  const output = context.outputs[0]!.shape;
  if (!isSmall(output) || !shapes.every(isFullyKnown)) return null;
  const axis = axisOf(context.attributes.axis, output.length, context.fail);
  const result = new Array<number | null>(productOf(output)).fill(null);
  let start = 0;
  shapes.forEach((shape, i) => {
    const from = start;
    context.contents(i)?.forEach((value, place) => {
      const indices = indicesAt(place, shape);
      result[placeAt(indices.with(axis, indices[axis]! + from), output)] = value;
    });
    start += shape[axis]!;
  });
  return result.every((value) => value === null) ? null : result;
}

/** The contents of consecutive parts along the axis. */
function parted(context: ContentsContext<{ axis: number }>, sizes: readonly number[]): readonly (Contents | null)[] {
  const contents = context.contents(0);
  const shape = context.inputs[0]?.shape ?? null;
  if (!contents || !isFullyKnown(shape) || !sizes.every(isKnown)) return sizes.map(() => null);
  const axis = axisOf(context.attributes.axis, shape.length, context.fail);
  const starts = sizes.map((_, i) => sizes.slice(0, i).reduce((sum, size) => sum + size, 0));
  return sizes.map((size, i) =>
    contents.filter((_, place) => {
      const index = indicesAt(place, shape)[axis]!;
      return index >= starts[i]! && index < starts[i]! + size;
    }),
  );
}
