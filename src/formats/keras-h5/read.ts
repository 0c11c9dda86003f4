/** Reads a legacy `.h5` of Keras 2 or 3: the attribute `model_config` for the topology, `model_weights` for the weights. */
import { WhittleError, throwIfCancelled } from '../../lib/errors';
import { baseName } from '../../lib/source-file';
import type { ReadInput, ReadResult } from '../format';
import { type Hdf5, withHdf5 } from '../hdf5';
import { parseJson } from '../json';
import { buildGraph } from '../keras-layers/build-graph';
import { readLegacyWeights } from '../keras-layers/legacy-weights';
import { normalizeModel } from '../keras-layers/normalize-model';
import { generationOf, producerOf } from '../keras-layers/producer';
import { storedRecipeText } from '../stored-recipe';

export async function readKerasH5({ main, report, signal }: ReadInput): Promise<ReadResult> {
  report({ stage: 'Reading the file', fraction: null });
  const name = baseName(main.name);
  return withHdf5(main, (hdf5) => {
    throwIfCancelled(signal);
    const text = hdf5.text('/', 'model_config');
    if (text === null) throw new WhittleError(...noModel(hdf5, name));
    const config = parseJson(text, `The model_config of ${name}`);
    const version = hdf5.text('/', 'keras_version');
    const generation = generationOf(version, config);
    const model = normalizeModel(config, generation);
    report({ stage: 'Reading weights', fraction: null });
    const weights = readLegacyWeights(model, hdf5, name);
    const source = { format: 'keras-h5', producer: producerOf(version) };
    const recipe = storedRecipeText(hdf5.text('/', 'whittle_recipe'));
    return { ...buildGraph(model, { weights, generation, source }), ...(recipe && { recipe }) };
  });
}

function noModel(hdf5: Hdf5, name: string): ['FormatError' | 'UnsupportedError', string] {
  const isWeightsOnly = hdf5.hasAttribute('/', 'layer_names') || hdf5.kindOf('layers') === 'group' || hdf5.kindOf('_layer_checkpoint_dependencies') === 'group';
  return isWeightsOnly
    ? ['UnsupportedError', `${name} holds weights only, without the layers they belong to. Load them into the model in Python and save the whole model: model.save('model.keras').`]
    : ['FormatError', `${name} is an HDF5 file, but holds no Keras model (its attribute model_config is missing).`];
}
