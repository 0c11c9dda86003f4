/**
 * The rules of integer operators over a whole graph (TensorFlow Lite's quantization specification). XNNPACK runs files that break several of
 * them and gives wrong numbers in silence, so a file that runs is no proof. A graph without any quantization always passes.
 *
 * 1. a node's float activations all carry a grid or none does; only `quantize` stands between, and only where there is an integer kernel;
 * 2. the dtype of a node's grids is one; a 16-bit grid has zero point 0, and every scale is a positive float32 number;
 * 3. operators that ask for it have one grid in and out, constants included;
 * 4. softmax, sigmoid, tanh, log-softmax and l2-normalize give their fixed grids;
 * 5. kernels: signed with zero point 0 in the narrow range, one scale or one an output channel;
 * 6. biases: 32 bits with zero point 0 on the grid of the products, scale = input scale · kernel scale;
 * 7. other constants: one scale, as many bits as the activations.
 */
import type { Graph, Node, Value } from '../ir/graph';
import { integerRange, sameGrid, type Quantization } from '../ir/quantization';
import type { AffineEncoding, Tensor } from '../ir/tensor';
import { WhittleError } from '../lib/errors';
import {
  channelAxisOf,
  fixedGridOf,
  floatActivations,
  floatConstants,
  integerRules,
  kernelLayoutOf,
  outputsPerChannel,
  whyNoIntegerKernel,
  type KernelLayout,
} from './integer-rules';

/** A scale may be a float32 product or one rounded from a longer product: they differ in the last bit. */
const SCALE_TOLERANCE = 1e-6;

type Fail = (rule: string) => never;

/** Throws a GraphError that names the first node that breaks a rule, and the rule. */
export function checkQuantization(graph: Graph): void {
  const quantized = Object.values(graph.values).filter((value) => value.quantization);
  for (const value of quantized) checkGrid(value);
  if (quantized.length > 0) for (const node of graph.nodes) checkNode(graph, node);
}

function checkNode(graph: Graph, node: Node): void {
  const fail: Fail = (rule) => {
    throw new WhittleError('GraphError', `Node ${node.name} (${node.op}) breaks a rule of integer models: ${rule}.`);
  };
  const { inputs, outputs } = floatActivations(graph, node);
  const grids = [...inputs, ...outputs].map((id) => graph.values[id]!.quantization);
  if (node.op === 'quantize') {
    if (grids.every((grid) => !grid)) fail('a quantize node has no grid on either side');
    return;
  }
  if (grids.every((grid) => !grid)) return;
  if (grids.some((grid) => !grid)) fail('some of its activations are integers and some floats; a quantize node belongs between');
  const { dtype } = grids[0]!;
  if (grids.some((grid) => grid!.dtype !== dtype)) fail(`its activations are of several types: ${[...new Set(grids.map((grid) => grid!.dtype))].join(', ')}`);
  const missing = whyNoIntegerKernel(graph, node, dtype === 'int16' ? 16 : 8);
  if (missing) fail(`it computes on integers, but there is ${missing.startsWith('no ') ? missing : `no kernel: ${missing}`}`);
  checkOutputGrids(graph, node, grids as Quantization[], fail);
  checkConstants(graph, node, grids[0]!, fail);
}

function checkGrid(value: Value): void {
  const { dtype, scale, zeroPoint } = value.quantization!;
  const fail = (rule: string): never => {
    throw new WhittleError('GraphError', `The quantization of ${value.name} breaks a rule of integer models: ${rule}.`);
  };
  const [lowest, highest] = integerRange(dtype);
  if (value.dtype !== 'float32') fail(`only real numbers stand on a grid, and it is ${value.dtype}`);
  if (value.tensor) fail('a constant has its grid in its encoding');
  if (!(scale > 0) || Math.fround(scale) !== scale) fail(`its scale ${scale} is no positive float32 number`);
  if (!Number.isInteger(zeroPoint) || zeroPoint < lowest || zeroPoint > highest) fail(`its zero point ${zeroPoint} is outside ${lowest}…${highest}`);
  if (dtype === 'int16' && zeroPoint !== 0) fail(`16-bit activations have zero point 0, and it has ${zeroPoint}`);
}

function checkOutputGrids(graph: Graph, node: Node, grids: readonly Quantization[], fail: Fail): void {
  const { kind } = integerRules[node.op];
  if (kind === 'same' && grids.some((grid) => !sameGrid(grid, grids[0]))) {
    fail(`its inputs and outputs must stand on one grid, and they stand on ${[...new Set(grids.map(wordsOf))].join(' and ')}`);
  }
  if (kind !== 'fixed') return;
  for (const id of node.outputs) {
    const grid = graph.values[id]!.quantization!;
    const needed = fixedGridOf(node.op, grid.dtype)!;
    if (!sameGrid(grid, needed)) fail(`its output stands on ${wordsOf(grid)}; ${node.op} gives ${wordsOf(needed)}`);
  }
}

