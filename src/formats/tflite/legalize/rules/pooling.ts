/**
 * Pools:
 * - one dimension = two with height 1
 * - three = the pictures, then the depth: a maximum of maxima, and an average of averages, for the number of real cells in a box is a
 *   product, too
 * - explicit padding = SAME or VALID where it is; else a maximum with the lowest number around x, and an average with zeros around x,
 *   times cells / real cells of each window
 * - resizing to a size that is given as a constant
 */
import type { NodeOf, ValueId } from '../../../../ir/graph';
import type { Quantization } from '../../../../ir/quantization';
import { realRange } from '../../../../ir/quantization';
import type { Shape, Tensor } from '../../../../ir/tensor';
import { float32Tensor } from '../../../../ir/tensor';
import { algebra } from '../algebra';
import { namedPadding, oneMore } from '../axes';
import { refuseLarge } from '../made-size';
import type { Build, Rules } from '../rule';
import { floatsOnly } from '../types';
import { unfuse } from './activations';

/** The lowest finite float32 number. */
const LOWEST = -3.4028234663852886e38;

type PoolNode = NodeOf<'max-pool'> | NodeOf<'average-pool'>;

export const poolingRules: Rules = {
  'max-pool': [wholeNumbers, (node, build) => unfuse(node, build), flat, volume, (node, build) => padded(node, build)],
  'average-pool': [floatsOnly, (node, build) => unfuse(node as unknown as NodeOf<'max-pool'>, build), flat, volume, (node, build) => padded(node, build)],
  'resize-bilinear': [floatPictures, knownSize],
  'resize-nearest': [wholeNumbers, knownSize],
};

/** The size, if it is an input, stays whole. */
function floatPictures(node: NodeOf<'resize-bilinear'>, build: Build) {
  const [x, ...size] = node.inputs;
  if (build.value(x!).dtype === 'float32') return null;
  return [build.op('resize-bilinear', [algebra(build).cast(x!, 'float32'), ...size], node.attributes)];
}

/** float32 holds whole numbers up to 2²⁴; there are no kernels for others. */
function wholeNumbers(node: NodeOf<'max-pool'> | NodeOf<'resize-nearest'>, build: Build) {
  const { dtype } = build.value(node.inputs[0]!);
  if (dtype === 'float32') return null;
  const { cast } = algebra(build);
  return [cast(build.op(node.op as 'max-pool', [cast(node.inputs[0]!, 'float32'), ...node.inputs.slice(1)], node.attributes as never), dtype)];
}

function flat(node: PoolNode, build: Build) {
  const { kernel, strides, padding } = node.attributes;
  if (kernel.length !== 1) return null;
  const { reshape } = algebra(build);
  const [batch, steps, channels] = build.shape(node.inputs[0]!) as [number, number, number];
  const wide = reshape(node.inputs[0]!, [batch, 1, steps, channels]);
  const attributes = { ...node.attributes, kernel: [1, ...kernel], strides: [1, ...strides], padding: oneMore(padding) };
  return [reshape(build.op(node.op, [wide], attributes, build.grid()), build.shape(node.outputs[0]!))];
}

function volume(node: PoolNode, build: Build) {
  const { kernel, strides, padding, activation } = node.attributes;
  if (kernel.length !== 3) return null;
  const { reshape } = algebra(build);
  const [batch, length, height, width, channels] = build.shape(node.inputs[0]!) as [number, number, number, number, number];
  const output = build.shape(node.outputs[0]!);
  const [depth, rows, columns] = output.slice(1) as [number, number, number];
  const grid = build.grid();
  const pictures = reshape(node.inputs[0]!, [batch < 0 ? -1 : batch * length, height, width, channels]);
  const flatPadding = typeof padding === 'string' ? padding : padding.slice(1);
  const pooled = build.op(node.op, [pictures], { kernel: kernel.slice(1), strides: strides.slice(1), padding: flatPadding, activation: 'none' }, grid);
  const columnsOfDepth = reshape(pooled, [batch, length, rows * columns, channels]);
  const deepPadding = typeof padding === 'string' ? padding : ([padding[0]!, [0, 0]] as const);
  const deep = build.op(node.op, [columnsOfDepth], { kernel: [kernel[0]!, 1], strides: [strides[0]!, 1], padding: deepPadding, activation }, grid);
  return [reshape(deep, [batch, depth, rows, columns, channels])];
}

