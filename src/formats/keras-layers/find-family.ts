/** Which family lowers a layer, or why none does. */
import { WhittleError } from '../../lib/errors';
import { nearestName } from '../../options/options';
import { type ConfigOwner, describe, show } from './config';
import { familyOf, layerNames } from './layer-table';
import type { LayerFamily } from './lowering';
import { operationFamily, operationNames } from './operations';
import { tensorflowOperation } from './tensorflow-operations';
import type { Generation, LayerTopology } from './topology';

const STRING_LAYERS = new Set(['TextVectorization', 'StringLookup', 'IntegerLookup', 'Hashing', 'HashedCrossing']);
/** Layers that are Keras's own and that no operator of Whittle covers. */
const KERAS_LAYERS_NOT_RUN = new Set(['ConvLSTM3D', 'CuDNNLSTM', 'CuDNNGRU', 'LocallyConnected1D', 'LocallyConnected2D', 'SpectralNormalization', 'MelSpectrogram', 'STFTSpectrogram', 'AdaptiveAveragePooling2D', 'AdaptiveMaxPooling2D', 'ReversibleEmbedding']);
const REPLACE = 'Replace it by Keras layers or keras.ops and save the model again, or export the model to TensorFlow.js as a graph model.';

export function familyFor(layer: LayerTopology, owner: ConfigOwner, generation: Generation): LayerFamily {
  const who = describe(owner);
  if (typeof layer.config.dtype === 'string' && layer.config.dtype.startsWith('Quantized')) {
    throw new WhittleError('UnsupportedError', `${who} was quantized by Keras (${layer.config.dtype}). Open the model as it was before model.quantize().`);
  }
  const isOwn = layer.registeredName?.includes('>') === true || layer.className.includes('>');
  const family = isOwn ? undefined : isOperation(layer, generation) ? operationOf(layer, who) : familyOf(layer.className);
  if (family) return family;
  if (layer.className === 'Lambda' || layer.className === 'TensorFlowOpLayer') {
    throw new WhittleError('UnsupportedError', `${who} is code, which Whittle does not run from a file. ${REPLACE}`);
  }
  if (STRING_LAYERS.has(layer.className)) {
    throw new WhittleError(
      'UnsupportedError',
      `${who} looks values up in a vocabulary or hashes them, which Whittle does not run. Keep it outside: save the model that begins after it.`,
    );
  }
  if (!isOwn && KERAS_LAYERS_NOT_RUN.has(layer.className)) {
    throw new WhittleError('UnsupportedError', `${who} is a layer of Keras that Whittle does not run. ${REPLACE}`);
  }
  const near = isOwn ? undefined : nearestName(layer.className, layerNames);
  const what = isOwn ? `a custom layer registered as ${layer.registeredName ?? layer.className}` : 'a custom layer, or one that Whittle does not know';
  throw new WhittleError('UnsupportedError', `${who} is ${what}; its code is not in the file.${near ? ` Did you mean ${near}?` : ''} ${REPLACE}`);
}

/**
 * True for a bare operation between layers. Keras 3's `.h5` leaves the module out; there an operation is known by its
 * config, which lacks what every layer has.
 */
function isOperation(layer: LayerTopology, generation: Generation): boolean {
  if (layer.className === 'TFOpLambda' || layer.className === 'SlicingOpLambda') return true;
  if (layer.module !== '') return layer.module.includes('.ops.');
  // A few layers leave `trainable` out too, but say their type as every layer does.
  if (familyOf(layer.className) && 'dtype' in layer.config) return false;
  return generation === 'keras3' && !('trainable' in layer.config) && layer.className !== 'InputLayer';
}

function operationOf(layer: LayerTopology, who: string): LayerFamily {
  const isTensorflow = layer.className === 'TFOpLambda' || layer.className === 'SlicingOpLambda';
  const name = isTensorflow ? tensorflowOperation(String(layer.config.function)) : layer.className;
  const family = name === undefined ? undefined : operationFamily(name);
  if (family) return family;
  const what = isTensorflow ? `tf.${show(layer.config.function).replaceAll('"', '')}` : `keras.ops operation ${layer.className}`;
  throw new WhittleError('UnsupportedError', `${who} is the ${what}, which Whittle does not run; it runs ${operationNames.length} others, such as Add, Mean, Reshape. ${REPLACE}`);
}
