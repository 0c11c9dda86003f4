/**
 * Matrix products: dense layers, batched products, einsum.
 */
import type { Shape } from '../ir/tensor';
import { WhittleError } from '../lib/errors';
import type { Fail, OpTable } from './definition';
import { inputType, oneOutput } from './definition';
import { broadcastShapes, expectRank, mergeDimension, productOf, UNKNOWN } from './dimensions';

export const matmulOps = {
  dense: {
    arity: { minimum: 2, maximum: 3 },
    outputCount: oneOutput,
    shape: (context) => {
      const x = inputType(context, 0).shape;
      const kernel = expectRank(inputType(context, 1).shape, 2, context.fail, 'the kernel');
      if (x?.length === 0) context.fail('the input is a scalar');
      mergeDimension(x?.at(-1) ?? UNKNOWN, kernel?.[0] ?? UNKNOWN, context.fail, 'the number of input features');
      const outputs = kernel?.[1] ?? UNKNOWN;
      const bias = context.inputs[2]?.shape?.at(-1) ?? 1;
      if (bias !== 1) mergeDimension(bias, outputs, context.fail, 'the number of output features (bias against kernel)');
      return [{ dtype: 'float32', shape: x && [...x.slice(0, -1), outputs] }];
    },
    macs: ({ inputs, outputs }) => productOf(outputs[0]!) * inputs[1]![0]!,
  },
  'batch-matmul': {
    arity: { minimum: 2, maximum: 2 },
    outputCount: oneOutput,
    shape: (context) => {
      const a = inputType(context, 0).shape;
      const b = inputType(context, 1).shape;
      if (!a || !b) return [{ dtype: 'float32', shape: null }];
      if (a.length < 2 || b.length < 2) context.fail('both inputs must have rank 2 or more');
      const [rows, inner] = lastTwo(a, context.attributes.transposeA);
      const [otherInner, columns] = lastTwo(b, context.attributes.transposeB);
      mergeDimension(inner, otherInner, context.fail, 'the inner dimension');
      const batch = broadcastShapes([a.slice(0, -2), b.slice(0, -2)], context.fail)!;
      return [{ dtype: 'float32', shape: [...batch, rows, columns] }];
    },
    macs: ({ attributes, inputs, outputs }) => productOf(outputs[0]!) * lastTwo(inputs[0]!, attributes.transposeA)[1],
  },
  einsum: {
    arity: { minimum: 1, maximum: Infinity },
    outputCount: oneOutput,
    shape: (context) => {
      const { terms, output } = parseEinsum(context.attributes.equation, context.fail);
      const shapes = context.inputs.map((_, i) => inputType(context, i).shape);
      const sizes = einsumSizes(terms, shapes, context.fail);
      const shape = Array.from(output, (label) => sizes.get(label) ?? context.fail(`label ${label} is in no input`));
      return [{ dtype: 'float32', shape }];
    },
    // A multiply-add for each combination of labels and each operand after the first.
    macs: ({ attributes, inputs }) => {
      const { terms } = parseEinsum(attributes.equation, failHere);
      return productOf([...einsumSizes(terms, inputs, failHere).values()]) * (inputs.length - 1);
    },
  },
} satisfies Partial<OpTable>;

export interface Einsum {
  readonly terms: readonly string[];
  readonly output: string;
}

/** Explicit output, one letter a dimension, no ellipsis. */
export function parseEinsum(equation: string, fail: Fail): Einsum {
  const parts = /^([A-Za-z]*(?:,[A-Za-z]*)*)->([A-Za-z]*)$/.exec(equation.replaceAll(' ', ''));
  if (!parts) return fail(`einsum equation "${equation}" is not of the form ab,bc->ac`);
  return { terms: parts[1]!.split(','), output: parts[2]! };
}

/** Shapes are concrete and were checked when they were inferred. */
const failHere: Fail = (reason) => {
  throw new WhittleError('GraphError', `An einsum cannot be counted: ${reason}.`);
};

function einsumSizes(terms: readonly string[], shapes: readonly (Shape | null)[], fail: Fail): Map<string, number> {
  if (terms.length !== shapes.length) fail(`the equation names ${terms.length} inputs`);
  const sizes = new Map<string, number>();
  terms.forEach((term, i) => {
    const shape = expectRank(shapes[i]!, term.length, fail, `input ${i}`);
    Array.from(term).forEach((label, axis) => {
      sizes.set(label, mergeDimension(sizes.get(label) ?? UNKNOWN, shape?.[axis] ?? UNKNOWN, fail, `label ${label}`));
    });
  });
  return sizes;
}

function lastTwo(shape: Shape, transpose: boolean): [number, number] {
  const [rows, columns] = [shape.at(-2)!, shape.at(-1)!];
  return transpose ? [columns, rows] : [rows, columns];
}
