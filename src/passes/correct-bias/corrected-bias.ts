/** A bias with a shift added, stored as it was. */
import type { Graph } from '../../ir/graph';
import { decodeFloats, float32Tensor, scaleIndexer, type AffineEncoding, type Tensor } from '../../ir/tensor';
import { floatsToHalves } from '../../lib/half';
import type { RowNode } from '../linear-rows';
import { roundHalfEven } from '../quantize-weights/ranges';

/** The new bias; null: nothing changes; words: why it cannot be corrected. */
export function correctedBias(graph: Graph, node: RowNode, shift: Float64Array): Tensor | string | null {
  const bias = node.inputs[2] ? graph.values[node.inputs[2]]!.tensor! : newBias(graph, node, shift.length);
  const old = decodeFloats(bias);
  const wanted = Float64Array.from(shift, (value, o) => old[o]! + value);
  const tensor = storedAs(bias, wanted);
  if (typeof tensor === 'string') return tensor;
  return decodeFloats(tensor).some((value, o) => value !== old[o]) ? tensor : null;
}

function storedAs(bias: Tensor, wanted: Float64Array): Tensor | string {
  const { encoding, shape } = bias;
  switch (encoding.kind) {
    case 'dense':
      if (encoding.storage === 'float16') return { ...bias, encoding: { ...encoding, data: floatsToHalves(Float32Array.from(wanted)) } };
      return float32Tensor(shape, Float32Array.from(wanted));
    case 'affine':
      return { ...bias, encoding: { ...encoding, values: onGrid(encoding, shape, wanted) } };
    case 'palette':
      return 'Its bias is not corrected: it is stored by a palette.';
    default: {
      const never: never = encoding;
      return never;
    }
  }
}

function onGrid(encoding: AffineEncoding, shape: readonly number[], wanted: Float64Array): AffineEncoding['values'] {
  const { bits, signed, scale, zeroPoint } = encoding;
  const lowest = signed ? -(2 ** (bits - 1)) : 0;
  const highest = signed ? 2 ** (bits - 1) - 1 : 2 ** bits - 1;
  const indexOf = scaleIndexer(shape, encoding.axis, encoding.blockSize);
  const values = encoding.values.slice();
  for (const [o, value] of wanted.entries()) {
    const s = indexOf(o);
    values[o] = Math.min(highest, Math.max(lowest, roundHalfEven(value / scale[s]!) + zeroPoint[s]!));
  }
  return values;
}

/** Zeros: on the grid of its products for a layer whose input and output stand on grids, else floats. */
function newBias(graph: Graph, node: RowNode, outputs: number): Tensor {
  const input = graph.values[node.inputs[0]!]!.quantization;
  const kernel = graph.values[node.inputs[1]!]!.tensor!;
  const isInteger = input !== undefined && graph.values[node.outputs[0]!]!.quantization !== undefined;
  if (!isInteger || kernel.encoding.kind !== 'affine') return float32Tensor([outputs], new Float32Array(outputs));
  const weightScale = kernel.encoding.scale;
  const perScale = outputs / weightScale.length;
  const scale = weightScale.length === 1
    ? Float32Array.of(input.scale * weightScale[0]!)
    : Float32Array.from({ length: outputs }, (_, o) => input.scale * weightScale[Math.floor(o / perScale)]!);
  return {
    dtype: 'float32',
    shape: [outputs],
    encoding: { kind: 'affine', bits: 32, signed: true, values: new Int32Array(outputs), scale, zeroPoint: new Float64Array(scale.length), axis: scale.length === 1 ? null : 0, blockSize: null },
  };
}