function padded(node: PoolNode, build: Build) {
  const { kernel, strides, padding, activation } = node.attributes;
  if (typeof padding === 'string') return null;
  const x = node.inputs[0]!;
  const shape = build.shape(x);
  const grid = build.grid();
  const named = namedPadding(padding, shape.slice(1, -1), { kernel, strides });
  if (typeof named === 'string') return [build.op(node.op, [x], { ...node.attributes, padding: named }, grid)];
  const paddings = [[0, 0], ...padding, [0, 0]] as const;
  const around = (value: number): ValueId => build.op('pad', [x], { paddings, value });
  const valid = { ...node.attributes, padding: 'valid' } as const;
  if (node.op === 'max-pool') return [build.op('max-pool', [around(grid ? realRange(grid)[0] : LOWEST)], valid, grid)];
  const average = build.op('average-pool', [around(0)], { ...valid, activation: 'none' }, grid);
  const [height, width] = build.shape(node.outputs[0]!).slice(1) as [number, number];
  refuseLarge(build, [1, height, width, 1], 'the correction of its averages at the border');
  // Two of one node for a volume: its pictures, then its depth.
  const correction = build.constant(null, `correction ${JSON.stringify([shape, kernel, strides, padding])}`, () => {
    const rows = realCells(shape[1]!, kernel[0]!, strides[0]!, padding[0]![0], height);
    const columns = realCells(shape[2]!, kernel[1]!, strides[1]!, padding[1]![0], width);
    const factors = rows.flatMap((row) => columns.map((column) => (kernel[0]! * kernel[1]!) / Math.max(row * column, 1)));
    return factorsOf([1, height, width, 1], factors, grid);
  });
  return [algebra(build).mul(average, correction, activation, grid)];
}

/** How many cells of each window lie inside. */
function realCells(size: number, kernel: number, stride: number, before: number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, i) => {
    const start = i * stride - before;
    return Math.max(Math.min(start + kernel, size) - Math.max(start, 0), 0);
  });
}

/** On an integer grid: 8 or 16 bits up to the largest factor. */
function factorsOf(shape: Shape, factors: readonly number[], grid: Quantization | undefined): Tensor {
  if (!grid) return float32Tensor(shape, factors);
  const wide = grid.dtype === 'int16';
  const largest = factors.reduce((most, factor) => Math.max(most, factor), 0);
  const scale = Math.fround(largest / (wide ? 32767 : 127));
  const integers = factors.map((factor) => Math.round(factor / scale) + (grid.dtype === 'uint8' ? 128 : 0));
  const values = wide ? Int16Array.from(integers) : grid.dtype === 'uint8' ? Uint8Array.from(integers) : Int8Array.from(integers);
  const zeroPoint = Float64Array.of(grid.dtype === 'uint8' ? 128 : 0);
  return {
    dtype: 'float32',
    shape,
    encoding: { kind: 'affine', bits: wide ? 16 : 8, signed: grid.dtype !== 'uint8', values, scale: Float32Array.of(scale), zeroPoint, axis: null, blockSize: null },
  };
}

function knownSize(node: NodeOf<'resize-bilinear'> | NodeOf<'resize-nearest'>, build: Build) {
  if (node.attributes.size) return null;
  const size = build.contents(node.inputs[1]!);
  if (!size || size.includes(null)) return null;
  return [build.op(node.op, [node.inputs[0]!], { ...node.attributes, size: [size[0]!, size[1]!] }, build.grid())];
}
