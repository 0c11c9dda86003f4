/**
 * Choosing boxes. TensorFlow Lite's operators fill their outputs up to the largest number of boxes and say how many are
 * valid; the rest is cut off, as everywhere else.
 */
import type { RaisingContext, Raisings } from '../raise-context';
import { emitReshape } from '../raise-shape';

const UNKNOWN_COUNT = [-1];

export const detectionRaisings: Raisings = {
  'non-max-suppression'({ attributes, outputs }, context) {
    const count = context.inner('int32', []);
    const inputs = [0, 1, 2, 3, 4].map((input) => context.x(input));
    const indices = context.inner('int32', UNKNOWN_COUNT);
    switch (attributes.outputs) {
      case 'indices':
      case 'indices-count':
        context.emit('NON_MAX_SUPPRESSION_V4', inputs, [indices, count]);
        break;
      case 'indices-scores': {
        const scores = context.inner('float32', UNKNOWN_COUNT);
        const sigma = context.has(5) ? context.x(5) : context.floats([0]);
        context.emit('NON_MAX_SUPPRESSION_V5', [...inputs, sigma], [indices, scores, count]);
        if (outputs.length > 1) cut(context, scores, count, context.y(1));
        break;
      }
      default: {
        const never: never = attributes.outputs;
        return never;
      }
    }
    cut(context, indices, count, context.y(0));
    if (attributes.outputs === 'indices-count' && outputs.length > 1) emitReshape(context, count, context.y(1), []);
  },
};

function cut(context: RaisingContext, filled: number, count: number, output: number): void {
  const size = context.inner('int32', [1]);
  context.emit('RESHAPE', [count, context.integers([1])], [size]);
  context.emit('SLICE', [filled, context.integers([0]), size], [output]);
}
