/** The layers of a model that own weights, through nested models and wrappers, by the path that lowering uses. */
import type { LayerTopology, ModelTopology } from './topology';

export interface LeafLayer {
  readonly path: string;
  readonly layer: LayerTopology;
  /** Names by which a weight's name may point at it: its own, and that of a wrapper around it. */
  readonly names: readonly string[];
}

export function leafLayers(model: ModelTopology, prefix = ''): LeafLayer[] {
  return model.layers.flatMap((layer) => leavesOf(layer, prefix + layer.name, [layer.name]));
}

export function leavesOf(layer: LayerTopology, path: string, names: readonly string[]): LeafLayer[] {
  if (layer.model) return leafLayers(layer.model, `${path}/`);
  const wrapped = layer.className === 'TimeDistributed' ? layer.inner[0] : undefined;
  if (wrapped) return leavesOf(wrapped, `${path}/${wrapped.name}`, [...names, wrapped.name]);
  return [{ path, layer, names }];
}
