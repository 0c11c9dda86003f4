/**
 * The weights in a legacy `.h5`: `model_weights/<layer>/<path>`, with the order in the attributes `layer_names` and
 * `weight_names`. A nested model keeps all its weights in one list.
 */
import { WhittleError } from '../../lib/errors';
import type { Tensor } from '../../ir/tensor';
import type { Hdf5 } from '../hdf5';
import { assignWeights } from './assign-weights';
import { leavesOf } from './leaf-layers';
import type { LayerTopology, ModelTopology } from './topology';

export function readLegacyWeights(model: ModelTopology, hdf5: Hdf5, fileName: string): Map<string, Tensor[]> {
  const root = hdf5.kindOf('model_weights') === 'group' ? 'model_weights' : '/';
  const layerNames = hdf5.texts(root, 'layer_names');
  if (layerNames === null) throw new WhittleError('FormatError', `${fileName} does not list its layers (layer_names), so its weights cannot be found.`);
  const tensors = new Map<string, Tensor[]>();
  const present = new Set(layerNames);
  for (const layer of model.layers) {
    if (!present.has(layer.name)) continue;
    readLayer(layer, `${root}/${layer.name}`, hdf5, fileName, tensors);
  }
  return tensors;
}

function readLayer(layer: LayerTopology, group: string, hdf5: Hdf5, fileName: string, tensors: Map<string, Tensor[]>): void {
  if (hdf5.kindOf(group) !== 'group') throw new WhittleError('FormatError', `${fileName} lists the layer "${layer.name}" and holds no weights of it.`);
  const weightNames = hdf5.texts(group, 'weight_names') ?? [];
  if (weightNames.length === 0) return;
  const leaves = leavesOf(layer, layer.name, [layer.name]);
  const read = (index: number): Tensor => hdf5.tensor(`${group}/${weightNames[index]!}`);
  if (leaves.length === 1 && leaves[0]!.layer === layer) {
    tensors.set(layer.name, weightNames.map((_, index) => read(index)));
    return;
  }
  const assigned = assignWeights(leaves, weightNames, `The layer "${layer.name}" of ${fileName}`);
  for (const [path, indices] of assigned) tensors.set(path, indices.map(read));
}
