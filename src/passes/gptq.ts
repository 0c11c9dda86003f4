/**
 * GPTQ (Frantar et al. 2022, arXiv 2210.17323): rounds a matrix of weights one input after the other, each time moving the
 * inputs still to come so that they make up for the error, as far as the layer's own inputs X allow. It lowers
 * ‖X(W − Ŵ)‖², which is what the next layer sees, rather than ‖W − Ŵ‖².
 *
 * With H = XᵀX + damping · mean(diag XᵀX) · I, its rows and columns in the order of falling diagonal, and the factor H = TᵀT,
 * T lower triangular: ‖T(w − ŵ)‖² is minimised from the first row to the last,
 *   ŵ_i = round(w_i + Σ_{j<i} T_ij / T_ii · (w_j − ŵ_j)).
 * This is GPTQ's update through the Cholesky factor of H⁻¹ without inverting anything: T⁻ᵀ is that factor (Chen et al. 2025,
 * "The geometry of LLM quantization", arXiv 2507.18553).
 *
 * A weight that is zero stays zero. With fewer rows of data than inputs, H says nothing about some directions and GPTQ
 * does harm there; then, and for matrices too large, rounding is to the nearest and the reason is given.
 */
import { roundHalfEven } from './quantize-weights/ranges';

/** XᵀX over all rows seen, `size` × `size`, both triangles. */
export interface Hessian {
  readonly size: number;
  readonly products: Float64Array;
  rowCount: number;
}

export interface GptqGrid {
  /** One a column of the matrix; zero point 0. */
  readonly scale: Float32Array;
  /** Levels are −highest … highest. */
  readonly highest: number;
}

export interface GptqOptions {
  /** Share of the mean diagonal that is added to the diagonal. */
  readonly damping: number;
  /** Inputs with the largest activations first, or as they come. */
  readonly order: 'activation' | 'natural';
}

export interface GptqResult {
  /** As the matrix: [inputs, outputs]. */
  readonly values: Int8Array;
  /** Why rounding was to the nearest; null: it was GPTQ's. */
  readonly reason: string | null;
}

/** The damping of the paper, of AI Edge Quantizer and of Keras. */
export const defaultGptqOptions: GptqOptions = { damping: 0.01, order: 'activation' };

/** Most inputs of a matrix: XᵀX takes 8 bytes × its square (32 MiB), and its factor a third of its cube of products (3 · 10⁹, seconds). */
export const MOST_GPTQ_INPUTS = 2048;
/** Rows worked on together, so that they stay in the cache; any number gives the same result. */
const BLOCK_ROWS = 64;

export function createHessian(size: number): Hessian {
  return { size, products: new Float64Array(size * size), rowCount: 0 };
}

/** Adds rows [n, size] to the sum. */
export function accumulateHessian(hessian: Hessian, rows: Float32Array): void {
  const { size, products } = hessian;
  const rowCount = rows.length / size;
  // Rows of XᵀX in the outer loop, blocks of data in the cache: only the upper triangle, mirrored below.
  for (let start = 0; start < rowCount; start += BLOCK_ROWS) {
    const end = Math.min(start + BLOCK_ROWS, rowCount);
    for (let i = 0; i < size; i++) {
      const target = products.subarray(i * size, (i + 1) * size);
      for (let row = start; row < end; row++) {
        const factor = rows[row * size + i]!;
        if (factor === 0) continue;
        const base = row * size;
        for (let j = i; j < size; j++) target[j]! += factor * rows[base + j]!;
      }
    }
  }
  for (let i = 0; i < size; i++) for (let j = 0; j < i; j++) products[i * size + j] = products[j * size + i]!;
  hessian.rowCount += rowCount;
}

/** Why GPTQ would not do good here; null: it would. */
export function whyNotGptq(hessian: Hessian): string | null {
  if (hessian.size > MOST_GPTQ_INPUTS) return `it has ${hessian.size} inputs and GPTQ takes at most ${MOST_GPTQ_INPUTS}`;
  if (hessian.rowCount < hessian.size) {
    return `GPTQ needs as many rows of data as the layer has inputs, ${hessian.size}, and was given ${hessian.rowCount}; give more examples`;
  }
  return null;
}

