/** Operations that reduce axes. */
import { refuse } from './config';
import { type Flow, type GraphBuilder, NONE } from './graph-builder';
import { type FamilyTable, type LayerCall, type LayerFamily, rankOf } from './lowering';
import { argumentOf, asFloat, operandOf, wholeNumber, wholeNumbers } from './operation-arguments';

export const reduceOperations: FamilyTable = {
  Mean: reduction('mean'),
  Sum: reduction('sum'),
  Prod: reduction('prod'),
  Max: reduction('max'),
  Min: reduction('min'),
  Amax: reduction('max'),
  Amin: reduction('min'),
  Any: reduction('any'),
  All: reduction('all'),
  Var: { lower: (call, builder) => [variance(call, builder)] },
  Std: { lower: (call, builder) => [builder.node('sqrt', [variance(call, builder)], NONE)] },
  Logsumexp: { lower: (call, builder) => [logSumExp(call, builder)] },
  Argmax: { lower: (call, builder) => [argument(call, builder, 'argmax')] },
  Argmin: { lower: (call, builder) => [argument(call, builder, 'argmin')] },
  Cumsum: { lower: (call, builder) => [cumulative(call, builder, 'cumsum')] },
  Cumprod: { lower: (call, builder) => [cumulative(call, builder, 'cumprod')] },
};

/** No axis means all of them. */
function axesAndDims(call: LayerCall, x: Flow): { axes: number[]; keepDims: boolean } {
  const axis = argumentOf(call, 1, ['axis']);
  const keepDims = argumentOf(call, 2, ['keepdims', 'keep_dims']) === true;
  const isAll = axis === null || axis === undefined;
  const axes = isAll ? Array.from({ length: rankOf(call, x) }, (_, i) => i) : wholeNumbers(call, axis, 'axis');
  return { axes, keepDims };
}

function reduction(op: 'mean' | 'sum' | 'prod' | 'max' | 'min' | 'any' | 'all'): LayerFamily {
  const lower = (call: LayerCall, builder: GraphBuilder): Flow[] => {
    const given = operandOf(call, builder, 0, ['x', 'input_tensor']);
    const initial = argumentOf(call, -1, ['initial']);
    if (initial !== null && initial !== undefined) return refuse(call, 'reduces from an initial value, which Whittle does not run.');
    const isLogical = op === 'any' || op === 'all';
    const x = isLogical && given.dtype !== 'bool' ? builder.node('cast', [given], { dtype: 'bool' }) : op === 'mean' ? asFloat(builder, given) : given;
    return [builder.node(op, [x], axesAndDims(call, x))];
  };
  return { lower };
}

function variance(call: LayerCall, builder: GraphBuilder): Flow {
  const x = asFloat(builder, operandOf(call, builder, 0, ['x', 'input_tensor']));
  const { axes, keepDims } = axesAndDims(call, x);
  const mean = builder.node('mean', [x], { axes, keepDims: true });
  return builder.node('mean', [builder.node('squared-difference', [x, mean], NONE)], { axes, keepDims });
}

function logSumExp(call: LayerCall, builder: GraphBuilder): Flow {
  const x = asFloat(builder, operandOf(call, builder, 0, ['x', 'input_tensor']));
  const { axes, keepDims } = axesAndDims(call, x);
  const largest = builder.node('max', [x], { axes, keepDims: true });
  const powers = builder.node('exp', [builder.node('sub', [x, largest], { activation: 'none' })], NONE);
  const log = builder.node('log', [builder.node('sum', [powers], { axes, keepDims: true })], NONE);
  const y = builder.node('add', [log, largest], { activation: 'none' });
  return keepDims ? y : builder.node('squeeze', [y], { axes });
}

function argument(call: LayerCall, builder: GraphBuilder, op: 'argmax' | 'argmin'): Flow {
  const x = operandOf(call, builder, 0, ['x', 'input']);
  const axis = argumentOf(call, 1, ['axis']);
  if (axis === null || axis === undefined) return refuse(call, 'looks for the largest over all axes; Whittle looks along one.');
  const y = builder.node(op, [x], { axis: wholeNumber(call, axis, 'axis') });
  return argumentOf(call, 2, ['keepdims']) === true ? builder.node('expand-dims', [y], { axis: wholeNumber(call, axis, 'axis') }) : y;
}

function cumulative(call: LayerCall, builder: GraphBuilder, op: 'cumsum' | 'cumprod'): Flow {
  const axis = argumentOf(call, 1, ['axis']);
  if (axis === null || axis === undefined) return refuse(call, 'runs over all axes at once; Whittle runs along one.');
  const attributes = {
    axis: wholeNumber(call, axis, 'axis'),
    exclusive: argumentOf(call, -1, ['exclusive']) === true,
    reverse: argumentOf(call, -1, ['reverse']) === true,
  };
  return builder.node(op, [operandOf(call, builder, 0, ['x'])], attributes);
}
