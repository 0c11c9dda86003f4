/** Activations that are layers of their own. */
import { axesOf, malformed, numberOf, optionalNumberOf } from './config';
import { type Flow, type GraphBuilder, NONE } from './graph-builder';
import { type FamilyTable, inputOf, type LayerCall, weightOf, withMask } from './lowering';

/** Keras adds this to masked scores. */
const MASKED_SCORE = -1e9;

export const activationLayers: FamilyTable = {
  ReLU: { lower: (call, builder) => masked(call, (x) => relu(call, builder, x)) },
  LeakyReLU: {
    lower: (call, builder) => masked(call, (x) => builder.node('leaky-relu', [x], { alpha: numberOf(call, 'negative_slope', 0.3) })),
  },
  ELU: { lower: (call, builder) => masked(call, (x) => builder.node('elu', [x], { alpha: numberOf(call, 'alpha', 1) })) },
  ThresholdedReLU: {
    lower: (call, builder) => masked(call, (x) => builder.node('thresholded-relu', [x], { theta: numberOf(call, 'theta', 1) })),
  },
  PReLU: {
    weights: () => ['alpha'],
    lower: (call, builder) => masked(call, (x) => builder.node('prelu', [x, weightOf(call, builder, 0, 'alpha')], NONE)),
  },
  Softmax: { lower: (call, builder) => masked(call, (x) => softmax(call, builder, x)) },
};

function masked(call: LayerCall, lower: (x: Flow) => Flow): Flow[] {
  const x = inputOf(call);
  return [withMask(lower(x), x.mask)];
}

/** f(x) = max for x ≥ max, x for threshold ≤ x < max, slope · (x − threshold) below. */
function relu(call: LayerCall, builder: GraphBuilder, x: Flow): Flow {
  const maximum = optionalNumberOf(call, 'max_value');
  const slope = optionalNumberOf(call, 'negative_slope') ?? 0;
  const threshold = optionalNumberOf(call, 'threshold') ?? 0;
  if (slope === 0 && threshold === 0) {
    if (maximum === null) return builder.node('relu', [x], NONE);
    if (maximum === 6) return builder.node('relu6', [x], NONE);
    return builder.node('clip', [x], { minimum: 0, maximum });
  }
  const limit = (flow: Flow): Flow =>
    maximum === null ? flow : builder.node('minimum', [flow, builder.floats('max_value', [], [maximum])], NONE);
  if (threshold === 0) return limit(builder.node('leaky-relu', [x], { alpha: slope }));
  const at = builder.floats('threshold', [], [threshold]);
  const below = builder.node('sub', [x, at], { activation: 'none' });
  const scaled = builder.node('mul', [below, builder.floats('negative_slope', [], [slope])], { activation: 'none' });
  const isAbove = builder.node('greater-equal', [x, at], NONE);
  return builder.node('select', [isAbove, limit(x), scaled], NONE);
}

function softmax(call: LayerCall, builder: GraphBuilder, x: Flow): Flow {
  const axes = axesOf(call, 'axis', -1);
  const given = call.kwargs.mask;
  const mask = x.mask?.();
  if (given !== undefined && given !== null) return malformed(call, 'is called with an explicit mask, which Whittle does not read. Mask the scores before the layer.');
  let scores = x;
  if (mask) scores = builder.node('select', [mask, x, builder.floats('masked', [], [MASKED_SCORE])], NONE);
  let y: Flow;
  if (axes.length === 1) y = builder.node('softmax', [scores], { axis: axes[0]! });
  else {
    const largest = builder.node('max', [scores], { axes, keepDims: true });
    const powers = builder.node('exp', [builder.node('sub', [scores, largest], { activation: 'none' })], NONE);
    y = builder.node('div', [powers, builder.node('sum', [powers], { axes, keepDims: true })], { activation: 'none' });
  }
  return mask ? builder.node('select', [mask, y, builder.floats('zero', [], [0])], NONE) : y;
}

