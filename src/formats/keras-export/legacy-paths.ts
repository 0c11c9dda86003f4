/** Names of weights where Keras 2 and TensorFlow.js keep them: in lists, layer by layer. */
import type { Tensor } from '../../ir/tensor';
import type { LayerTopology } from '../keras-layers/topology';
import type { ExportWeight } from './export-model';

export interface NamedWeight {
  readonly name: string;
  readonly tensor: Tensor;
}

/** Roles of weights that training does not touch; Keras lists them behind the others. */
const UNTRAINED = new Set(['moving_mean', 'moving_variance', 'mean', 'variance', 'count']);

/** The weights of a layer in the order of Keras's lists, named below the layer's group. */
export function legacyWeights(layer: LayerTopology, weights: ReadonlyMap<string, readonly ExportWeight[]>): NamedWeight[] {
  const all = weightsBelow(layer, layer.name, weights);
  const isTrained = ({ layer: owner, weight }: OwnedWeight): boolean => !UNTRAINED.has(weight.role) && owner.config.trainable !== false;
  return [...all.filter(isTrained), ...all.filter((one) => !isTrained(one))].map(({ path, weight }) => ({
    name: `${path}/${weight.role}`,
    tensor: weight.tensor,
  }));
}

/** The weights of a layer by TensorFlow.js's own names. */
export function tfjsWeights(layer: LayerTopology, weights: ReadonlyMap<string, readonly ExportWeight[]>): NamedWeight[] {
  return weightsBelow(layer, layer.name, weights).map(({ weight }) => ({ name: `${layer.name}/${tfjsRole(layer, weight.role)}`, tensor: weight.tensor }));
}

function tfjsRole(layer: LayerTopology, role: string): string {
  if (layer.className !== 'Bidirectional') return role;
  const [direction, ...rest] = role.split('/');
  return `${direction}_${layer.inner[0]!.name}/${rest.join('/')}`;
}

interface OwnedWeight {
  readonly path: string;
  readonly layer: LayerTopology;
  readonly weight: ExportWeight;
}

function weightsBelow(layer: LayerTopology, path: string, weights: ReadonlyMap<string, readonly ExportWeight[]>): OwnedWeight[] {
  if (layer.model) return layer.model.layers.flatMap((inner) => weightsBelow(inner, `${path}/${inner.name}`, weights));
  const wrapped = layer.className === 'TimeDistributed' ? layer.inner[0] : undefined;
  if (wrapped) return weightsBelow(wrapped, `${path}/${wrapped.name}`, weights);
  return (weights.get(path) ?? []).map((weight) => ({ path, layer, weight }));
}
