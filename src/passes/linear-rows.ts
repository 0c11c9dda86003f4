/**
 * A linear layer as products of matrices, for methods that fit weights to data: every output of conv1d…3d, depthwise-conv2d and
 * dense is a row of inputs (a patch; im2col) times the kernel as a matrix, group by group. A depthwise layer has a group a channel.
 */
import type { Graph, Node, NodeOf } from '../ir/graph';
import { createRandom } from '../lib/random';
import type { Padding } from '../ops/signatures';
import type { Batch } from '../runtime/backend';

const ROW_OPS = ['conv1d', 'conv2d', 'conv3d', 'depthwise-conv2d', 'dense'] as const;

export type RowNode = { [O in (typeof ROW_OPS)[number]]: NodeOf<O> }[(typeof ROW_OPS)[number]];

/** How a kernel is a matrix: element k · outputs + o, k = (cell of the window, input of the group), o the output channel. */
export interface LinearLayout {
  /** Groups of outputs; group g holds columns g · outputsPerGroup … */
  readonly groups: number;
  /** Numbers in a row of one group. */
  readonly rowLength: number;
  readonly outputs: number;
  readonly outputsPerGroup: number;
}

/** True for a layer that is a product of rows with a constant kernel. */
export function isRowNode(graph: Graph, node: Node): node is RowNode {
  return (ROW_OPS as readonly string[]).includes(node.op) && node.inputs[1] !== null && graph.values[node.inputs[1]!]?.tensor !== undefined;
}

export function linearLayout(node: RowNode, kernelShape: readonly number[]): LinearLayout {
  const last = kernelShape.at(-1)!;
  const window = kernelShape.slice(0, -2).reduce((a, b) => a * b, 1);
  const inputs = kernelShape.at(-2)!;
  if (node.op === 'depthwise-conv2d') return { groups: inputs, rowLength: window, outputs: inputs * last, outputsPerGroup: last };
  const groups = node.op === 'dense' ? 1 : node.attributes.groups;
  return { groups, rowLength: window * inputs, outputs: last, outputsPerGroup: last / groups };
}

/** Rows of one batch, and which positions of the output they belong to (row-major over batch and space). */
export interface SampledRows {
  /** [positions, window, channels of all groups]. */
  readonly patches: Float32Array;
  readonly positions: Uint32Array;
  readonly channels: number;
}

/** At most `most` rows, at seeded positions without repetition. `input` is the layer's input, with all dimensions. */
export function sampleRows(node: RowNode, kernelShape: readonly number[], input: Batch, most: number, seed: number): SampledRows {
  const channels = input.shape.at(-1)!;
  const data = input.data;
  if (node.op === 'dense') {
    const positions = choosePositions(data.length / channels, most, seed);
    const patches = new Float32Array(positions.length * channels);
    for (const [row, position] of positions.entries()) patches.set(data.subarray(position * channels, (position + 1) * channels), row * channels);
    return { patches, positions, channels };
  }
  const windows = windowsOf(node, kernelShape, input.shape);
  const size = windows.reduce((product, window) => product * window.size, 1);
  const cells = windows.reduce((product, { kernel }) => product * kernel, 1);
  const perExample = windows.reduce((product, { count }) => product * count, 1);
  const positions = choosePositions(input.shape[0]! * perExample, most, seed);
  const patches = new Float32Array(positions.length * cells * channels);
  for (const [row, position] of positions.entries()) {
    const example = Math.floor(position / perExample);
    for (let cell = 0; cell < cells; cell++) {
      const at = cellOffset(windows, position % perExample, cell);
      if (at === OUTSIDE) continue;
      const from = (example * size + at) * channels;
      patches.set(data.subarray(from, from + channels), (row * cells + cell) * channels);
    }
  }
  return { patches, positions, channels };
}

/** The rows [positions, rowLength] of one group. */
export function rowsOfGroup({ patches, channels, positions }: SampledRows, { groups, rowLength }: LinearLayout, group: number): Float32Array {
  if (groups === 1) return patches;
  const perGroup = channels / groups;
  const window = rowLength / perGroup;
  const rows = new Float32Array(positions.length * rowLength);
  for (let cell = 0; cell < positions.length * window; cell++) {
    const from = cell * channels + group * perGroup;
    for (let i = 0; i < perGroup; i++) rows[cell * perGroup + i] = patches[from + i]!;
  }
  return rows;
}

/** The mean of all rows: [window, channels of all groups]. The mean of the outputs is its product with the kernel, plus the bias. */
export function meanRow(node: RowNode, kernelShape: readonly number[], input: Batch): Float64Array {
  const channels = input.shape.at(-1)!;
  const { data } = input;
  const windows = node.op === 'dense' ? [] : windowsOf(node, kernelShape, input.shape);
  const size = windows.reduce((product, window) => product * window.size, 1);
  const cells = windows.reduce((product, { kernel }) => product * kernel, 1);
  const perExample = windows.reduce((product, { count }) => product * count, 1);
  const examples = data.length / (size * channels);
  const mean = new Float64Array(cells * channels);
  for (let cell = 0; cell < cells; cell++) {
    const offsets = cellOffsets(windows, cell);
    for (let example = 0; example < examples; example++) {
      for (const offset of offsets) {
        const from = (example * size + offset) * channels;
        for (let c = 0; c < channels; c++) mean[cell * channels + c]! += data[from + c]!;
      }
    }
  }
  return mean.map((sum) => sum / (examples * perExample));
}

