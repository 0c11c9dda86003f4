/**
 * Weights to start from: what Keras's layers start from, by their place. Kernels that feed a rectifier: He et al. 2015 (normal, variance
 * 2 / inputs); other kernels: Glorot and Bengio 2010 (uniform, variance 2 / (inputs + outputs)); tables uniform in ±0.05; biases and means
 * zero, scales and variances one, slopes of prelu a quarter, and the forget gate of an LSTM one (Jozefowicz et al. 2015). Other constants,
 * such as those that scale the model's input, stay.
 */
import { editGraph } from '../../ir/edit';
import type { Graph, Node, ValueId } from '../../ir/graph';
import { float32Tensor, sizeOf, type Shape } from '../../ir/tensor';
import { consumersOf } from '../../ir/walk';
import { createRandom, type Random } from '../../lib/random';
import { weightSites, type WeightSite } from '../weight-sites';

const TABLE_RANGE = 0.05;
const PRELU_SLOPE = 0.25;

export function withFreshWeights(graph: Graph, seed: number): Graph {
  const editor = editGraph(graph);
  const consumers = consumersOf(graph);
  for (const [index, site] of weightSites(graph).entries()) {
    const random = createRandom(seed + index);
    const rectified = site.nodes.some((node) => feedsRectifier(node, consumers));
    editor.setTensor(site.valueId, float32Tensor(site.tensor.shape, freshKernel(site, rectified, random)));
  }
  for (const node of graph.nodes) {
    for (const [index, fill] of plainConstants(node)) {
      const id = node.inputs[index];
      const shape = id ? graph.values[id]!.tensor?.shape : undefined;
      if (!id || !shape) continue;
      const numbers = new Float32Array(sizeOf(shape)).fill(fill);
      if (node.op === 'lstm' || node.op === 'conv-lstm2d') openForgetGate(numbers);
      editor.setTensor(id, float32Tensor(shape, numbers));
    }
  }
  return editor.done();
}

/** Index of the input, and the number that fills it. */
function plainConstants(node: Node): readonly (readonly [number, number])[] {
  switch (node.op) {
    case 'conv1d':
    case 'conv2d':
    case 'conv3d':
    case 'depthwise-conv2d':
    case 'transpose-conv2d':
    case 'transpose-conv3d':
    case 'dense':
      return [[2, 0]];
    case 'batch-norm':
      return [[1, 0], [2, 1], [3, 1], [4, 0]];
    case 'layer-norm':
    case 'group-norm':
      return [[1, 1], [2, 0]];
    case 'lstm':
    case 'gru':
    case 'simple-rnn':
    case 'conv-lstm2d':
      return [[3, 0]];
    case 'prelu':
      return [[1, PRELU_SLOPE]];
    default:
      return [];
  }
}

/** Gates stand in the order i, f, c, o. */
function openForgetGate(bias: Float32Array): void {
  bias.fill(1, bias.length / 4, bias.length / 2);
}

function freshKernel({ kind, tensor, outputAxis, inputAxis }: WeightSite, rectified: boolean, random: Random): Float32Array {
  const numbers = new Float32Array(sizeOf(tensor.shape));
  if (kind === 'table') return numbers.map(() => (2 * random.uniform() - 1) * TABLE_RANGE);
  const { inputs, outputs } = fans(tensor.shape, outputAxis, inputAxis);
  if (rectified) {
    const deviation = Math.sqrt(2 / inputs);
    return numbers.map(() => random.normal() * deviation);
  }
  const limit = Math.sqrt(6 / (inputs + outputs));
  return numbers.map(() => (2 * random.uniform() - 1) * limit);
}

/** Numbers that each output sums, and that each input reaches. */
function fans(shape: Shape, outputAxis: number, inputAxis: number | null): { inputs: number; outputs: number } {
  const size = sizeOf(shape);
  // Depthwise [kh, kw, C, M]: each channel sees its own window, and gives M.
  if (inputAxis === null) return { inputs: size / (shape[2]! * shape[3]!), outputs: size / shape[2]! };
  return { inputs: size / shape[outputAxis]!, outputs: size / shape[inputAxis]! };
}

const RECTIFIERS = new Set<string>(['relu', 'relu6', 'leaky-relu', 'prelu', 'elu', 'silu', 'gelu', 'hard-swish', 'mish']);
const PASSED = new Set<string>(['batch-norm', 'add', 'identity', 'quantize']);

/** Through batch norm and residual additions. */
function feedsRectifier(node: Node, consumers: ReadonlyMap<ValueId, readonly Node[]>): boolean {
  const pending = [node];
  const seen = new Set<string>();
  for (let at = pending.pop(); at; at = pending.pop()) {
    if (seen.has(at.id)) continue;
    seen.add(at.id);
    if ('activation' in at.attributes && RECTIFIERS.has(at.attributes.activation as string)) return true;
    for (const reader of consumers.get(at.outputs[0]!) ?? []) {
      if (RECTIFIERS.has(reader.op)) return true;
      if (PASSED.has(reader.op)) pending.push(reader);
    }
  }
  return false;
}
