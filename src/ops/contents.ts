/**
 * Evaluation of small values whose numbers are partly known, for shapes that the graph computes itself. Integers wrap to
 * 32 bits and float32 rounds, as the kernels do.
 */
import type { Shape } from '../ir/tensor';
import type { Contents, ContentsContext } from './definition';
import { CONTENTS_LIMIT } from './definition';
import { isFullyKnown, productOf } from './dimensions';
import type { DType } from './signatures';

/** The value as its type holds it. */
export function asType(value: number, dtype: DType): number {
  switch (dtype) {
    case 'int32':
      return Math.trunc(value) | 0;
    case 'bool':
      return value === 0 ? 0 : 1;
    case 'float32':
      return Math.fround(value);
    case 'string':
      return value;
    default: {
      const never: never = dtype;
      return never;
    }
  }
}

/** One number from the numbers of the inputs at the same place; unknown when one of them is. */
export function mapContents(context: ContentsContext<unknown>, rule: (...values: number[]) => number): readonly (Contents | null)[] {
  const output = context.outputs[0]!;
  const inputs = context.inputs.map((_, i) => context.contents(i));
  if (!isSmall(output.shape) || inputs.includes(null)) return [null];
  const readers = inputs.map((contents, i) => broadcastReader(contents!, context.inputs[i]!.shape!, output.shape as Shape));
  const values = Array.from({ length: productOf(output.shape) }, (_, place) => {
    const operands = readers.map((read) => read(place));
    return operands.includes(null) ? null : asType(rule(...(operands as number[])), output.dtype);
  });
  return [values];
}

/** The same numbers in another shape or type. */
export function sameContents(context: ContentsContext<unknown>): readonly (Contents | null)[] {
  return [context.contents(0)];
}

/** Few enough elements to be looked into. */
export function isSmall(shape: Shape | null): shape is Shape {
  return isFullyKnown(shape) && productOf(shape) <= CONTENTS_LIMIT;
}

/** Row-major strides. */
export function stridesOf(shape: Shape): readonly number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let i = shape.length - 2; i >= 0; i--) strides[i] = strides[i + 1]! * shape[i + 1]!;
  return strides;
}

/** The index of each axis for a row-major place. */
export function indicesAt(place: number, shape: Shape): readonly number[] {
  return stridesOf(shape).map((stride, axis) => Math.floor(place / stride) % shape[axis]!);
}

/** The row-major place of the indices. */
export function placeAt(indices: readonly number[], shape: Shape): number {
  return stridesOf(shape).reduce((place, stride, axis) => place + stride * indices[axis]!, 0);
}

function broadcastReader(contents: Contents, shape: Shape, output: Shape): (place: number) => number | null {
  if (contents.length === 1) return () => contents[0]!;
  return (place) => {
    const indices = indicesAt(place, output).slice(output.length - shape.length);
    return contents[placeAt(indices.map((index, axis) => (shape[axis] === 1 ? 0 : index)), shape)]!;
  };
}
