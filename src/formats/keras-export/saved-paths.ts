/** Where Keras 3 looks for weights in `model.weights.h5`: the mirror of how they are read. */
import { isOperation } from './keras-json';
import { snakeCase } from '../keras-layers/saved-weights';
import type { LayerTopology } from '../keras-layers/topology';
import type { ExportWeight } from './export-model';

export interface SavedWeight {
  /** The group that holds it as `vars/<index>`. */
  readonly group: string;
  readonly index: number;
  readonly weight: ExportWeight;
}

export interface SavedLayer {
  readonly name: string;
  readonly group: string;
}

/** Groups of all layers of a model, and all weights. `weights` is by path, as in an export model. */
export function savedPaths(
  layers: readonly LayerTopology[],
  weights: ReadonlyMap<string, readonly ExportWeight[]>,
): { readonly layers: readonly SavedLayer[]; readonly weights: readonly SavedWeight[] } {
  const saved: SavedWeight[] = [];
  const groups: SavedLayer[] = [];
  const addModel = (own: readonly LayerTopology[], prefix: string, pathPrefix: string): void => {
    const counts = new Map<string, number>();
    for (const layer of own) {
      if (isOperation(layer)) continue;
      const snake = snakeCase(layer.className);
      const count = counts.get(snake) ?? 0;
      counts.set(snake, count + 1);
      const group = `${prefix}layers/${count === 0 ? snake : `${snake}_${count}`}`;
      groups.push({ name: layer.name, group });
      addLayer(layer, group, pathPrefix + layer.name);
    }
  };
  const addLayer = (layer: LayerTopology, group: string, path: string): void => {
    const wrapped = layer.className === 'TimeDistributed' ? layer.inner[0] : undefined;
    if (layer.model) addModel(layer.model.layers, `${group}/`, `${path}/`);
    else if (wrapped) addLayer(wrapped, `${group}/layer`, `${path}/${wrapped.name}`);
    else addParts(layer, group, weights.get(path) ?? []);
  };
  const addParts = (layer: LayerTopology, group: string, own: readonly ExportWeight[]): void => {
    const used = new Map<string, number>();
    for (const weight of own) {
      const part = partOf(layer, weight.role);
      const index = used.get(part) ?? 0;
      used.set(part, index + 1);
      saved.push({ group: part === '' ? group : `${group}/${part}`, index, weight });
    }
  };
  addModel(layers, '', '');
  return { layers: groups, weights: saved };
}

const HEADS: Readonly<Record<string, string>> = { query: 'query_dense', key: 'key_dense', value: 'value_dense', attention_output: 'output_dense' };

/** The object within the layer that owns the weight of a role. */
function partOf(layer: LayerTopology, role: string): string {
  const end = role.lastIndexOf('/');
  const owner = end < 0 ? '' : role.slice(0, end);
  switch (layer.className) {
    case 'LSTM':
    case 'GRU':
    case 'SimpleRNN':
    case 'ConvLSTM1D':
    case 'ConvLSTM2D':
      return 'cell';
    case 'RNN':
      return cellPart(layer, owner);
    case 'Bidirectional': {
      const isForward = owner.startsWith('forward');
      const inner = layer.inner[isForward ? 0 : 1] ?? layer.inner[0]!;
      const below = owner.includes('/') ? owner.slice(owner.indexOf('/') + 1) : '';
      return `${isForward ? 'forward_layer' : 'backward_layer'}/${inner.className === 'RNN' ? cellPart(inner, below) : 'cell'}`;
    }
    case 'MultiHeadAttention':
      return HEADS[owner]!;
    case 'GroupedQueryAttention':
      return `_${HEADS[owner]!}`;
    default:
      return '';
  }
}

/** `cell_2` of an RNN over several cells is the third, counted by class. */
function cellPart(layer: LayerTopology, owner: string): string {
  const index = /^cell_(\d+)$/.exec(owner)?.[1];
  if (index === undefined) return 'cell';
  const cells = layer.inner.slice(0, Number(index) + 1).map((cell) => snakeCase(cell.className));
  const own = cells.at(-1)!;
  const count = cells.filter((name) => name === own).length - 1;
  return `cell/cells/${count === 0 ? own : `${own}_${count}`}`;
}
