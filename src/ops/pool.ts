/**
 * Pooling and resizing: windows and grids over the spatial dimensions.
 */
import type { Definition, OpTable } from './definition';
import { inputType, oneOutput, shapeFromInput } from './definition';
import { expectRank, isKnown, UNKNOWN, windowCount } from './dimensions';
import type { OpAttributes } from './signatures';

const pool: Definition<OpAttributes['max-pool']> = {
  arity: { minimum: 1, maximum: 1 },
  outputCount: oneOutput,
  shape: (context) => {
    const { kernel } = context.attributes;
    const x = inputType(context, 0);
    if (kernel.length < 1 || kernel.length > 3) context.fail(`a pool has 1 to 3 spatial dimensions, not ${kernel.length}`);
    const shape = expectRank(x.shape, kernel.length + 2, context.fail, 'the input');
    const spatial = kernel.map((size, i) => windowCount(shape?.[i + 1] ?? UNKNOWN, i, size, context.attributes, context.fail));
    return [{ dtype: x.dtype, shape: [shape?.[0] ?? UNKNOWN, ...spatial, shape?.at(-1) ?? UNKNOWN] }];
  },
};

function resize(keepsType: boolean): Definition<OpAttributes['resize-bilinear']> {
  return {
    arity: { minimum: 1, maximum: 2 },
    outputCount: oneOutput,
    shape: (context) => {
      const x = inputType(context, 0);
      const shape = expectRank(x.shape, 4, context.fail, 'the input');
      const size = context.attributes.size ?? shapeFromInput(context, 1) ?? [UNKNOWN, UNKNOWN];
      if (size.length !== 2) context.fail(`a size is [height, width], not ${size.length} numbers`);
      if (size.some((length) => isKnown(length) && length < 1)) context.fail(`cannot resize to [${size.join(', ')}]`);
      return [{ dtype: keepsType ? x.dtype : 'float32', shape: [shape?.[0] ?? UNKNOWN, ...size, shape?.[3] ?? UNKNOWN] }];
    },
  };
}

export const poolOps = {
  'max-pool': pool,
  'average-pool': pool,
  'resize-bilinear': resize(false),
  'resize-nearest': resize(true),
} satisfies Partial<OpTable>;
