/** Shapes as tensors: constants where they are known, put together by the graph where the batch is left open. */
import type { Shape } from '../../ir/tensor';
import type { RaisingContext } from './raise-context';

/** An int32 vector with the whole shape; an unknown first dimension is that of input 0. */
export function shapeTensor(context: RaisingContext, shape: Shape): number {
  if (!shape.includes(-1)) return context.integers(shape);
  if (shape[0] !== -1 || shape.slice(1).includes(-1)) return context.refuse(`its output shape [${shape.join(', ')}] is not known before it runs`);
  const [whole, batch, result] = [context.inner('int32', [context.shape(0).length]), context.inner('int32', [1]), context.inner('int32', [shape.length])];
  context.emit('SHAPE', [context.x(0)], [whole], { outType: 2 });
  context.emit('SLICE', [whole, context.integers([0]), context.integers([1])], [batch]);
  context.emit('CONCATENATION', [batch, context.integers(shape.slice(1))], [result], { axis: 0 });
  return result;
}

/** More dimensions than SLICE takes in older runtimes. */
const LARGEST_SLICED_RANK = 5;

/**
 * The same numbers in another shape, of which one dimension may be unknown. A plain copy is a SLICE of everything: XNNPACK
 * takes a RESHAPE to the same shape out, and then fails where it stood between an input and an output.
 */
export function emitReshape(context: RaisingContext, input: number, output: number, shape: Shape): void {
  if (shape.filter((size) => size < 0).length > 1) context.refuse(`its output shape [${shape.join(', ')}] is not known before it runs`);
  const before = context.builder.tensor(input).shape;
  const isCopy = before.length === shape.length && before.every((size, axis) => size === shape[axis]);
  // An empty shape is no constant: the format cannot tell it from an activation.
  if (shape.length === 0) context.emit('SQUEEZE', [input], [output], { squeezeDims: before.map((_, axis) => axis) });
  else if (isCopy && shape.length <= LARGEST_SLICED_RANK) {
    context.emit('SLICE', [input, context.integers(shape.map(() => 0)), context.integers(shape)], [output]);
  } else context.emit('RESHAPE', [input, context.integers(shape)], [output]);
}
