/**
 * The Keras layer that a group of nodes came from, when they still are what the layer would be read as. A layer without a
 * bias that was given one, or that took the activation behind it in, is still the same kind of layer.
 */
import type { Graph, LayerSource, Node } from '../../ir/graph';
import { decodeFloats, type Tensor } from '../../ir/tensor';
import { operationFamily } from '../keras-layers/operations';
import { normalizeLayer } from '../keras-layers/normalize-model';
import { leavesOf } from '../keras-layers/leaf-layers';
import type { Generation, LayerTopology } from '../keras-layers/topology';
import type { ExportWeight } from './export-model';
import { weightsOfLeaf } from './layer-weights';
import { nest } from './nested-lists';
import { ownActivation } from './plan';

export interface WholeLayer {
  readonly layer: LayerTopology;
  /** By path below the layer. */
  readonly weights: ReadonlyMap<string, readonly ExportWeight[]>;
}

/** Of ConvNeXt in keras.applications: not among `keras.layers`, so that they go home as the operations they are. */
const APPLICATION_LAYERS: readonly string[] = ['LayerScale', 'StochasticDepth'];

/** What the layer may be now, the likeliest first. `nodes` are those of one call. */
export function wholeLayers(graph: Graph, source: LayerSource, nodes: readonly Node[], generation: Generation): WholeLayer[] {
  if (wasOperation(source, generation) || APPLICATION_LAYERS.includes(source.className)) return [];
  const name = source.path.slice(source.path.lastIndexOf('/') + 1);
  return configVariants(graph, source, nodes).flatMap((config) => {
    const layer = normalizeLayer({ module: 'keras.layers', class_name: source.className, name, config: { ...config, name } }, generation);
    const weights = new Map<string, readonly ExportWeight[]>();
    for (const leaf of leavesOf(layer, source.path, [layer.name])) {
      const own = weightsOfLeaf(graph, nodes, leaf, leaf.path, leaf.layer.config);
      if (!own) return [];
      weights.set(leaf.path === source.path ? '' : leaf.path.slice(source.path.length + 1), own);
    }
    return [{ layer, weights }];
  });
}

/** Bare operations go back node by node: their arguments are not in their config. */
function wasOperation({ className, config }: LayerSource, generation: Generation): boolean {
  if (className === 'TFOpLambda' || className === 'SlicingOpLambda') return true;
  return generation === 'keras3' && !('trainable' in config) && operationFamily(className) !== undefined;
}

function configVariants(graph: Graph, source: LayerSource, nodes: readonly Node[]): LayerSource['config'][] {
  const { config, className, path } = source;
  if (className === 'Normalization') return [givenStatistics(graph, config, nodes, path)];
  const variants = [config];
  const hasBias = nodes.some((node) => node.inputs.some((id) => id !== null && graph.values[id]?.name === `${path}/bias`));
  const biased = hasBias && config.use_bias === false ? { ...config, use_bias: true } : undefined;
  if (biased) variants.push(biased);
  if (config.activation === undefined || config.activation === 'linear') {
    for (const activation of fusedActivations(nodes)) variants.push({ ...(biased ?? config), activation });
  }
  return variants;
}

function fusedActivations(nodes: readonly Node[]): string[] {
  const names = nodes.flatMap((node) => {
    const { activation } = node.attributes as { activation?: unknown };
    return activation === 'relu' || activation === 'elu' || activation === 'sigmoid' || activation === 'tanh' ? [ownActivation(activation).name] : [];
  });
  return [...new Set(names)];
}

/** Adapted statistics have become constants, the variance its root: Keras takes both as settings too. */
function givenStatistics(graph: Graph, config: LayerSource['config'], nodes: readonly Node[], path: string): LayerSource['config'] {
  if (config.mean !== null && config.mean !== undefined) return config;
  const tensorOf = (role: string): Tensor | undefined => {
    const ids = nodes.flatMap((node) => node.inputs);
    const id = ids.find((candidate) => candidate !== null && graph.values[candidate]?.name === `${path}/${role}`);
    return id ? graph.values[id]?.tensor : undefined;
  };
  const mean = tensorOf('mean');
  const deviation = tensorOf('deviation');
  if (!mean || !deviation) return config;
  const variance = Array.from(decodeFloats(deviation), (value) => Math.fround(value * value));
  const isScalar = mean.shape.length === 0;
  // One number for each index of the axes that are kept apart.
  const axes = [config.axis ?? -1].flat() as number[];
  const shape = isScalar ? [] : axes.map((axis) => mean.shape.at(axis)!);
  return { ...config, ...(isScalar && { axis: null }), mean: nest(shape, [...decodeFloats(mean)]), variance: nest(shape, variance) };
}