/** Rounds `kernel` [inputs, outputs] to its grid. */
export function gptqRound(kernel: Float32Array, hessian: Hessian, grid: GptqGrid, options: GptqOptions = defaultGptqOptions): GptqResult {
  const inputs = hessian.size;
  const outputs = kernel.length / inputs;
  const values = new Int8Array(kernel.length);
  const round = (weight: number, column: number): number =>
    Math.min(grid.highest, Math.max(-grid.highest, roundHalfEven(weight / grid.scale[column]!)));
  const reason = whyNotGptq(hessian);
  if (reason !== null) {
    for (let i = 0; i < kernel.length; i++) values[i] = round(kernel[i]!, i % outputs);
    return { values, reason };
  }
  const order = inputOrder(hessian, options.order);
  const factor = reverseFactor(hessian, order, options.damping);
  // Errors w − ŵ by position in the order.
  const errors = new Float64Array(kernel.length);
  const moved = new Float64Array(outputs);
  for (let start = 0; start < inputs; start += BLOCK_ROWS) {
    const end = Math.min(start + BLOCK_ROWS, inputs);
    const sums = earlierErrors(factor, errors, { inputs, outputs, start, end });
    for (let i = start; i < end; i++) {
      moved.set(sums.subarray((i - start) * outputs, (i - start + 1) * outputs));
      for (let j = start; j < i; j++) addScaled(moved, errors, j * outputs, factor[i * inputs + j]!);
      const source = order[i]! * outputs;
      const pivot = factor[i * inputs + i]!;
      for (let o = 0; o < outputs; o++) {
        const weight = kernel[source + o]!;
        if (weight === 0) continue;
        const q = round(weight + moved[o]! / pivot, o);
        values[source + o] = q;
        errors[i * outputs + o] = weight - q * grid.scale[o]!;
      }
    }
  }
  return { values, reason: null };
}

interface ErrorBlock {
  readonly inputs: number;
  readonly outputs: number;
  readonly start: number;
  readonly end: number;
}

/** Σ_{j<start} T_ij · error_j for rows start … end. */
function earlierErrors(factor: Float64Array, errors: Float64Array, { inputs, outputs, start, end }: ErrorBlock): Float64Array {
  const sums = new Float64Array((end - start) * outputs);
  for (let j = 0; j < start; j++) {
    for (let i = start; i < end; i++) addScaled(sums.subarray((i - start) * outputs, (i - start + 1) * outputs), errors, j * outputs, factor[i * inputs + j]!);
  }
  return sums;
}

function addScaled(target: Float64Array, source: Float64Array, offset: number, factor: number): void {
  for (let i = 0; i < target.length; i++) target[i]! += factor * source[offset + i]!;
}

function inputOrder({ size, products }: Hessian, order: GptqOptions['order']): Uint32Array {
  const indices = Uint32Array.from({ length: size }, (_, i) => i);
  return order === 'natural' ? indices : indices.sort((a, b) => products[b * size + b]! - products[a * size + a]! || a - b);
}

/**
 * T of H = TᵀT, lower triangular, row-major: the Cholesky factor of H with its order reversed, reversed back. An input that is
 * always zero gets a diagonal of its own: it moves nothing.
 */
function reverseFactor({ size, products }: Hessian, order: Uint32Array, damping: number): Float64Array {
  let trace = 0;
  for (let i = 0; i < size; i++) trace += products[i * size + i]!;
  const added = trace > 0 ? (damping * trace) / size : 1;
  const upper = new Float64Array(size * size);
  for (let a = 0; a < size; a++) {
    const from = order[size - 1 - a]! * size;
    for (let b = a; b < size; b++) upper[a * size + b] = products[from + order[size - 1 - b]!]!;
    upper[a * size + a]! += added;
  }
  choleskyInPlace(upper, size, added);
  const lower = new Float64Array(size * size);
  for (let a = 0; a < size; a++) {
    for (let b = a; b < size; b++) lower[(size - 1 - a) * size + (size - 1 - b)] = upper[a * size + b]!;
  }
  return lower;
}

/** U of A = UᵀU in A's upper triangle, by panels of rows. `smallest`: no eigenvalue, hence no pivot, is below it but for rounding. */
function choleskyInPlace(a: Float64Array, size: number, smallest: number): void {
  for (let start = 0; start < size; start += BLOCK_ROWS) {
    const end = Math.min(start + BLOCK_ROWS, size);
    for (let k = start; k < end; k++) {
      for (let i = start; i < k; i++) subtractRow(a, size, i, k);
      const pivot = Math.sqrt(Math.max(a[k * size + k]!, smallest));
      for (let j = k; j < size; j++) a[k * size + j]! /= pivot;
    }
    for (let k = end; k < size; k++) for (let i = start; i < end; i++) subtractRow(a, size, i, k);
  }
}

/** Row k −= U[i, k] · row i, from the diagonal on. */
function subtractRow(a: Float64Array, size: number, i: number, k: number): void {
  const factor = a[i * size + k]!;
  const from = i * size;
  const to = k * size;
  for (let j = k; j < size; j++) a[to + j]! -= factor * a[from + j]!;
}
