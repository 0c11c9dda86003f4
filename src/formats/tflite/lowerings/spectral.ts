/** Spectra, after `lower-complex.ts` has given each RFFT2D one part to take. */
import { LONGEST_TRANSFORM } from '../../../ops/spectral';
import { fftParts } from '../lower-complex';
import type { FlatLowerings } from '../lower-builder';

export const spectralLowerings: FlatLowerings = {
  RFFT2D: (node, builder) => {
    const [height, length] = node.integers(1, 'size of the transform') as readonly [number, number];
    const part = fftParts[node.option('part', -1)] ?? node.refuse('nothing takes a part of the complex numbers that it gives');
    const rows = node.typeOf(0).shape?.at(-2);
    if (height !== 1 || rows !== 1) return node.refuse(`it transforms planes of ${rows ?? 'unknown'} × ${height} rows; Whittle transforms one row at a time`);
    if (!(Number.isInteger(Math.log2(length)) && length <= LONGEST_TRANSFORM)) {
      return node.refuse(`it transforms ${length} numbers at once; allowed are powers of two up to ${LONGEST_TRANSFORM}`);
    }
    return builder.emit(node, 'real-fft', [node.value(0)], { length, part });
  },
};
