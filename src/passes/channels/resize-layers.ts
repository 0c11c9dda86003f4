/** Keras configs of layers whose weights or shapes changed, so that the layers can go home as themselves. */
import type { Graph, LayerSource, Node } from '../../ir/graph';

type Config = Readonly<Record<string, unknown>>;

/** Gates whose columns stand beside each other in a recurrent kernel. */
const GATES: Readonly<Record<string, number>> = { LSTM: 4, LSTMCell: 4, GRU: 3, GRUCell: 3, SimpleRNN: 1, SimpleRNNCell: 1, ConvLSTM1D: 4, ConvLSTM2D: 4 };

export function resizeLayers(graph: Graph): Graph {
  const byCall = new Map<string, Node[]>();
  for (const node of graph.nodes) {
    if (!node.layer) continue;
    const key = `${node.layer.call} ${node.layer.path}`;
    byCall.set(key, [...(byCall.get(key) ?? []), node]);
  }
  const nodes = graph.nodes.map((node): Node => {
    if (!node.layer) return node;
    const config = resizedConfig(graph, node.layer, byCall.get(`${node.layer.call} ${node.layer.path}`)!);
    return config === node.layer.config ? node : { ...node, layer: { ...node.layer, config } };
  });
  return { ...graph, nodes };
}

function resizedConfig(graph: Graph, { className, config }: LayerSource, nodes: readonly Node[]): Config {
  const wrapped = config.layer as { class_name?: string; config?: Config } | undefined;
  if ((className === 'Bidirectional' || className === 'TimeDistributed') && wrapped?.class_name && wrapped.config) {
    const inner = ownConfig(graph, wrapped.class_name, wrapped.config, nodes, true);
    if (inner === wrapped.config) return config;
    const backward = config.backward_layer as { config?: Config } | undefined;
    return {
      ...config,
      layer: { ...wrapped, config: inner },
      ...(backward?.config && { backward_layer: { ...backward, config: { ...backward.config, units: inner.units } } }),
    };
  }
  return ownConfig(graph, className, config, nodes, false);
}

function ownConfig(graph: Graph, className: string, config: Config, nodes: readonly Node[], isWrapped: boolean): Config {
  const changes = changesOf(graph, className, config, nodes, isWrapped);
  return Object.entries(changes).some(([key, value]) => JSON.stringify(config[key]) !== JSON.stringify(value)) ? { ...config, ...changes } : config;
}

function changesOf(graph: Graph, className: string, config: Config, nodes: readonly Node[], isWrapped: boolean): Config {
  const find = <O extends Node['op']>(...ops: O[]): Extract<Node, { op: O }> | undefined => nodes.findLast((node) => (ops as string[]).includes(node.op)) as Extract<Node, { op: O }> | undefined;
  const kernelShape = (node: Node | undefined): readonly number[] | null => (node?.inputs[1] ? graph.values[node.inputs[1]]!.shape : null);
  switch (className) {
    case 'Conv1D':
    case 'Conv2D':
    case 'Conv3D':
    case 'SeparableConv1D':
    case 'SeparableConv2D': {
      const node = find('conv1d', 'conv2d', 'conv3d');
      const filters = kernelShape(node)?.at(-1);
      if (!node || filters === undefined) return {};
      const { groups } = node.attributes;
      return { filters, ...(typeof config.groups === 'number' && !className.startsWith('Separable') && { groups }) };
    }
    case 'Conv1DTranspose':
    case 'Conv2DTranspose':
    case 'Conv3DTranspose': {
      const filters = kernelShape(find('transpose-conv2d', 'transpose-conv3d'))?.at(-2);
      return filters === undefined ? {} : { filters };
    }
    case 'Dense': {
      const units = kernelShape(find('dense'))?.at(-1);
      return units === undefined ? {} : { units };
    }
    case 'LSTM':
    case 'GRU':
    case 'SimpleRNN': {
      const columns = kernelShape(find('lstm', 'gru', 'simple-rnn'))?.at(-1);
      return columns === undefined ? {} : { units: columns / GATES[className]! };
    }
    case 'ConvLSTM1D':
    case 'ConvLSTM2D': {
      const columns = kernelShape(find('conv-lstm2d'))?.at(-1);
      return columns === undefined ? {} : { filters: columns / GATES[className]! };
    }
    case 'Embedding': {
      const table = find('gather')?.inputs[0];
      const width = table ? graph.values[table]!.shape?.at(-1) : undefined;
      return width === undefined ? {} : { output_dim: width };
    }
    case 'Reshape': {
      const shape = find('reshape')?.attributes.shape;
      const target = config.target_shape;
      if (isWrapped || !shape || !Array.isArray(target) || target.length !== shape.length - 1) return {};
      return { target_shape: target.map((size: unknown, i) => (typeof size === 'number' && size > 0 && shape[i + 1]! > 0 ? shape[i + 1]! : size)) };
    }
    default:
      return {};
  }
}
