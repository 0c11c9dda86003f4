/** Activations that are layers of their own. */
import { activationLayerFunctions } from './activation-layer-functions';
import { type Flow, type GraphBuilder, NONE } from './graph-builder';
import { type FamilyTable, inputOf, type LayerCall, type LayerFamily, maskOf, weightOf, withMask } from './lowering';

/** Keras puts this in place of masked scores. */
const MASKED_SCORE = -1e9;

export const activationLayers: FamilyTable = {
  ...Object.fromEntries(Object.keys(activationLayerFunctions).map((name) => [name, plain(name)])),
  Softmax: { lower: (call, builder) => masked(call, (x) => softmax(call, builder, x)) },
  PReLU: {
    weights: () => ['alpha'],
    lower: (call, builder) => masked(call, (x) => builder.node('prelu', [x, weightOf(call, builder, 0, 'alpha')], NONE)),
  },
};

function plain(name: string): LayerFamily {
  return { lower: (call, builder) => masked(call, (x) => activationLayerFunctions[name]!(call, builder, x)) };
}

function masked(call: LayerCall, lower: (x: Flow) => Flow): Flow[] {
  const x = inputOf(call);
  return [withMask(lower(x), x.mask)];
}

function softmax(call: LayerCall, builder: GraphBuilder, x: Flow): Flow {
  const mask = maskOf(call)?.();
  if (!mask) return activationLayerFunctions.Softmax!(call, builder, x);
  const scores = builder.node('select', [mask, x, builder.floats('masked', [], [MASKED_SCORE])], NONE);
  return builder.node('select', [mask, activationLayerFunctions.Softmax!(call, builder, scores), builder.floats('zero', [], [0])], NONE);
}
