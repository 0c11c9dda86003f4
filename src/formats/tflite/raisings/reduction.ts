/** Reductions, positions of extremes, running sums, and choices by size. */
import type { DType, OpAttributes } from '../../../ops/signatures';
import type { RaisingContext, RaisingOf, Raisings } from '../raise-context';
import { emitReshape } from '../raise-shape';

const INT32 = 2;

export const reductionRaisings: Raisings = {
  mean: reduce('MEAN', () => 'float32'),
  sum: reduce('SUM', (dtype) => (dtype === 'bool' ? 'int32' : dtype)),
  prod: reduce('REDUCE_PROD', (dtype) => (dtype === 'bool' ? 'int32' : dtype)),
  max: reduce('REDUCE_MAX', (dtype) => dtype),
  min: reduce('REDUCE_MIN', (dtype) => dtype),
  any: reduce('REDUCE_ANY', () => 'bool'),
  all: reduce('REDUCE_ALL', () => 'bool'),
  argmax: ({ attributes }, context) => position('ARG_MAX', attributes.axis, context),
  argmin: ({ attributes }, context) => position('ARG_MIN', attributes.axis, context),
  cumsum({ attributes }, context) {
    const { axis, exclusive, reverse } = attributes;
    context.emit('CUMSUM', [context.x(0), context.integers([axis], [])], [context.y()], { exclusive, reverse });
  },
  'top-k'({ attributes, outputs }, context) {
    const k = attributes.k ?? (context.outputShape(0).at(-1)! >= 0 ? context.outputShape(0).at(-1)! : null);
    const count = k === null ? context.x(1) : context.integers([k], []);
    const indices = outputs.length > 1 ? context.y(1) : context.inner('int32', context.outputShape(0));
    context.emit('TOPK_V2', [context.x(0), count], [context.y(), indices]);
  },
  where(_, context) {
    // The kernel gives int64 and nothing else.
    const shape = context.outputShape(0);
    const places = context.builder.addTensor({ name: '', type: 'INT64', shape });
    context.emit('WHERE', [context.as(0, 'bool')], [places]);
    context.emit('CAST', [places], [context.y()], { inDataType: 4, outDataType: INT32 });
  },
};

function reduce(op: string, typeOf: (dtype: DType) => DType): RaisingOf<OpAttributes['sum']> {
  return ({ attributes }, context) => {
    const x = context.as(0, typeOf(context.dtype(0)));
    if (attributes.axes.length === 0) return emitReshape(context, x, context.y(), context.outputShape(0));
    const axes = inOrder(attributes, context);
    context.emit(op, [x, context.integers(axes)], [context.y()], { keepDims: attributes.keepDims });
  };
}

/** Kernels for special shapes look for [1, 2], in this order and counted from the front. */
function inOrder({ axes }: OpAttributes['sum'], context: RaisingContext): readonly number[] {
  const rank = context.shape(0).length;
  return axes.map((axis) => (axis < 0 ? axis + rank : axis)).sort((a, b) => a - b);
}

function position(op: string, axis: number, context: RaisingContext): void {
  context.emit(op, [context.x(0), context.integers([axis], [])], [context.y()], { outputType: INT32 });
}
