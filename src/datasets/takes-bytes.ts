/**
 * Whether a model brings bytes to size itself: its first arithmetic on the input is a Rescaling (· 1/255, · 1/127.5), or a
 * normalization whose mean or deviation is that of bytes. Such a model must be fed 0…255.
 */
import type { Graph, Node, ValueId } from '../ir/graph';
import { decodeFloats } from '../ir/tensor';
import { consumersOf } from '../ir/walk';

/** Rescaling factors and 1/deviations of bytes are about 1/255 … 1/57; those of numbers near 1 are over 0.1. */
const LARGEST_FACTOR = 0.05;
/** Means of bytes are about 100; those of numbers near 1 are under 1. */
const SMALLEST_MEAN = 10;
/** Factors of a Normalization may be per pixel; nothing that long needs reading whole. */
const LOOKED_AT = 4096;

/** Operators that only move or convert what passes through. */
const movers = new Set(['identity', 'cast', 'reshape', 'transpose', 'pad', 'mirror-pad', 'resize-bilinear', 'resize-nearest', 'expand-dims', 'squeeze', 'flatten', 'slice', 'strided-slice', 'reverse', 'clip']);

export function takesBytes(graph: Graph, input: ValueId): boolean {
  const consumers = consumersOf(graph);
  const waiting = [input];
  const seen = new Set(waiting);
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    for (const node of consumers.get(id) ?? []) {
      if (scalesBytes(graph, node, id)) return true;
      if (!movers.has(node.op) || node.inputs[0] !== id) continue;
      for (const output of node.outputs) {
        if (!seen.has(output)) waiting.push(output);
        seen.add(output);
      }
    }
  }
  return false;
}

function scalesBytes(graph: Graph, node: Node, id: ValueId): boolean {
  const other = node.inputs.find((one) => one !== id) ?? null;
  switch (node.op) {
    case 'mul':
      return within(sizes(graph, other), 0, LARGEST_FACTOR);
    case 'div':
      return node.inputs[0] === id && within(sizes(graph, other), 1 / LARGEST_FACTOR, Infinity);
    case 'sub':
    case 'add':
      return within(sizes(graph, other), SMALLEST_MEAN, Infinity);
    case 'batch-norm':
      return node.inputs[0] === id && within(sizes(graph, node.inputs[1] ?? null), SMALLEST_MEAN, Infinity);
    default:
      return false;
  }
}

/** Magnitudes of a constant's first numbers; empty for anything else. */
function sizes(graph: Graph, id: ValueId | null): readonly number[] {
  const tensor = id === null ? undefined : graph.values[id]?.tensor;
  if (!tensor || tensor.dtype === 'string') return [];
  return Array.from(decodeFloats(tensor).subarray(0, LOOKED_AT), Math.abs);
}

/** True when the typical (mean) magnitude lies above `low` and below `high`. */
function within(magnitudes: readonly number[], low: number, high: number): boolean {
  if (magnitudes.length === 0) return false;
  const mean = magnitudes.reduce((sum, size) => sum + size, 0) / magnitudes.length;
  return mean > low && mean < high;
}
