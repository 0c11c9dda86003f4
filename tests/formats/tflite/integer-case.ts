/**
 * The case of an operator with integers: every float activation on a grid of its own range, kernels and biases as the
 * specification wants them, `quantize` nodes at the borders. And its twin in floats with the very same constants.
 */
import { realRange, type Quantization } from '../../../src/ir/quantization';
import type { Graph, Node, Value, ValueId } from '../../../src/ir/graph';
import { decodeFloats, float32Tensor, type AffineEncoding, type Tensor } from '../../../src/ir/tensor';
import { inferShapes } from '../../../src/ops/infer-shapes';
import { channelAxisOf, fixedGridOf, integerRules, kernelLayoutOf, outputsPerChannel } from '../../../src/ops/integer-rules';
import { graphOfCase } from '../../ops/graph-of-case';
import { numbersOf, type OpCase } from '../../contracts/op-cases';

export interface IntegerCase {
  readonly integer: Graph;
  readonly float: Graph;
  /** Numbers of the graph's inputs, on their grids. */
  readonly inputs: readonly Float32Array[];
  readonly inputIds: readonly ValueId[];
  /** Of the outputs; undefined for those that are no real numbers. */
  readonly grids: readonly (Quantization | undefined)[];
}

export interface Bits {
  readonly activations: 'int8' | 'int16';
  readonly weights: 8 | 4;
}

/** null: the operator has no integer kernel for these bits, or no float activations. */
export function integerCase(opCase: OpCase, outputs: readonly ArrayLike<number>[], bits: Bits): IntegerCase | null {
  const rule = integerRules[opCase.op];
  if (rule.kind === 'none' || opCase.op === 'quantize' || (bits.activations === 'int16' && !rule.int16)) return null;
  const graph = inferShapes(graphOfCase(opCase));
  const node = graph.nodes[0]!;
  const layout = kernelLayoutOf(node);
  if (bits.weights === 4 && !layout?.int4) return null;
  if (!graph.inputs.some((id) => graph.values[id]!.dtype === 'float32')) return null;
  if (graph.outputs.some((id) => graph.values[id]!.dtype === 'bool') || graph.inputs.some((id) => graph.values[id]!.dtype === 'bool')) return null;
  const numbers = new Map<ValueId, ArrayLike<number>>();
  opCase.inputs.forEach((input, i) => input && input.dtype === 'float32' && numbers.set(`x${i}`, numbersOf(opCase, i)));
  graph.outputs.forEach((id, i) => graph.values[id]!.dtype === 'float32' && numbers.set(id, outputs[i] ?? []));
  const isKernelPart = (id: ValueId): boolean => layout !== undefined && (node.inputs[1] === id || node.inputs[2] === id);
  const together = [...numbers].filter(([id]) => !isKernelPart(id)).flatMap(([, values]) => Array.from(values));
  const gridOf = (id: ValueId): Quantization | undefined => {
    const values = numbers.get(id);
    if (!values) return undefined;
    const fixed = graph.outputs.includes(id) ? fixedGridOf(node.op, bits.activations) : undefined;
    return fixed ?? gridFor(rule.kind === 'same' ? together : Array.from(values), bits.activations);
  };
  const values: Record<ValueId, Value> = { ...graph.values };
  const floats: Record<ValueId, Value> = { ...graph.values };
  const setConstant = (id: ValueId, tensor: Tensor): void => {
    values[id] = { ...values[id]!, tensor };
    floats[id] = { ...values[id]!, tensor: float32Tensor(tensor.shape, decodeFloats(tensor)) };
  };
  const inputGrid = gridOf(node.inputs[0]!);
  for (const id of new Set(node.inputs)) {
    const tensor = id === null ? undefined : graph.values[id]!.tensor;
    if (!id || !tensor || tensor.dtype !== 'float32' || isKernelPart(id)) continue;
    setConstant(id, onGrid(tensor, gridOf(id)!));
  }
  if (layout) {
    const kernel = graph.values[node.inputs[1]!]!;
    const stored = symmetricKernel(kernel.tensor!, channelAxisOf(layout, kernel.tensor!.shape), bits.weights);
    setConstant(kernel.id, stored);
    const bias = node.inputs[2] ? graph.values[node.inputs[2]] : undefined;
    if (bias) setConstant(bias.id, biasFor(bias.tensor!, inputGrid!, stored.encoding as AffineEncoding, outputsPerChannel(node, kernel.tensor!.shape)));
  }
  const before: Node[] = [];
  const after: Node[] = [];
  const border = (from: ValueId, to: ValueId): Node => ({ id: `to ${to}`, name: `to ${to}`, op: 'quantize', inputs: [from], outputs: [to], attributes: {} });
  const renamed = new Map<ValueId, ValueId>();
  for (const id of [...graph.inputs, ...graph.outputs]) {
    const grid = gridOf(id);
    if (!grid) continue;
    const inner = `${id}/integer`;
    renamed.set(id, inner);
    values[inner] = { ...values[id]!, id: inner, name: inner, quantization: grid };
    if (graph.inputs.includes(id)) before.push(border(id, inner));
    else after.push(border(inner, id));
  }
  const rename = (id: ValueId): ValueId => renamed.get(id) ?? id;
  const inner = { ...node, inputs: node.inputs.map((id) => id && rename(id)), outputs: node.outputs.map(rename) } as Node;
  return {
    integer: { ...graph, values, nodes: [...before, inner, ...after] },
    float: { ...graph, values: floats },
    inputs: graph.inputs.map((id) => snapped(numbersOf(opCase, Number(id.slice(1))), gridOf(id))),
    inputIds: graph.inputs,
    grids: graph.outputs.map(gridOf),
  };
}

