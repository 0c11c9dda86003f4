/** Batch, layer, RMS, group and unit normalization. */
import { axesOf, type ConfigOwner, flagOf, integerOf, malformed, numberOf, refuse, show } from './config';
import type { Flow, GraphBuilder } from './graph-builder';
import { type FamilyTable, inputOf, type LayerCall, positiveAxis, rankOf, sizeAt, weightOf, withMask } from './lowering';

/** What Keras adds under the root of unit normalization: 3 clips the norm at 1e-12, 2 its square. */
const UNIT_EPSILON = { keras3: 1e-24, keras2: 1e-12 };

export const normalizationLayers: FamilyTable = {
  BatchNormalization: { weights: (owner) => [...scaleAndCenter(owner), 'moving_mean', 'moving_variance'], lower: batchNormalization },
  LayerNormalization: {
    weights: (owner) => (owner.config.rms_scaling === true ? ['gamma'] : scaleAndCenter(owner)),
    lower: layerNormalization,
  },
  RMSNormalization: { weights: () => ['scale'], lower: rmsNormalization },
  GroupNormalization: { weights: scaleAndCenter, lower: groupNormalization },
  UnitNormalization: { lower: unitNormalization },
  LayerScale: { weights: () => ['gamma'], lower: layerScale },
};

function scaleAndCenter(owner: ConfigOwner): string[] {
  return [...(owner.config.scale === false ? [] : ['gamma']), ...(owner.config.center === false ? [] : ['beta'])];
}

function gammaAndBeta(call: LayerCall, builder: GraphBuilder): { gamma: Flow | null; beta: Flow | null; count: number } {
  const hasGamma = flagOf(call, 'scale', true);
  const hasBeta = flagOf(call, 'center', true);
  const count = Number(hasGamma) + Number(hasBeta);
  return {
    gamma: hasGamma ? weightOf(call, builder, 0, 'gamma') : null,
    beta: hasBeta ? weightOf(call, builder, count - 1, 'beta') : null,
    count,
  };
}

function batchNormalization(call: LayerCall, builder: GraphBuilder): Flow[] {
  const x = inputOf(call);
  const { gamma, beta, count } = gammaAndBeta(call, builder);
  const { axis } = call.config;
  if (Array.isArray(axis)) return refuse(call, `normalizes over axis = ${show(axis)}; Whittle runs one axis.`);
  const mean = weightOf(call, builder, count, 'moving_mean');
  const variance = weightOf(call, builder, count + 1, 'moving_variance');
  const attributes = {
    epsilon: numberOf(call, 'epsilon', 1e-3),
    axis: positiveAxis(call, integerOf(call, 'axis', -1), rankOf(call, x)),
    activation: 'none',
  } as const;
  return [withMask(builder.node('batch-norm', [x, mean, variance, gamma, beta], attributes), x.mask)];
}

function layerNormalization(call: LayerCall, builder: GraphBuilder): Flow[] {
  const x = inputOf(call);
  const rank = rankOf(call, x);
  const axes = axesOf(call, 'axis', -1).map((axis) => positiveAxis(call, axis, rank));
  const epsilon = numberOf(call, 'epsilon', 1e-3);
  if (axes.some((axis, i) => i > 0 && axis <= axes[i - 1]!)) return refuse(call, `normalizes over axis = ${show(axes)}; Whittle runs axes in ascending order.`);
  if (call.config.rms_scaling === true) return [withMask(varianceScaling(call, builder, x, axes, epsilon), x.mask)];
  const { gamma, beta } = gammaAndBeta(call, builder);
  return [withMask(builder.node('layer-norm', [x, gamma, beta], { axes, epsilon, rms: false }), x.mask)];
}

/** Keras's rms_scaling divides by the standard deviation, but takes no mean off: x · gamma / √(Var x + epsilon). */
function varianceScaling(call: LayerCall, builder: GraphBuilder, x: Flow, axes: readonly number[], epsilon: number): Flow {
  const mean = builder.node('mean', [x], { axes, keepDims: true });
  const variance = builder.node('mean', [builder.node('squared-difference', [x, mean], {})], { axes, keepDims: true });
  const shifted = builder.node('add', [variance, builder.floats('epsilon', [], [epsilon])], { activation: 'none' });
  const scaled = builder.node('mul', [x, builder.node('rsqrt', [shifted], {})], { activation: 'none' });
  const rank = rankOf(call, x);
  const shape = Array.from({ length: rank }, (_, axis) => (axes.includes(axis) ? sizeAt(call, x, axis) : 1));
  return builder.node('mul', [scaled, weightOf(call, builder, 0, 'gamma', shape)], { activation: 'none' });
}

function rmsNormalization(call: LayerCall, builder: GraphBuilder): Flow[] {
  const x = inputOf(call);
  const rank = rankOf(call, x);
  const axes = axesOf(call, 'axis', -1).map((axis) => positiveAxis(call, axis, rank));
  const epsilon = numberOf(call, 'epsilon', 1e-6);
  return [withMask(builder.node('layer-norm', [x, weightOf(call, builder, 0, 'scale')], { axes, epsilon, rms: true }), x.mask)];
}

/** Of keras.applications' ConvNeXt, which saves it by its plain name: x · gamma, a factor a channel. */
function layerScale(call: LayerCall, builder: GraphBuilder): Flow[] {
  const x = inputOf(call);
  const channels = integerOf(call, 'projection_dim', sizeAt(call, x, rankOf(call, x) - 1));
  return [withMask(builder.node('mul', [x, weightOf(call, builder, 0, 'gamma', [channels])], { activation: 'none' }), x.mask)];
}

function groupNormalization(call: LayerCall, builder: GraphBuilder): Flow[] {
  const x = inputOf(call);
  const rank = rankOf(call, x);
  const axis = positiveAxis(call, integerOf(call, 'axis', -1), rank);
  if (axis === 0) return malformed(call, 'normalizes over the batch.');
  const channels = sizeAt(call, x, axis);
  const asked = integerOf(call, 'groups', 32);
  const groups = asked === -1 ? channels : asked;
  const { gamma, beta } = gammaAndBeta(call, builder);
  const attributes = { groups, epsilon: numberOf(call, 'epsilon', 1e-3) };
  if (axis === rank - 1) return [withMask(builder.node('group-norm', [x, gamma, beta], attributes), x.mask)];
  const others = Array.from({ length: rank }, (_, i) => i).filter((i) => i !== axis);
  const permutation = [...others, axis];
  const inverse = Array.from({ length: rank }, (_, i) => permutation.indexOf(i));
  const last = builder.node('transpose', [x], { permutation });
  const y = builder.node('group-norm', [last, gamma, beta], attributes);
  return [withMask(builder.node('transpose', [y], { permutation: inverse }), x.mask)];
}

function unitNormalization(call: LayerCall, builder: GraphBuilder): Flow[] {
  const x = inputOf(call);
  const rank = rankOf(call, x);
  const axes = axesOf(call, 'axis', -1).map((axis) => positiveAxis(call, axis, rank));
  return [withMask(builder.node('l2-normalize', [x], { axes, epsilon: UNIT_EPSILON[call.generation] }), x.mask)];
}
