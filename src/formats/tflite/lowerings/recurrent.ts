/**
 * Recurrent operators over sequences. The LSTM's four gates' matrices are joined into the graph's one kernel, in its order
 * (input, forget, cell, output). State tensors are zero when a run begins, as the interpreter has them in its first run.
 */
import { decodeFloats, float32Tensor, type AffineEncoding, type Tensor } from '../../../ir/tensor';
import type { ValueId } from '../../../ir/graph';
import type { RecurrentActivation } from '../../../ops/signatures';
import { filterOrders } from '../equivalents';
import type { FlatBuilder, FlatLowerings } from '../lower-builder';
import type { FlatNode } from '../lower-node';
import { fusedActivation } from '../lower-fused';
import { transposeTensor } from '../lower-layout';
import { turnedKernel } from './convolution';

/** Where the inputs stand. */
const KERNELS = [1, 2, 3, 4];
const RECURRENT_KERNELS = [5, 6, 7, 8];
const BIASES = [12, 13, 14, 15];
const EXTRAS: readonly (readonly [what: string, inputs: readonly number[]])[] = [
  ['peepholes', [9, 10, 11]],
  ['a projection', [16, 17]],
  ['layer normalization', [20, 21, 22, 23]],
];
const STATES = [18, 19];
/** The converter writes 10 for every Keras LSTM; a cell state never gets there in practice. */
const USUAL_CELL_CLIP = 10;

export const recurrentLowerings: FlatLowerings = {
  UNIDIRECTIONAL_SEQUENCE_LSTM(node, builder) {
    for (const [what, inputs] of EXTRAS) {
      if (inputs.some((index) => node.has(index))) node.refuse(`it has ${what}, which Whittle does not read`);
    }
    if (node.gridOf(0)) node.refuse('it computes in integers, with a 16-bit cell state; Whittle reads LSTMs with float activations');
    for (const index of STATES) {
      if (node.has(index) && !node.input(index).isVariable) node.refuse('its state is an input of the graph, which Whittle does not read');
    }
    if (node.flag('diagonalRecurrentTensors')) node.refuse('its recurrent kernels are diagonals');
    noteClips(node, builder);
    const activation = recurrentActivation(node);
    const inputs = [
      batchFirst(node, builder),
      joined(node, builder, KERNELS, 'kernel', (tensor) => transposeTensor(tensor, [1, 0])),
      joined(node, builder, RECURRENT_KERNELS, 'recurrent_kernel', (tensor) => transposeTensor(tensor, [1, 0])),
      node.has(BIASES[1]!) ? joined(node, builder, BIASES, 'bias', (tensor) => tensor) : null,
    ];
    const attributes = { ...SEQUENCES, activation, recurrentActivation: 'sigmoid' } as const;
    if (!node.flag('timeMajor')) return builder.emit(node, 'lstm', inputs, attributes);
    return turned(node, builder, builder.inner(node, 'lstm', inputs, attributes, 'lstm'));
  },
  // x, kernel [U, I], recurrent kernel [U, U], bias [U], state
  UNIDIRECTIONAL_SEQUENCE_RNN(node, builder) {
    if (!node.input(4).isVariable) node.refuse('its state is an input of the graph, which Whittle does not read');
    const inputs = [batchFirst(node, builder), turnedKernel(node, builder, 1, filterOrders.FULLY_CONNECTED), turnedKernel(node, builder, 2, filterOrders.FULLY_CONNECTED), node.value(3)];
    const attributes = { ...SEQUENCES, activation: recurrentActivation(node) };
    if (!node.flag('timeMajor')) return builder.emit(node, 'simple-rnn', inputs, attributes);
    return turned(node, builder, builder.inner(node, 'simple-rnn', inputs, attributes, 'rnn'));
  },
};

const SEQUENCES = { returnSequences: true, goBackwards: false, zeroOutputForMask: false } as const;

function recurrentActivation(node: FlatNode): RecurrentActivation {
  const activation = fusedActivation(node);
  switch (activation) {
    case 'none':
      return 'linear';
    case 'tanh':
    case 'relu':
    case 'relu6':
      return activation;
    default:
      return node.refuse(`its activation is ${activation}`);
  }
}

function batchFirst(node: FlatNode, builder: FlatBuilder): ValueId {
  const x = node.value(0);
  return node.flag('timeMajor') ? builder.inner(node, 'transpose', [x], { permutation: [1, 0, 2] }, 'batch_first') : x;
}

