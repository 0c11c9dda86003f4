/** Activations that are layers of their own, as functions: they also stand as the activation of another layer. */
import { axesOf, type ConfigOwner, numberOf, optionalNumberOf } from './config';
import { type Flow, type GraphBuilder, NONE } from './graph-builder';

type LayerFunction = (owner: ConfigOwner, builder: GraphBuilder, x: Flow) => Flow;

export const activationLayerFunctions: Readonly<Record<string, LayerFunction>> = {
  ReLU: relu,
  // As an activation the config is the file's own, with Keras 2's name of the slope.
  LeakyReLU: (owner, builder, x) =>
    builder.node('leaky-relu', [x], { alpha: numberOf(owner, 'negative_slope' in owner.config ? 'negative_slope' : 'alpha', 0.3) }),
  ELU: (owner, builder, x) => builder.node('elu', [x], { alpha: numberOf(owner, 'alpha', 1) }),
  ThresholdedReLU: (owner, builder, x) => builder.node('thresholded-relu', [x], { theta: numberOf(owner, 'theta', 1) }),
  Softmax: softmax,
};

/** f(x) = max for x ≥ max, x for threshold ≤ x < max, slope · (x − threshold) below. */
function relu(owner: ConfigOwner, builder: GraphBuilder, x: Flow): Flow {
  const maximum = optionalNumberOf(owner, 'max_value');
  const slope = optionalNumberOf(owner, 'negative_slope') ?? 0;
  const threshold = optionalNumberOf(owner, 'threshold') ?? 0;
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
  return builder.node('select', [builder.node('greater-equal', [x, at], NONE), limit(x), scaled], NONE);
}

function softmax(owner: ConfigOwner, builder: GraphBuilder, x: Flow): Flow {
  const axes = axesOf(owner, 'axis', -1);
  if (axes.length === 1) return builder.node('softmax', [x], { axis: axes[0]! });
  const largest = builder.node('max', [x], { axes, keepDims: true });
  const powers = builder.node('exp', [builder.node('sub', [x, largest], { activation: 'none' })], NONE);
  return builder.node('div', [powers, builder.node('sum', [powers], { axes, keepDims: true })], { activation: 'none' });
}
