/**
 * Writes the older HDF5 file of Keras, in the form of Keras 2, which Keras 3 opens too. Layers whose calls Keras 2 writes
 * in a way that Keras 3 does not open are written for Keras 3.
 */
import type { Graph } from '../../ir/graph';
import type { Recipe } from '../../passes/pass';
import type { WriteResult } from '../format';
import { writeHdf5 } from '../hdf5-write';
import { exportLayers, refusalOf } from '../keras-export/export-layers';
import { expansionNotes, hardSigmoidNote, numbersOf } from '../keras-export/floats';
import { keras2Model } from '../keras-export/keras-json';
import { legacyWeights } from '../keras-export/legacy-paths';
import { kerasH5Target, type Target } from '../keras-export/target';

/** The versions that the files were opened with. */
const KERAS_VERSIONS = { keras2: '2.21.0', keras3: '3.15.1' };
const LABEL = 'A Keras .h5 file';

export function canWriteKerasH5(graph: Graph): true | string {
  return refusalOf(graph, targetFor(graph), LABEL);
}

export async function writeKerasH5(graph: Graph, _options: unknown, recipe: Recipe | undefined): Promise<WriteResult> {
  const target = targetFor(graph);
  const model = exportLayers(graph, target, LABEL);
  const version = KERAS_VERSIONS[target.generation];
  const bytes = await writeHdf5((hdf5) => {
    hdf5.text('/', 'backend', 'tensorflow');
    hdf5.text('/', 'keras_version', version);
    hdf5.text('/', 'model_config', JSON.stringify(keras2Model(model, target)));
    if (recipe) hdf5.text('/', 'whittle_recipe', JSON.stringify(recipe));
    const root = '/model_weights';
    hdf5.group(root);
    hdf5.text(root, 'backend', 'tensorflow');
    hdf5.text(root, 'keras_version', version);
    hdf5.texts(root, 'layer_names', model.topology.layers.map((layer) => layer.name));
    for (const layer of model.topology.layers) {
      const group = `${root}/${layer.name}`;
      const weights = legacyWeights(layer, model.weights);
      hdf5.group(group);
      hdf5.texts(group, 'weight_names', weights.map(({ name }) => name));
      for (const { name, tensor } of weights) hdf5.dataset(`${group}/${name}`, tensor.shape, numbersOf(tensor));
    }
    hdf5.group(`${root}/top_level_model_weights`);
    hdf5.texts(`${root}/top_level_model_weights`, 'weight_names', []);
  });
  return { files: [{ name: 'model.h5', bytes }], diagnostics: [...expansionNotes(model), ...hardSigmoidNote(target.generation, model)] };
}

/** Keras 3 computes by this file unless the model needs what only Keras 2 means by hard_sigmoid. */
function targetFor(graph: Graph): Target {
  const needsKeras2 = graph.nodes.some(
    ({ attributes }) => 'recurrentActivation' in attributes && [attributes.recurrentActivation, attributes.activation].includes('hard-sigmoid-keras2'),
  );
  return kerasH5Target(needsKeras2 ? 'keras2' : 'keras3');
}
