/** What a graph costs to keep and to run, node by node and in sum: parameters, bytes, MACs, activation memory. */
import type { Graph, ValueId } from '../ir/graph';
import type { Quantization } from '../ir/quantization';
import { bitsOf, decodeFloats, nbytesOf, sizeOf } from '../ir/tensor';
import { macsOf } from '../ops/cost';
import { withBatch } from '../ops/infer-shapes';
import type { CostReport, NodeCost } from './types';

/** An activation is held as float32 by every tfjs backend. */
const BYTES_PER_ACTIVATION = 4;

/** Costs for batch 1. A constant shared by several nodes is counted with the first; values of unknown size count as 0. */
export function measureCost(graph: Graph): CostReport {
  const single = withBatch(graph, 1);
  const macs = macsOf(single);
  const counted = new Set<ValueId>();
  const nodes = single.nodes.map((node): NodeCost => {
    let parameters = 0;
    let nbytes = 0;
    let zeros = 0;
    let bits: number | null = null;
    let largest = 0;
    for (const id of node.inputs) {
      const tensor = id === null ? undefined : single.values[id]!.tensor;
      if (!tensor || tensor.dtype !== 'float32') continue;
      const size = sizeOf(tensor.shape);
      if (size > largest) [largest, bits] = [size, bitsOf(tensor)];
      if (counted.has(id!)) continue;
      counted.add(id!);
      parameters += size;
      nbytes += nbytesOf(tensor);
      for (const value of decodeFloats(tensor)) if (value === 0) zeros++;
    }
    const outputShape = single.values[node.outputs[0]!]?.shape ?? [];
    return {
      node: node.layer?.path ?? node.name,
      op: node.op,
      outputShape,
      parameters,
      nbytes,
      macs: macs.get(node.id) ?? 0,
      activationBytes: node.outputs.reduce((sum, id) => sum + activationBytes(single, id), 0),
      sparsity: parameters > 0 ? zeros / parameters : null,
      bits,
    };
  });
  return {
    parameters: nodes.reduce((sum, node) => sum + node.parameters, 0),
    nbytes: nodes.reduce((sum, node) => sum + node.nbytes, 0),
    macs: nodes.reduce((sum, node) => sum + node.macs, 0),
    peakActivationBytes: peakActivationBytes(single),
    nodes,
  };
}

/** The most bytes of activations alive at once when nodes run in order and each value goes after its last reader. */
function peakActivationBytes(graph: Graph): number {
  const lastUse = new Map<ValueId, number>();
  for (const [i, node] of graph.nodes.entries()) for (const id of node.inputs) if (id !== null) lastUse.set(id, i);
  for (const id of graph.outputs) lastUse.set(id, graph.nodes.length);
  let alive = graph.inputs.reduce((sum, id) => sum + activationBytes(graph, id), 0);
  let peak = alive;
  for (const [i, node] of graph.nodes.entries()) {
    for (const id of node.outputs) alive += activationBytes(graph, id);
    peak = Math.max(peak, alive);
    const ended = new Set([...node.inputs, ...node.outputs]);
    for (const id of ended) if (id !== null && (lastUse.get(id) ?? i) === i) alive -= activationBytes(graph, id);
  }
  return peak;
}

function activationBytes(graph: Graph, id: ValueId): number {
  const value = graph.values[id]!;
  if (value.tensor || !value.shape || value.shape.some((dimension) => dimension < 0)) return 0;
  return sizeOf(value.shape) * bytesPerNumber(value.quantization);
}

/** What a runtime with integer kernels keeps; TensorFlow.js, which emulates them, keeps floats all the same. */
function bytesPerNumber(grid: Quantization | undefined): number {
  if (!grid) return BYTES_PER_ACTIVATION;
  return grid.dtype === 'int16' ? 2 : 1;
}
