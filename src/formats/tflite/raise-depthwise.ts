/**
 * Depthwise kernels [h, w, C, M] with a scale for every output. One axis cannot say that, so such scales stand in blocks: one
 * block over the whole height, the same for every column. As a convolution in C groups the kernel is [h, w, 1, C·M] with its
 * scales along the last axis, which is how TensorFlow Lite has them.
 */
import type { Graph, Node, Value, ValueId } from '../../ir/graph';
import type { AffineEncoding, Tensor } from '../../ir/tensor';

export function spellOutputScales(graph: Graph): Graph {
  const kernels = new Map<ValueId, Value>();
  const nodes = graph.nodes.map((node): Node => {
    if (node.op !== 'depthwise-conv2d') return node;
    const value = graph.values[node.inputs[1]!]!;
    const tensor = value.tensor && groupedKernel(value.tensor);
    if (!tensor) return node;
    const id = `${value.id}#outputs`;
    kernels.set(id, { ...value, id, shape: tensor.shape, tensor });
    return { ...node, op: 'conv2d', inputs: node.inputs.with(1, id), attributes: { ...node.attributes, groups: value.shape![2]! } } as Node;
  });
  return kernels.size === 0 ? graph : { ...graph, nodes, values: { ...graph.values, ...Object.fromEntries(kernels) } };
}

function groupedKernel({ shape, dtype, encoding }: Tensor): Tensor | null {
  if (encoding.kind !== 'affine' || encoding.axis !== 0 || encoding.blockSize === null || encoding.blockSize < shape[0]!) return null;
  const outputs = shape[2]! * shape[3]!;
  const isSame = (numbers: Float32Array | Float64Array): boolean => numbers.every((number, i) => number === numbers[i % outputs]);
  if (shape[2] === 1 || !isSame(encoding.scale) || !isSame(encoding.zeroPoint)) return null;
  const spelled: AffineEncoding = {
    ...encoding,
    scale: encoding.scale.slice(0, outputs),
    zeroPoint: encoding.zeroPoint.slice(0, outputs),
    axis: 3,
    blockSize: null,
  };
  return { dtype, shape: [shape[0]!, shape[1]!, 1, outputs], encoding: spelled };
}
