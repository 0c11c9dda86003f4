/**
 * The same numbers in another shape, and shapes as numbers.
 */
import { indicesAt, isSmall, placeAt, sameContents } from './contents';
import type { Contents, Definition, Fail, OpContext, OpTable } from './definition';
import { inputType, oneOutput } from './definition';
import { axesOf, axisOf, broadcastShapes, isFullyKnown, isKnown, productOf, UNKNOWN } from './dimensions';
import type { Shape } from '../ir/tensor';

export const reshapeOps = {
  reshape: {
    arity: { minimum: 1, maximum: 2 },
    outputCount: oneOutput,
    shape: (context) => {
      const { dtype, shape } = inputType(context, 0);
      const target = context.attributes.shape ?? targetFromInput(context);
      return [{ dtype, shape: target && reshaped(shape, target, context.fail) }];
    },
    contents: sameContents,
  },
  flatten: {
    arity: { minimum: 1, maximum: 1 },
    outputCount: oneOutput,
    shape: (context) => {
      const { dtype, shape } = inputType(context, 0);
      if (shape?.length === 0) context.fail('a scalar has no batch dimension');
      return [{ dtype, shape: shape ? [shape[0]!, productOf(shape.slice(1))] : [UNKNOWN, UNKNOWN] }];
    },
    contents: sameContents,
  },
  squeeze: {
    arity: { minimum: 1, maximum: 1 },
    outputCount: oneOutput,
    shape: (context) => {
      const { dtype, shape } = inputType(context, 0);
      if (!shape) return [{ dtype, shape }];
      if (context.attributes.axes.length === 0) {
        return [{ dtype, shape: isFullyKnown(shape) ? shape.filter((size) => size !== 1) : null }];
      }
      const axes = axesOf(context.attributes.axes, shape.length, context.fail);
      for (const axis of axes) {
        if (isKnown(shape[axis]!) && shape[axis] !== 1) context.fail(`axis ${axis} has size ${shape[axis]} and cannot be squeezed`);
      }
      return [{ dtype, shape: shape.filter((_, axis) => !axes.includes(axis)) }];
    },
    contents: sameContents,
  },
  'expand-dims': {
    arity: { minimum: 1, maximum: 1 },
    outputCount: oneOutput,
    shape: (context) => {
      const { dtype, shape } = inputType(context, 0);
      return [{ dtype, shape: shape && shape.toSpliced(axisOf(context.attributes.axis, shape.length + 1, context.fail), 0, 1) }];
    },
    contents: sameContents,
  },
  transpose: {
    arity: { minimum: 1, maximum: 1 },
    outputCount: oneOutput,
    shape: (context) => {
      const { dtype, shape } = inputType(context, 0);
      const { permutation } = context.attributes;
      const axes = axesOf(permutation, shape?.length ?? permutation.length, context.fail);
      if (shape && axes.length !== shape.length) context.fail(`permutation [${permutation.join(', ')}] does not name every axis`);
      return [{ dtype, shape: axes.map((axis) => shape?.[axis] ?? UNKNOWN) }];
    },
  },
  'broadcast-to': {
    arity: { minimum: 1, maximum: 2 },
    outputCount: oneOutput,
    shape: (context) => {
      const { dtype, shape } = inputType(context, 0);
      const target = context.attributes.shape ?? targetFromInput(context)?.map((size) => size ?? UNKNOWN) ?? null;
      if (shape && target && shape.length > target.length) context.fail(`the shape [${target.join(', ')}] has too few dimensions`);
      if (target) shape?.forEach((size, axis) => {
        const wanted = target[axis + target.length - shape.length]!;
        if (size > 1 && isKnown(wanted) && wanted !== size) context.fail(`the input does not broadcast to [${target.join(', ')}]`);
      });
      return [{ dtype, shape: target && broadcastShapes([shape ?? [], target], context.fail) }];
    },
    contents: (context) => {
      const [output, contents, shape] = [context.outputs[0]!.shape, context.contents(0), context.inputs[0]!.shape];
      if (!isSmall(output) || !contents || !isFullyKnown(shape)) return [null];
      return [Array.from({ length: productOf(output) }, (_, place) => {
        const indices = indicesAt(place, output).slice(output.length - shape.length);
        return contents[placeAt(indices.map((index, axis) => (shape[axis] === 1 ? 0 : index)), shape)]!;
      })];
    },
  },
  fill: {
    arity: { minimum: 2, maximum: 2 },
    outputCount: oneOutput,
    shape: (context) => {
      const sizes = targetFromInput(context, 0);
      if (sizes?.some((size) => size !== null && size < 0)) context.fail(`cannot fill a shape of [${sizes.join(', ')}]`);
      return [{ dtype: inputType(context, 1).dtype, shape: sizes && sizes.map((size) => size ?? UNKNOWN) }];
    },
    contents: (context) => {
      const [shape, value] = [context.outputs[0]!.shape, context.contents(1)];
      return [isSmall(shape) && value ? new Array<number | null>(productOf(shape)).fill(value[0]!) : null];
    },
  },
  shape: {
    ...about((shape) => (shape ? [shape.length] : [UNKNOWN])),
    contents: (context) => [context.inputs[0]?.shape?.map(orNull) ?? null],
  },
  size: {
    ...about(() => []),
    contents: (context) => [[orNull(productOf(context.inputs[0]?.shape ?? [UNKNOWN]))]],
  },
  rank: {
    ...about(() => []),
    contents: (context) => [[context.inputs[0]?.shape?.length ?? null]],
  },
} satisfies Partial<OpTable>;

/** The numbers of a shape input, whose −1 means "the rest" and whose null is not known yet. */
function targetFromInput(context: OpContext<unknown>, index = 1): Contents | null {
  const contents = context.contents(index);
  if (contents) return contents;
  const length = inputType(context, index).shape?.[0] ?? UNKNOWN;
  // No tensor has more dimensions than TF.js's six; a longer vector is no shape.
  return length < 0 || length > 6 ? null : new Array<null>(length).fill(null);
}

function reshaped(shape: Shape | null, target: Contents, fail: Fail): Shape {
  const named = `[${target.map((size) => size ?? '?').join(', ')}]`;
  const rests = target.filter((size) => size === -1).length;
  if (rests > 1 || target.some((size) => size !== null && (size < -1 || !Number.isInteger(size)))) fail(`${named} is not a shape to reshape to`);
  const total = shape ? productOf(shape) : UNKNOWN;
  const open = target.filter((size) => size === null || size === -1).length;
  const known = productOf(target.filter((size): size is number => size !== null && size !== -1));
  if (open === 0 && isKnown(total) && total !== known) fail(`${total} elements do not fit ${named}`);
  if (open !== 1 || !isKnown(total)) return target.map((size) => size ?? UNKNOWN);
  if (known === 0) {
    if (total !== 0) fail(`${total} elements do not fit ${named}`);
    return target.map((size) => (size === null || size === -1 ? 0 : size));
  }
  if (total % known !== 0) fail(`${total} elements do not fit ${named}`);
  return target.map((size) => (size === null || size === -1 ? total / known : size));
}

function about(shapeOf: (shape: Shape | null) => Shape): Definition<unknown> {
  return {
    arity: { minimum: 1, maximum: 1 },
    outputCount: oneOutput,
    shape: (context) => [{ dtype: 'int32', shape: shapeOf(inputType(context, 0).shape) }],
  };
}

function orNull(dimension: number): number | null {
  return isKnown(dimension) ? dimension : null;
}