function checkConstants(graph: Graph, node: Node, grid: Quantization, fail: Fail): void {
  const layout = kernelLayoutOf(node);
  const input = graph.values[node.inputs[0]!]!.quantization;
  for (const { index, id } of floatConstants(graph, node)) {
    const { name, tensor } = graph.values[id]!;
    const { encoding } = tensor!;
    if (encoding.kind !== 'affine') return fail(`its constant ${name} is not quantized`);
    if (layout && index === layout.kernel) checkKernel(node, name, tensor!, encoding, layout, grid, fail);
    else if (layout && index === layout.bias) {
      if (!input) return fail('its input is a constant; integer kernels with a bias read an activation');
      checkBias(graph, node, name, encoding, layout, input, fail);
    }
    else checkOther(name, encoding, grid, integerRules[node.op].kind === 'same', fail);
  }
}

function checkKernel(node: Node, name: string, tensor: Tensor, encoding: AffineEncoding, layout: KernelLayout, grid: Quantization, fail: Fail): void {
  const { bits, signed, values, zeroPoint, axis, blockSize } = encoding;
  if (blockSize !== null) fail(`kernel ${name} has scales a block; integer kernels take one a tensor or one an output channel`);
  const channelAxis = channelAxisOf(layout, tensor.shape);
  if (axis !== null && axis !== channelAxis) fail(`kernel ${name} has its scales along axis ${axis}; output channels lie along axis ${channelAxis}`);
  // Files from before 2019: unsigned with any zero point.
  if (grid.dtype === 'uint8' && !signed) return;
  if (bits !== 8 && bits !== 4) fail(`kernel ${name} has ${bits} bits; integer kernels take 8 or 4`);
  if (bits === 4 && !layout.int4) fail(`kernel ${name} has 4 bits, and ${node.op} has no kernel for them`);
  if (!signed || zeroPoint.some((zero) => zero !== 0)) fail(`kernel ${name} is not symmetric: it must be signed with zero point 0`);
  if (bits === 8 && values.includes(-128)) fail(`kernel ${name} holds −128; the narrow range is −127…127`);
}

function checkBias(graph: Graph, node: Node, name: string, bias: AffineEncoding, layout: KernelLayout, input: Quantization, fail: Fail): void {
  if (bias.bits !== 32 || !(bias.values instanceof Int32Array)) fail(`bias ${name} has ${bias.bits} bits; it must have 32`);
  if (bias.zeroPoint.some((zero) => zero !== 0)) fail(`bias ${name} has a zero point; it must be 0`);
  if (bias.blockSize !== null || (bias.axis !== null && bias.axis !== 0)) fail(`bias ${name} must have one scale, or one an output channel`);
  const kernel = graph.values[node.inputs[layout.kernel]!]!.tensor;
  if (kernel?.encoding.kind !== 'affine') return fail('its kernel is no quantized constant');
  const kernelScales = kernel.encoding.scale;
  const share = outputsPerChannel(node, kernel.shape);
  if (kernelScales.length > 1 && kernelScales.length * share < bias.scale.length) fail(`bias ${name} has ${bias.scale.length} scales for a kernel of ${kernelScales.length}`);
  bias.scale.forEach((scale, output) => {
    const needed = Math.fround(input.scale * kernelScales[kernelScales.length === 1 ? 0 : Math.floor(output / share)]!);
    if (!(Math.abs(scale - needed) <= needed * SCALE_TOLERANCE)) {
      fail(`bias ${name} has scale ${scale} at output ${output}; input scale × kernel scale is ${needed}`);
    }
  });
  if (bias.scale.length === 1 && kernelScales.length > 1) fail(`bias ${name} has one scale, and its kernel has ${kernelScales.length}`);
}

function checkOther(name: string, encoding: AffineEncoding, grid: Quantization, same: boolean, fail: Fail): void {
  const { bits, signed, scale, zeroPoint, axis } = encoding;
  if (axis !== null) fail(`constant ${name} has several scales; it may have one`);
  const own: Quantization = { dtype: bits === 16 ? 'int16' : signed ? 'int8' : 'uint8', scale: scale[0]!, zeroPoint: zeroPoint[0]! };
  if ((bits !== 8 && bits !== 16) || own.dtype !== grid.dtype) fail(`constant ${name} has ${bits} bits${signed ? '' : ', unsigned'}; the activations are ${grid.dtype}`);
  if (bits === 16 && own.zeroPoint !== 0) fail(`constant ${name} has zero point ${own.zeroPoint}; with 16 bits it must be 0`);
  if (same && !sameGrid(own, grid)) fail(`constant ${name} stands on ${wordsOf(own)}, the activations on ${wordsOf(grid)}`);
}

function wordsOf({ dtype, scale, zeroPoint }: Quantization): string {
  return `${dtype} (scale ${scale}, zero point ${zeroPoint})`;
}