function gridFor(values: readonly number[], dtype: Bits['activations']): Quantization {
  const [minimum, maximum] = [Math.min(0, ...values), Math.max(0, ...values)];
  if (dtype === 'int16') return { dtype, scale: Math.fround(Math.max(-minimum, maximum, 1e-6) / 32767), zeroPoint: 0 };
  const scale = Math.fround(Math.max(maximum - minimum, 1e-6) / 255);
  return { dtype, scale, zeroPoint: Math.max(-128, Math.min(127, Math.round(-128 - minimum / scale))) };
}

function snapped(values: readonly number[], grid: Quantization | undefined): Float32Array {
  if (!grid) return Float32Array.from(values);
  const [lowest, highest] = realRange(grid);
  return Float32Array.from(values, (value) => Math.round(Math.min(Math.max(value, lowest), highest) / grid.scale) * grid.scale);
}

function onGrid(tensor: Tensor, { dtype, scale, zeroPoint }: Quantization): Tensor {
  const floats = Array.from(decodeFloats(tensor), (value) => Math.round(value / scale) + zeroPoint);
  const values = dtype === 'int16' ? Int16Array.from(floats) : Int8Array.from(floats);
  const encoding: AffineEncoding = {
    kind: 'affine', bits: dtype === 'int16' ? 16 : 8, signed: true, values, scale: Float32Array.of(scale), zeroPoint: Float64Array.of(zeroPoint),
    axis: null, blockSize: null,
  };
  return { ...tensor, encoding };
}

function symmetricKernel(tensor: Tensor, axis: number, bits: Bits['weights']): Tensor {
  const floats = decodeFloats(tensor);
  const inner = tensor.shape.slice(axis + 1).reduce((a, b) => a * b, 1);
  const channel = (i: number): number => Math.floor(i / inner) % tensor.shape[axis]!;
  const largest = 2 ** (bits - 1) - 1;
  const scale = new Float32Array(tensor.shape[axis]!);
  floats.forEach((value, i) => (scale[channel(i)] = Math.max(scale[channel(i)]!, Math.abs(value) / largest)));
  const values = Int8Array.from(floats, (value, i) => Math.round(value / scale[channel(i)]!));
  return { ...tensor, encoding: { kind: 'affine', bits, signed: true, values, scale, zeroPoint: new Float64Array(scale.length), axis, blockSize: null } };
}

function biasFor(tensor: Tensor, input: Quantization, kernel: AffineEncoding, share: number): Tensor {
  const floats = decodeFloats(tensor);
  const scale = Float32Array.from(floats, (_, output) => input.scale * kernel.scale[Math.floor(output / share)]!);
  const values = Int32Array.from(floats, (value, output) => Math.round(value / scale[output]!));
  return { ...tensor, encoding: { kind: 'affine', bits: 32, signed: true, values, scale, zeroPoint: new Float64Array(scale.length), axis: 0, blockSize: null } };
}
