/**
 * Cells moved, added or repeated: padding, tiling, reversing, blocks between space, depth and batch.
 */
import { isSmall, sameContents } from './contents';
import type { Definition, OpContext, OpTable } from './definition';
import { inputType, oneOutput } from './definition';
import { axesOf, expectRank, isKnown, mapKnown, productOf, UNKNOWN } from './dimensions';
import type { Shape } from '../ir/tensor';

export const spaceOps = {
  pad: {
    arity: { minimum: 1, maximum: 2 },
    outputCount: oneOutput,
    shape: (context) => {
      const { dtype, shape } = inputType(context, 0);
      if (context.attributes.paddings) return [{ dtype, shape: padded(context, shape, context.attributes.paddings) }];
      const contents = context.contents(1);
      if (!contents) return [{ dtype, shape: shape && shape.map(() => UNKNOWN) }];
      return [{ dtype, shape: padded(context, shape, Array.from({ length: contents.length / 2 }, (_, i) => contents.slice(2 * i, 2 * i + 2))) }];
    },
  },
  'mirror-pad': {
    arity: { minimum: 1, maximum: 1 },
    outputCount: oneOutput,
    shape: (context) => {
      const { dtype, shape } = inputType(context, 0);
      const { paddings, mode } = context.attributes;
      const most = (length: number): number => (mode === 'reflect' ? length - 1 : length);
      shape?.forEach((length, axis) => {
        if (isKnown(length) && paddings[axis]?.some((count) => count > most(length))) {
          context.fail(`${length} cells cannot mirror [${paddings[axis].join(', ')}] (axis ${axis}, ${mode})`);
        }
      });
      return [{ dtype, shape: padded(context, shape, paddings) }];
    },
  },
  tile: {
    arity: { minimum: 1, maximum: 2 },
    outputCount: oneOutput,
    shape: (context) => {
      const { dtype, shape } = inputType(context, 0);
      const multiples = context.attributes.multiples ?? context.contents(1);
      if (!multiples) return [{ dtype, shape: shape && shape.map(() => UNKNOWN) }];
      expectRank(shape, multiples.length, context.fail, 'the input (one multiple for each axis)');
      return [{ dtype, shape: multiples.map((multiple, axis) => productOf([shape?.[axis] ?? UNKNOWN, multiple ?? UNKNOWN])) }];
    },
    contents: (context) => {
      const [multiples, contents, shape] = [context.attributes.multiples ?? context.contents(1), context.contents(0), context.outputs[0]!.shape];
      if (!contents || multiples?.length !== 1 || !isSmall(shape)) return [null];
      return [Array.from({ length: shape[0]! }, (_, i) => contents[i % contents.length]!)];
    },
  },
  reverse: {
    arity: { minimum: 1, maximum: 1 },
    outputCount: oneOutput,
    shape: (context) => {
      const { dtype, shape } = inputType(context, 0);
      if (shape) axesOf(context.attributes.axes, shape.length, context.fail);
      return [{ dtype, shape }];
    },
    contents: (context) => {
      const contents = context.contents(0);
      if (context.attributes.axes.length === 0) return sameContents(context);
      return [contents && context.inputs[0]!.shape!.length === 1 ? contents.toReversed() : null];
    },
  },
  'depth-to-space': {
    ...oneToOne(),
    shape: (context) => {
      const { blockSize } = context.attributes;
      const { dtype, shape } = inputType(context, 0);
      if (!expectRank(shape, 4, context.fail, 'the input')) return [{ dtype, shape: null }];
      const [batch, height, width, depth] = shape as [number, number, number, number];
      return [{ dtype, shape: [batch, grown(height, blockSize), grown(width, blockSize), parts(context, depth, blockSize ** 2)] }];
    },
  },
  'space-to-depth': {
    ...oneToOne(),
    shape: (context) => {
      const { blockSize } = context.attributes;
      const { dtype, shape } = inputType(context, 0);
      if (!expectRank(shape, 4, context.fail, 'the input')) return [{ dtype, shape: null }];
      const [batch, height, width, depth] = shape as [number, number, number, number];
      return [{ dtype, shape: [batch, parts(context, height, blockSize), parts(context, width, blockSize), grown(depth, blockSize ** 2)] }];
    },
  },
  'space-to-batch': {
    ...oneToOne(),
    shape: (context) => {
      const { blockShape, paddings } = context.attributes;
      const { dtype, shape } = inputType(context, 0);
      if (!shape) return [{ dtype, shape }];
      if (shape.length <= blockShape.length) context.fail(`${blockShape.length} block sizes are too many for rank ${shape.length}`);
      const spatial = blockShape.map((block, i) => {
        const [before, after] = paddings[i] ?? context.fail(`there is no padding for block dimension ${i}`);
        return parts(context, mapKnown(shape[i + 1]!, (size) => size + before + after), block);
      });
      return [{ dtype, shape: [grown(shape[0]!, productOf(blockShape)), ...spatial, ...shape.slice(blockShape.length + 1)] }];
    },
  },
  'batch-to-space': {
    ...oneToOne(),
    shape: (context) => {
      const { blockShape, crops } = context.attributes;
      const { dtype, shape } = inputType(context, 0);
      if (!shape) return [{ dtype, shape }];
      if (shape.length <= blockShape.length) context.fail(`${blockShape.length} block sizes are too many for rank ${shape.length}`);
      const spatial = blockShape.map((block, i) => {
        const [before, after] = crops[i] ?? context.fail(`there is no crop for block dimension ${i}`);
        const size = mapKnown(shape[i + 1]!, (length) => length * block - before - after);
        if (size < UNKNOWN) context.fail(`crops [${before}, ${after}] take more than there is`);
        return size;
      });
      return [{ dtype, shape: [parts(context, shape[0]!, productOf(blockShape)), ...spatial, ...shape.slice(blockShape.length + 1)] }];
    },
  },
} satisfies Partial<OpTable>;

function oneToOne(): Pick<Definition<unknown>, 'arity' | 'outputCount'> {
  return { arity: { minimum: 1, maximum: 1 }, outputCount: oneOutput };
}

function padded(context: OpContext<unknown>, shape: Shape | null, paddings: readonly (readonly (number | null)[])[]): Shape {
  if (shape && shape.length !== paddings.length) context.fail(`${paddings.length} paddings are given for rank ${shape.length}`);
  return paddings.map(([before, after], axis) => {
    if ((before ?? 0) < 0 || (after ?? 0) < 0) context.fail(`padding [${before}, ${after}] is negative`);
    if (typeof before !== 'number' || typeof after !== 'number') return UNKNOWN;
    return mapKnown(shape?.[axis] ?? UNKNOWN, (size) => size + before + after);
  });
}

function grown(dimension: number, factor: number): number {
  return mapKnown(dimension, (size) => size * factor);
}

function parts(context: OpContext<unknown>, dimension: number, count: number): number {
  if (isKnown(dimension) && dimension % count !== 0) context.fail(`${dimension} does not divide into blocks of ${count}`);
  return mapKnown(dimension, (size) => size / count);
}
