/** Which family lowers a layer, or why none does. */
import { WhittleError } from '../../lib/errors';
import { type ConfigOwner, describe } from './config';
import { familyOf, layerNames } from './layer-table';
import type { LayerFamily } from './lowering';
import { nearestName } from '../../options/options';
import type { LayerTopology } from './topology';

const STRING_LAYERS = new Set(['TextVectorization', 'StringLookup', 'IntegerLookup', 'Hashing', 'HashedCrossing']);

export function familyFor(layer: LayerTopology, owner: ConfigOwner): LayerFamily {
  const isOwn = layer.registeredName?.includes('>') === true;
  const family = isOwn ? undefined : familyOf(layer.className);
  if (family) return family;
  const who = describe(owner);
  if (layer.className === 'Lambda' || layer.className === 'TensorFlowOpLayer') {
    throw new WhittleError(
      'UnsupportedError',
      `${who} is code, which Whittle does not run from a file. Replace it by Keras layers or keras.ops and save the model again, or export the model to TensorFlow.js as a graph model.`,
    );
  }
  if (STRING_LAYERS.has(layer.className)) {
    throw new WhittleError(
      'UnsupportedError',
      `${who} looks values up in a vocabulary, which Whittle does not run. Keep it outside: save the model that begins after it.`,
    );
  }
  const near = isOwn ? undefined : nearestName(layer.className, layerNames);
  throw new WhittleError(
    'UnsupportedError',
    `${who} is a custom layer${layer.registeredName ? ` registered as ${layer.registeredName}` : ' or one that Whittle does not know'}; its code is not in the file.${
      near ? ` Is it a ${near}?` : ''
    } Replace it by Keras's own layers and save the model again, or export the model to TensorFlow.js as a graph model.`,
  );
}
