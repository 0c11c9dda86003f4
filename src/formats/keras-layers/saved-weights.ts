/**
 * The weights in a `model.weights.h5` of Keras 3: groups follow the objects, `layers/<class in snake case>[_k]/vars/<i>`,
 * with k counting layers of one class. Newer files name the layer in an attribute of `vars`, which is trusted first.
 */
import type { Tensor } from '../../ir/tensor';
import type { Hdf5 } from '../hdf5';
import { familyOf } from './layer-table';
import type { LayerTopology, ModelTopology } from './topology';

/** What the walk needs of a file. */
type VariableTree = Pick<Hdf5, 'kindOf' | 'namesIn' | 'text' | 'tensor'>;

/** Parts of a layer that hold weights of their own, in save order. Others (random states, inner dropout) are left out. */
const PARTS = ['forward_layer', 'backward_layer', 'cell', 'query_dense', 'key_dense', 'value_dense', 'output_dense'];

export function readSavedWeights(model: ModelTopology, hdf5: VariableTree): Map<string, Tensor[]> {
  const tensors = new Map<string, Tensor[]>();
  readModel(model, '', '', hdf5, tensors);
  return tensors;
}

function readModel(model: ModelTopology, group: string, prefix: string, hdf5: VariableTree, tensors: Map<string, Tensor[]>): void {
  const groups = groupsOf(model, group, hdf5);
  for (const layer of model.layers) {
    const found = groups.get(layer.name);
    if (found !== undefined) readLayer(layer, found, prefix + layer.name, hdf5, tensors);
  }
}

function readLayer(layer: LayerTopology, group: string, path: string, hdf5: VariableTree, tensors: Map<string, Tensor[]>): void {
  const wrapped = layer.className === 'TimeDistributed' ? layer.inner[0] : undefined;
  if (layer.model) readModel(layer.model, `${group}/`, `${path}/`, hdf5, tensors);
  else if (wrapped) readLayer(wrapped, `${group}/layer`, `${path}/${wrapped.name}`, hdf5, tensors);
  else if (familyOf(layer.className)?.weights) tensors.set(path, readParts(layer, group, hdf5));
}

/** A layer's own variables, then those of its parts. */
function readParts(layer: LayerTopology, group: string, hdf5: VariableTree): Tensor[] {
  const own = hdf5.kindOf(`${group}/vars`) === 'group' ? hdf5.namesIn(`${group}/vars`) : [];
  const indices = own.filter((name) => /^\d+$/.test(name)).sort((a, b) => Number(a) - Number(b));
  const tensors = indices.map((index) => hdf5.tensor(`${group}/vars/${index}`));
  for (const part of PARTS) {
    // Keras 2 kept the underscore of the attribute's name.
    const sub = [`${group}/${part}`, `${group}/_${part}`].find((candidate) => hdf5.kindOf(candidate) === 'group');
    if (sub === undefined) continue;
    if (part === 'cell' && hdf5.kindOf(`${sub}/cells`) === 'group') {
      const cells = numbered(layer.inner.map((cell) => snakeCase(cell.className)));
      for (const cell of cells) tensors.push(...readParts(layer, `${sub}/cells/${cell}`, hdf5));
    } else tensors.push(...readParts(part === 'cell' ? layer : (layer.inner[part === 'backward_layer' ? 1 : 0] ?? layer), sub, hdf5));
  }
  return tensors;
}

/** The group of each layer of a model. */
function groupsOf(model: ModelTopology, group: string, hdf5: VariableTree): Map<string, string> {
  // Keras 2.12 and 2.13 named the groups by the layers themselves.
  const named = `${group}_layer_checkpoint_dependencies`;
  if (hdf5.kindOf(named) === 'group') return new Map(model.layers.map((layer) => [layer.name, `${named}/${layer.name}`]));
  const container = `${group}layers`;
  if (hdf5.kindOf(container) !== 'group') return new Map();
  const byAttribute = new Map<string, string>();
  for (const name of hdf5.namesIn(container)) {
    const vars = `${container}/${name}/vars`;
    const layerName = hdf5.kindOf(vars) === 'group' ? hdf5.text(vars, 'name') : null;
    if (layerName === null || byAttribute.has(layerName)) continue;
    byAttribute.set(layerName, `${container}/${name}`);
  }
  if (model.layers.filter((layer) => !isOperation(layer)).every((layer) => byAttribute.has(layer.name))) return byAttribute;
  const layers = model.layers.filter((layer) => !isOperation(layer));
  const names = numbered(layers.map((layer) => snakeCase(layer.className)));
  return new Map(layers.map((layer, i) => [layer.name, `${container}/${names[i]!}`]));
}

/** Bare `keras.ops` calls stand among the layers of a config, but are none. */
function isOperation(layer: LayerTopology): boolean {
  return layer.module.includes('.ops.');
}

function numbered(names: readonly string[]): string[] {
  const counts = new Map<string, number>();
  return names.map((name) => {
    const count = counts.get(name) ?? 0;
    counts.set(name, count + 1);
    return count === 0 ? name : `${name}_${count}`;
  });
}

/** Keras's naming.to_snake_case. */
export function snakeCase(className: string): string {
  return className
    .replace(/\W+/g, '')
    .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();
}

