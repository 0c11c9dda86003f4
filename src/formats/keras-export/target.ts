/** The three files that hold Keras layers, and what each of them cannot hold. */
import type { FormatId } from '../format';
import { KERAS_2_HARD_SIGMOID } from '../keras-layers/normalize-config';
import type { Generation, LayerTopology } from '../keras-layers/topology';
import { type CallFacts, tfjsLimit, tfjsMaskLimit } from './tfjs-limits';

export interface Target {
  readonly id: Extract<FormatId, 'keras' | 'keras-h5' | 'tfjs-layers'>;
  /** How the names in the file are understood by who opens it. */
  readonly generation: Generation;
  /** Single operations of `keras.ops` may stand among the layers. */
  readonly hasOperations: boolean;
  /** Why the file cannot hold a layer, as the end of a sentence that begins with it; null: it can. */
  limitOf(layer: LayerTopology, call: CallFacts): string | null;
  /** The same for a layer that reads the mask of its input. */
  maskLimitOf(layer: LayerTopology): string | null;
}

export const kerasTarget: Target = { id: 'keras', generation: 'keras3', hasOperations: true, limitOf: (layer) => nameLimit(layer, 'keras3'), maskLimitOf: () => null };

/** Keras 2 and Keras 3 both open the file; where they differ, it is one of them that computes what the graph does. */
export function kerasH5Target(generation: Generation): Target {
  return { id: 'keras-h5', generation, hasOperations: false, limitOf: (layer) => nameLimit(layer, generation) ?? misreadByKeras3(layer, generation), maskLimitOf: () => null };
}

export const tfjsLayersTarget: Target = {
  id: 'tfjs-layers',
  generation: 'keras2',
  hasOperations: false,
  limitOf: (layer, call) => nameLimit(layer, 'keras2') ?? tfjsLimit(layer, call),
  maskLimitOf: tfjsMaskLimit,
};

/** What Keras 3 opens from an `.h5` otherwise than it stands there: of a list of axes it takes the first. */
function misreadByKeras3({ className, config }: LayerTopology, generation: Generation): string | null {
  if (generation === 'keras2') return null;
  if (className === 'GroupedQueryAttention') return 'is not found by Keras 3 when it opens an .h5 file';
  return Array.isArray(config.axis) && config.axis.length > 1 ? 'runs over several axes, of which Keras 3 takes one when it opens an .h5 file' : null;
}

/** Layers of Keras 3 that Keras 2 never had. */
const ONLY_KERAS_3 = new Set(['RMSNormalization', 'ConvLSTM3D', 'GroupedQueryAttention', 'ReversibleEmbedding']);
/** Layers that Keras 3 no longer has. */
const ONLY_KERAS_2 = new Set(['ThresholdedReLU']);

const NOT_CAUSAL_IN_KERAS_3 = /^(Separable|Depthwise)Conv1D$/;

function nameLimit(layer: LayerTopology, generation: Generation): string | null {
  if (generation === 'keras2' && ONLY_KERAS_3.has(layer.className)) return 'exists in Keras 3 only';
  if (generation === 'keras3' && ONLY_KERAS_2.has(layer.className)) return 'exists in Keras 2 only';
  if (generation === 'keras3' && NOT_CAUSAL_IN_KERAS_3.test(layer.className) && layer.config.padding === 'causal') return 'pads the past only, which Keras 3 does in Conv1D alone';
  const foreign = generation === 'keras3' ? KERAS_2_HARD_SIGMOID : 'hard_sigmoid';
  for (const key of ['activation', 'recurrent_activation']) {
    if (layer.config[key] === foreign) return `uses the hard sigmoid of Keras ${generation === 'keras3' ? 2 : 3}, by whose name this file means another function`;
  }
  for (const inner of layer.inner) {
    const limit = nameLimit(inner, generation);
    if (limit) return limit;
  }
  return null;
}