/** [B, T, U] as the operator's output [T, B, U]. */
function turned(node: FlatNode, builder: FlatBuilder, y: ValueId): readonly ValueId[] {
  return builder.emit(node, 'transpose', [y], { permutation: [1, 0, 2] });
}

function noteClips(node: FlatNode, builder: FlatBuilder): void {
  if (node.option('projClip', 0) > 0) node.refuse('it clips a projection');
  const clip = node.option('cellClip', 0);
  if (clip > 0 && clip < USUAL_CELL_CLIP) node.refuse(`it clips its cell state to ±${clip}, which Whittle does not compute`);
  if (clip > 0) builder.warn(node, `it clips its cell state to ±${clip}; Whittle leaves that away, which matters only where a cell state gets that large.`);
}

/** The gates' constants side by side along the last axis. */
function joined(node: FlatNode, builder: FlatBuilder, indices: readonly number[], part: string, turn: (tensor: Tensor) => Tensor): ValueId {
  if (!node.has(indices[0]!)) return node.refuse('its input gate is coupled with the forget gate, which Whittle does not read');
  const tensors = indices.map((index) => {
    const tensor = node.constant(index);
    return tensor ? turn(tensor) : node.refuse(`its ${part.replace('_', ' ')} is computed at run time`);
  });
  if (tensors.some(({ shape }) => shape.join() !== tensors[0]!.shape.join())) node.refuse(`the gates' parts of its ${part.replace('_', ' ')} have different shapes`);
  return builder.constant(node, part, joinTensors(tensors));
}

/** In the encoding that they share; integers get a scale for each column, halves stay halves. */
function joinTensors(tensors: readonly Tensor[]): Tensor {
  const [first] = tensors as [Tensor];
  const rows = first.shape.length === 2 ? first.shape[0]! : 1;
  const widths = tensors.map((tensor) => tensor.shape.at(-1)!);
  const width = widths.reduce((sum, size) => sum + size, 0);
  const shape = first.shape.length === 2 ? [rows, width] : [width];
  const { encoding } = first;
  if (encoding.kind === 'dense' && encoding.storage === 'float16' && tensors.every(({ encoding: other }) => other.kind === 'dense' && other.storage === 'float16')) {
    const data = sideBySide(tensors.map((tensor) => (tensor.encoding as { data: Uint16Array }).data), widths, rows, new Uint16Array(rows * width));
    return { dtype: 'float32', shape, encoding: { kind: 'dense', storage: 'float16', data } };
  }
  const affines = tensors.map((tensor) => tensor.encoding).filter((one): one is AffineEncoding => one.kind === 'affine');
  const isJoinable = (one: AffineEncoding): boolean =>
    one.bits === affines[0]!.bits && one.signed === affines[0]!.signed && (one.axis === null || one.axis === shape.length - 1);
  if (affines.length === tensors.length && affines.every(isJoinable)) {
    const model = affines[0]!;
    const empty = new (model.values.constructor as new (length: number) => Int8Array)(rows * width);
    return {
      dtype: 'float32',
      shape,
      encoding: {
        ...model,
        values: sideBySide(affines.map((one) => one.values), widths, rows, empty),
        scale: Float32Array.from(affines.flatMap((one, k) => perColumn(one.scale, widths[k]!))),
        zeroPoint: Float64Array.from(affines.flatMap((one, k) => perColumn(one.zeroPoint, widths[k]!))),
        axis: shape.length - 1,
      },
    };
  }
  return float32Tensor(shape, sideBySide(tensors.map(decodeFloats), widths, rows, new Float32Array(rows * width)));
}

function perColumn(list: Float32Array | Float64Array, width: number): readonly number[] {
  return list.length === 1 ? new Array<number>(width).fill(list[0]!) : Array.from(list);
}

function sideBySide<A extends { set(part: ArrayLike<number>, at: number): void }>(
  parts: readonly { subarray(start: number, end: number): ArrayLike<number> }[],
  widths: readonly number[],
  rows: number,
  target: A,
): A {
  let at = 0;
  for (let row = 0; row < rows; row++) {
    parts.forEach((part, k) => {
      target.set(part.subarray(row * widths[k]!, (row + 1) * widths[k]!), at);
      at += widths[k]!;
    });
  }
  return target;
}
