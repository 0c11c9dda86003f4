/** Spectra of rows of numbers. */
import type { OpTable } from './definition';
import { inputType, oneOutput } from './definition';

/** Its table of sines has 34 MB; the longest frame of a published sound model has 2048 numbers. */
export const LONGEST_TRANSFORM = 4096;

export const spectralOps = {
  'real-fft': {
    arity: { minimum: 1, maximum: 1 },
    outputCount: oneOutput,
    shape: (context) => {
      const { dtype, shape } = inputType(context, 0);
      const { length } = context.attributes;
      if (dtype !== 'float32') context.fail(`it transforms floats, not ${dtype}`);
      if (shape?.length === 0) context.fail('a scalar has no last dimension');
      if (!Number.isInteger(length) || length < 1 || length > LONGEST_TRANSFORM) context.fail(`it transforms 1 to ${LONGEST_TRANSFORM} numbers, not ${length}`);
      return [{ dtype: 'float32', shape: shape && shape.with(-1, Math.floor(length / 2) + 1) }];
    },
  },
} satisfies Partial<OpTable>;
