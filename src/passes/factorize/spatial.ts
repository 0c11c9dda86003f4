/**
 * A k×l convolution as k×1 and 1×l (Jaderberg et al. 2014, arXiv 1405.3866; AIMET's spatial SVD): the SVD of the kernel as a matrix
 * [rows · inputs, columns · outputs], or the other way round, [columns · inputs, rows · outputs].
 *
 * Of the inputs' covariance the matrix knows what stands in one column (row) of the window, taken as the mean over the columns
 * (rows); what neighbours across share it cannot know. `choose.ts` therefore measures a factorization before it compares.
 */
import type { Padding } from '../../ops/signatures';
import { multiply } from '../matrix-product';
import type { Candidate, Layer } from './layer';
import { LARGEST_SIDE } from './layer';
import { lowRank, type LowRank } from './low-rank';

/** Which axis of the window goes first: 0, rows; 1, columns. */
type Axis = 0 | 1;

/** Nothing for windows that are no rectangle of 2 × 2 or more, and where both sides of the matrix are too large. */
export function spatialCandidates(layer: Layer, covariance: Float64Array | null): Candidate[] {
  if (layer.node.op !== 'conv2d' || layer.window.some((size) => size < 2)) return [];
  return ([0, 1] as const).flatMap((first) => candidatesOf(layer, covariance, first));
}

function candidatesOf(layer: Layer, covariance: Float64Array | null, first: Axis): Candidate[] {
  const { window, inputs, outputs, sizesBefore, sizesAfter } = layer;
  const second = (1 - first) as Axis;
  const rows = window[first]! * inputs;
  const columns = window[second]! * outputs;
  if (Math.min(rows, columns) > LARGEST_SIDE) return [];
  const found = lowRank({ data: matrixOf(layer, first), rows, columns }, covariance && alongAxis(layer, covariance, first));
  const between = sizesAfter[first]! * sizesBefore[second]!;
  const after = sizesAfter[0]! * sizesAfter[1]!;
  return Array.from({ length: found.size }, (_, index) => {
    const rank = index + 1;
    return {
      method: 'spatial',
      ranks: [rank],
      rankShare: rank / found.size,
      macs: between * rows * rank + after * rank * columns,
      parameters: rank * (rows + columns),
      lostShare: found.lostShare[rank]!,
      build: () => build(layer, found, first, rank),
    };
  });
}

/** Where cell (p along `first`, q along the other) stands in the kernel. */
function cellOf({ window }: Layer, first: Axis, p: number, q: number): number {
  return first === 0 ? p * window[1]! + q : q * window[1]! + p;
}

function matrixOf(layer: Layer, first: Axis): Float64Array {
  const { window, inputs, outputs, kernel } = layer;
  const [along, across] = [window[first]!, window[1 - first]!];
  const matrix = new Float64Array(kernel.length);
  for (let p = 0; p < along; p++) {
    for (let q = 0; q < across; q++) {
      for (let i = 0; i < inputs; i++) {
        const from = (cellOf(layer, first, p, q) * inputs + i) * outputs;
        matrix.set(kernel.subarray(from, from + outputs), ((p * inputs + i) * across + q) * outputs);
      }
    }
  }
  return matrix;
}

function alongAxis(layer: Layer, covariance: Float64Array, first: Axis): Float64Array {
  const { window, inputs, cells } = layer;
  const [along, across] = [window[first]!, window[1 - first]!];
  const full = cells * inputs;
  const size = along * inputs;
  const mean = new Float64Array(size * size);
  for (let q = 0; q < across; q++) {
    for (let p = 0; p < along; p++) {
      for (let r = 0; r < along; r++) {
        const [row, column] = [cellOf(layer, first, p, q) * inputs, cellOf(layer, first, r, q) * inputs];
        for (let i = 0; i < inputs; i++) {
          for (let j = 0; j < inputs; j++) mean[(p * inputs + i) * size + r * inputs + j]! += covariance[(row + i) * full + column + j]! / across;
        }
      }
    }
  }
  return mean;
}

function build(layer: Layer, found: LowRank, first: Axis, rank: number): ReturnType<Candidate['build']> {
  const { node, window, inputs, outputs, sizesBefore, sizesAfter } = layer;
  if (node.op !== 'conv2d') throw new TypeError('Only convolutions have rows and columns.');
  const { strides, padding, dilations } = node.attributes;
  const { a, b } = found.factors(rank);
  const across = window[1 - first]!;
  const columns = across * outputs;
  const secondKernel = new Float32Array(b.length);
  for (let r = 0; r < rank; r++) {
    for (let q = 0; q < across; q++) {
      for (let o = 0; o < outputs; o++) secondKernel[(q * rank + r) * outputs + o] = b[r * columns + q * outputs + o]!;
    }
  }
  const only = (numbers: readonly number[], axis: number): number[] => numbers.map((value, i) => (i === axis ? value : 1));
  const padOnly = (axis: number): Padding => (typeof padding === 'string' ? padding : padding.map((pair, i) => (i === axis ? pair : [0, 0])));
  const partOf = (axis: number) => ({ strides: only(strides, axis), padding: padOnly(axis), dilations: only(dilations, axis) });
  return {
    product: kernelOf(layer, first, multiply(a, b, window[first]! * inputs, rank, columns)),
    factors: [
      {
        suffix: first === 0 ? 'rows' : 'columns',
        kernel: Float32Array.from(a),
        shape: [...only(window, first), inputs, rank],
        window: partOf(first),
        sizes: sizesAfter.map((size, axis) => (axis === first ? size : sizesBefore[axis]!)),
      },
      { suffix: '', kernel: secondKernel, shape: [...only(window, 1 - first), rank, outputs], window: partOf(1 - first), sizes: sizesAfter },
    ],
  };
}

/** The other way of `matrixOf`. */
function kernelOf(layer: Layer, first: Axis, matrix: Float64Array): Float64Array {
  const { window, inputs, outputs } = layer;
  const across = window[1 - first]!;
  const kernel = new Float64Array(matrix.length);
  for (let p = 0; p < window[first]!; p++) {
    for (let q = 0; q < across; q++) {
      for (let i = 0; i < inputs; i++) {
        const from = ((p * inputs + i) * across + q) * outputs;
        kernel.set(matrix.subarray(from, from + outputs), (cellOf(layer, first, p, q) * inputs + i) * outputs);
      }
    }
  }
  return kernel;
}