/** row · kernel for every output channel; `row` as `meanRow` has it. */
export function rowTimesKernel(row: Float64Array, kernel: Float32Array, { groups, rowLength, outputs, outputsPerGroup }: LinearLayout, channels: number): Float64Array {
  const perGroup = channels / groups;
  const products = new Float64Array(outputs);
  for (let k = 0; k < rowLength; k++) {
    const from = Math.floor(k / perGroup) * channels + (k % perGroup);
    for (let group = 0; group < groups; group++) {
      const x = row[from + group * perGroup]!;
      for (let o = group * outputsPerGroup; o < (group + 1) * outputsPerGroup; o++) products[o]! += kernel[k * outputs + o]! * x;
    }
  }
  return products;
}

/** The columns [rowLength, outputsPerGroup] of one group. */
export function columnsOfGroup(kernel: Float32Array, { groups, rowLength, outputs, outputsPerGroup }: LinearLayout, group: number): Float32Array {
  if (groups === 1) return kernel;
  const columns = new Float32Array(rowLength * outputsPerGroup);
  for (let k = 0; k < rowLength; k++) {
    columns.set(kernel.subarray(k * outputs + group * outputsPerGroup, k * outputs + (group + 1) * outputsPerGroup), k * outputsPerGroup);
  }
  return columns;
}

/** Puts columns of one group in their place in a kernel. */
export function placeColumns<T extends Float32Array | Int8Array>(
  kernel: T,
  columns: T,
  { rowLength, outputs, outputsPerGroup }: LinearLayout,
  group: number,
): void {
  for (let k = 0; k < rowLength; k++) {
    kernel.set(columns.subarray(k * outputsPerGroup, (k + 1) * outputsPerGroup), k * outputs + group * outputsPerGroup);
  }
}

interface Window {
  readonly size: number;
  readonly count: number;
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly before: number;
}

const OUTSIDE = -1;

function windowsOf(node: Exclude<RowNode, NodeOf<'dense'>>, kernelShape: readonly number[], inputShape: readonly number[]): Window[] {
  const { strides, dilations, padding } = node.attributes;
  return inputShape.slice(1, -1).map((size, axis) => {
    const kernel = kernelShape[axis]!;
    const stride = strides[axis]!;
    const dilation = dilations[axis]!;
    const extent = (kernel - 1) * dilation + 1;
    const [before, after] = paddingOf(padding, axis, { size, stride, extent });
    return { size, kernel, stride, dilation, before, count: Math.floor((size + before + after - extent) / stride) + 1 };
  });
}

/** TensorFlow's SAME pads the smaller half before. */
function paddingOf(padding: Padding, axis: number, { size, stride, extent }: { size: number; stride: number; extent: number }): readonly [number, number] {
  if (padding === 'valid') return [0, 0];
  if (padding !== 'same') return padding[axis]!;
  const total = Math.max((Math.ceil(size / stride) - 1) * stride + extent - size, 0);
  return [Math.floor(total / 2), Math.ceil(total / 2)];
}

/** Where, within an example's space, a cell of the window at `position` stands. */
function cellOffset(windows: readonly Window[], position: number, cell: number): number {
  let offset = 0;
  let stridePerAxis = 1;
  let restPosition = position;
  let restCell = cell;
  for (let axis = windows.length - 1; axis >= 0; axis--) {
    const { size, count, kernel, stride, dilation, before } = windows[axis]!;
    const at = (restPosition % count) * stride + (restCell % kernel) * dilation - before;
    if (at < 0 || at >= size) return OUTSIDE;
    offset += at * stridePerAxis;
    stridePerAxis *= size;
    restPosition = Math.floor(restPosition / count);
    restCell = Math.floor(restCell / kernel);
  }
  return offset;
}

/** Where a cell of the window stands at every position at which it is not outside, in order. */
function cellOffsets(windows: readonly Window[], cell: number): number[] {
  let offsets = [0];
  let stridePerAxis = 1;
  let restCell = cell;
  for (let axis = windows.length - 1; axis >= 0; axis--) {
    const { size, count, kernel, stride, dilation, before } = windows[axis]!;
    const inner = offsets;
    offsets = [];
    for (let position = 0; position < count; position++) {
      const at = position * stride + (restCell % kernel) * dilation - before;
      if (at >= 0 && at < size) for (const offset of inner) offsets.push(at * stridePerAxis + offset);
    }
    stridePerAxis *= size;
    restCell = Math.floor(restCell / kernel);
  }
  return offsets;
}

/** Sorted; all of them when they are few. */
export function choosePositions(count: number, most: number, seed: number): Uint32Array {
  if (count <= most) return Uint32Array.from({ length: count }, (_, i) => i);
  const random = createRandom(seed);
  const chosen = new Set<number>();
  // Floyd's sampling: `most` draws whatever the count.
  for (let i = count - most; i < count; i++) {
    const draw = random.integer(i + 1);
    chosen.add(chosen.has(draw) ? i : draw);
  }
  return Uint32Array.from(chosen).sort();
}
