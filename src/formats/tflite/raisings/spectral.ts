/** Spectra: RFFT2D over one row at a time, of which REAL, IMAG or COMPLEX_ABS takes what is wanted. */
import type { OpAttributes } from '../../../ops/signatures';
import type { Raisings } from '../raise-context';
import { emitReshape } from '../raise-shape';

const partOps: Readonly<Record<OpAttributes['real-fft']['part'], string>> = { real: 'REAL', imaginary: 'IMAG', magnitude: 'COMPLEX_ABS' };

export const spectralRaisings: Raisings = {
  'real-fft'({ attributes: { length, part } }, context) {
    // The operator transforms planes: rows become planes one number high, where they are none yet.
    const [shape, result] = [context.shape(0), context.outputShape(0)];
    const isPlane = shape.at(-2) === 1;
    const planeOf = (of: readonly number[]): readonly number[] => (isPlane ? of : [...of.slice(0, -1), 1, of.at(-1)!]);
    const plane = isPlane ? context.x(0) : context.inner('float32', planeOf(shape));
    if (!isPlane) emitReshape(context, context.x(0), plane, planeOf(shape));
    const spectrum = context.builder.addTensor({ name: '', type: 'COMPLEX64', shape: planeOf(result) });
    context.emit('RFFT2D', [plane, context.integers([1, length])], [spectrum]);
    const picked = isPlane ? context.y() : context.inner('float32', planeOf(result));
    context.emit(partOps[part], [spectrum], [picked]);
    if (!isPlane) emitReshape(context, picked, context.y(), result);
  },
};
