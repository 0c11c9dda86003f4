/** Recognises nodes that compute y = scale · x + offset with constants per channel (the last axis). */
import type { Graph, Node, ValueId } from '../../ir/graph';
import { decodeFloats } from '../../ir/tensor';
import type { FusedActivation } from '../../ops/signatures';

export interface ChannelAffine {
  readonly input: ValueId;
  /** One number a channel, or a single one for all. */
  readonly scale: Float64Array;
  readonly offset: Float64Array;
  readonly activation: FusedActivation;
}

export function channelAffineOf(graph: Graph, node: Node): ChannelAffine | undefined {
  switch (node.op) {
    case 'batch-norm': {
      const [x, mean, variance, gamma, beta] = node.inputs;
      const shape = graph.values[x!]?.shape;
      if (!shape || (node.attributes.axis !== -1 && node.attributes.axis !== shape.length - 1)) return undefined;
      const floats = [mean, variance, gamma, beta].map((id) => (id ? constantFloats(graph, id) : null));
      if (floats.includes(undefined) || !floats[0] || !floats[1]) return undefined;
      const channels = floats[0].length;
      const scale = Float64Array.from({ length: channels }, (_, c) =>
        (floats[2]?.[c] ?? 1) / Math.sqrt(floats[1]![c]! + node.attributes.epsilon),
      );
      const offset = Float64Array.from(scale, (a, c) => (floats[3]?.[c] ?? 0) - a * floats[0]![c]!);
      return { input: x!, scale, offset, activation: node.attributes.activation };
    }
    case 'mul':
    case 'add':
    case 'sub':
    case 'div': {
      const [a, b] = node.inputs as [ValueId, ValueId];
      const isSecondConstant = perChannel(graph, a, b) !== undefined;
      if (!isSecondConstant && (node.op === 'sub' || node.op === 'div')) return undefined;
      const [x, c] = isSecondConstant ? [a, b] : [b, a];
      const constant = perChannel(graph, x, c);
      if (!constant) return undefined;
      const one = Float64Array.of(1);
      const zero = Float64Array.of(0);
      const { activation } = node.attributes;
      if (node.op === 'mul') return { input: x, scale: constant, offset: zero, activation };
      if (node.op === 'div') return { input: x, scale: constant.map((value) => 1 / value), offset: zero, activation };
      return { input: x, scale: one, offset: node.op === 'sub' ? constant.map((value) => -value) : constant, activation };
    }
    default:
      return undefined;
  }
}

/** The numbers of a constant that differ along the last axis of `x` only. */
function perChannel(graph: Graph, x: ValueId, constant: ValueId): Float64Array | undefined {
  const tensor = graph.values[constant]?.tensor;
  const shape = graph.values[x]?.shape;
  if (!tensor || tensor.dtype !== 'float32' || !shape || graph.values[x]?.tensor || tensor.shape.length > shape.length) return undefined;
  const channels = tensor.shape.at(-1) ?? 1;
  const isPerChannel = tensor.shape.slice(0, -1).every((dimension) => dimension === 1);
  return isPerChannel && (channels === 1 || channels === shape.at(-1)) ? Float64Array.from(decodeFloats(tensor)) : undefined;
}

function constantFloats(graph: Graph, id: ValueId): Float32Array | undefined {
  const tensor = graph.values[id]?.tensor;
  return tensor?.shape.length === 1 ? decodeFloats(tensor) : undefined;
}
