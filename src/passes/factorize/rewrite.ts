/**
 * Puts factors in a layer's place. The last one keeps the node, its name, its Keras layer and the kernel's constant; the others get
 * names of their own behind the layer's, so that they can be written as layers and found by rules.
 */
import type { GraphEditor } from '../../ir/edit';
import type { Graph, LayerSource, Node, ValueId } from '../../ir/graph';
import { float32Tensor } from '../../ir/tensor';
import { consumersOf } from '../../ir/walk';
import type { Factor, FactorNode, Layer } from './layer';

const CLASS_NAMES = { dense: 'Dense', conv1d: 'Conv1D', conv2d: 'Conv2D', conv3d: 'Conv3D' } as const;

export interface Names {
  /** A name that nothing in the graph has yet. */
  claim(wish: string): string;
}

export function createNames(graph: Graph): Names {
  const taken = new Set([
    ...Object.values(graph.values).flatMap(({ id, name }) => [id, name]),
    ...graph.nodes.flatMap(({ id, name, layer }) => (layer ? [id, name, layer.path] : [id, name])),
  ]);
  return {
    claim(wish) {
      let name = wish;
      for (let i = 2; taken.has(name) || taken.has(`${name}/kernel`) || taken.has(`${name}:0`); i++) name = `${wish}_${i}`;
      taken.add(name);
      return name;
    },
  };
}

/** `bias`: the new bias of the layer; null: it stays as it is. */
export function replaceByFactors(graph: Graph, editor: GraphEditor, names: Names, layer: Layer, factors: readonly Factor[], bias: Float32Array | null): void {
  const { node, name } = layer;
  const replacements: Node[] = [];
  let input = node.inputs[0]!;
  for (const [index, factor] of factors.entries()) {
    const tensor = float32Tensor(factor.shape, factor.kernel);
    if (index === factors.length - 1) {
      editor.setTensor(node.inputs[1]!, tensor);
      const biasId = bias ? setBias(graph, editor, names, layer, bias) : node.inputs[2];
      replacements.push(withAttributes(node, factor, { inputs: [input, node.inputs[1]!, ...(biasId ? [biasId] : [])], layer: layerOf(node, factor, undefined, !!biasId) }));
      break;
    }
    const own = names.claim(`${name}_${factor.suffix}`);
    const output = `${own}:0`;
    editor.setValue({ id: output, name: own, dtype: 'float32', shape: [graph.values[input]?.shape?.[0] ?? -1, ...factor.sizes, factor.shape.at(-1)!] });
    const kernel = editor.addConstant(`${own}/kernel`, tensor);
    const plain = { ...node, attributes: { ...node.attributes, activation: 'none' as const } } as FactorNode;
    replacements.push({ ...withAttributes(plain, factor, { inputs: [input, kernel], layer: layerOf(node, factor, own, false) }), id: own, name: own, outputs: [output] } as Node);
    input = output;
  }
  editor.replaceNode(node.id, replacements);
}

function setBias(graph: Graph, editor: GraphEditor, names: Names, { node, name }: Layer, bias: Float32Array): ValueId {
  const tensor = float32Tensor([bias.length], bias);
  const before = node.inputs[2];
  if (!before || consumersOf(graph).get(before)!.length > 1) return editor.addConstant(names.claim(`${name}/bias`), tensor);
  editor.setTensor(before, tensor);
  return before;
}

interface Changes {
  readonly inputs: readonly ValueId[];
  readonly layer: LayerSource | undefined;
}

function withAttributes(node: FactorNode, { window }: Factor, { inputs, layer }: Changes): Node {
  const { layer: _before, ...rest } = node;
  return { ...rest, inputs, attributes: { ...node.attributes, ...window }, ...(layer ? { layer } : {}) } as Node;
}

/** The record of a factor that is a Keras layer like the one it came from; a part of some other layer has none. `path`: undefined for the last factor. */
function layerOf({ layer, op }: FactorNode, { shape, window }: Factor, path: string | undefined, useBias: boolean): LayerSource | undefined {
  if (layer?.className !== CLASS_NAMES[op]) return path === undefined ? layer : undefined;
  if (window && typeof window.padding !== 'string') return undefined;
  const shaped = window
    ? { filters: shape.at(-1)!, kernel_size: shape.slice(0, -2), strides: [...window.strides], padding: window.padding, dilation_rate: [...window.dilations] }
    : { units: shape.at(-1)! };
  if (path === undefined) return { ...layer, config: { ...layer.config, ...shaped, use_bias: useBias } };
  const config = { ...shaped, activation: 'linear', use_bias: false, trainable: true, ...(window ? { data_format: 'channels_last' } : {}) };
  return { path, className: layer.className, config, call: 0 };
}
