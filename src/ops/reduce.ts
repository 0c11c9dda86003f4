/**
 * Reductions over axes and running sums along one. Means are float32; sums and products of flags count.
 */
import { asType, indicesAt, isSmall, placeAt } from './contents';
import type { Contents, ContentsContext, Definition, OpTable } from './definition';
import { inputType, oneOutput } from './definition';
import { axesOf, axisOf, isFullyKnown, productOf } from './dimensions';
import type { DType, OpAttributes } from './signatures';

export const reduceOps = {
  mean: reduction(() => 'float32'),
  sum: reduction(counted, [0, (a, b) => a + b]),
  prod: reduction(counted, [1, (a, b) => a * b]),
  max: reduction((dtype) => dtype, [-Infinity, Math.max]),
  min: reduction((dtype) => dtype, [Infinity, Math.min]),
  any: reduction(() => 'bool', [0, (a, b) => Number(a !== 0 || b !== 0)]),
  all: reduction(() => 'bool', [1, (a, b) => Number(a !== 0 && b !== 0)]),
  argmax: argument(),
  argmin: argument(),
  cumsum: running(),
  cumprod: running(),
} satisfies Partial<OpTable>;

type Fold = readonly [start: number, step: (a: number, b: number) => number];

function counted(dtype: DType): DType {
  return dtype === 'bool' ? 'int32' : dtype;
}

function reduction(typeOf: (dtype: DType) => DType, fold?: Fold): Definition<OpAttributes['sum']> {
  const definition: Definition<OpAttributes['sum']> = {
    arity: { minimum: 1, maximum: 1 },
    outputCount: oneOutput,
    shape: (context) => {
      const { dtype, shape } = inputType(context, 0);
      const { keepDims } = context.attributes;
      if (!shape) return [{ dtype: typeOf(dtype), shape: null }];
      const axes = axesOf(context.attributes.axes, shape.length, context.fail);
      const kept = keepDims
        ? shape.map((size, axis) => (axes.includes(axis) ? 1 : size))
        : shape.filter((_, axis) => !axes.includes(axis));
      return [{ dtype: typeOf(dtype), shape: kept }];
    },
  };
  return fold ? { ...definition, contents: (context) => foldContents(context, fold) } : definition;
}

function foldContents(context: ContentsContext<OpAttributes['sum']>, [start, step]: Fold): readonly (Contents | null)[] {
  const contents = context.contents(0);
  const shape = context.inputs[0]?.shape ?? null;
  const output = context.outputs[0]!;
  // A value of no elements may reduce to one of very many.
  if (!contents || !isFullyKnown(shape) || !isSmall(output.shape)) return [null];
  const axes = axesOf(context.attributes.axes, shape.length, context.fail);
  const kept = shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
  const totals = new Array<number | null>(productOf(output.shape)).fill(start);
  contents.forEach((value, place) => {
    const target = placeAt(indicesAt(place, shape).map((index, axis) => (axes.includes(axis) ? 0 : index)), kept);
    const total = totals[target]!;
    totals[target] = value === null || total === null ? null : asType(step(total, value), output.dtype);
  });
  return [totals];
}

function argument(): Definition<OpAttributes['argmax']> {
  return {
    arity: { minimum: 1, maximum: 1 },
    outputCount: oneOutput,
    shape: (context) => {
      const { shape } = inputType(context, 0);
      const axis = shape && axisOf(context.attributes.axis, shape.length, context.fail);
      return [{ dtype: 'int32', shape: shape && shape.filter((_, i) => i !== axis) }];
    },
  };
}

function running(): Definition<OpAttributes['cumsum']> {
  return {
    arity: { minimum: 1, maximum: 1 },
    outputCount: oneOutput,
    shape: (context) => {
      const { dtype, shape } = inputType(context, 0);
      if (shape) axisOf(context.attributes.axis, shape.length, context.fail);
      return [{ dtype, shape }];
    },
  };
}
