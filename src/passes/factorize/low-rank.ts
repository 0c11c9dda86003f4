/**
 * The nearest product of two thin matrices, A [rows, rank] · B [rank, columns], to a matrix M [rows, columns].
 *
 * With inputs x whose E[xᵀx] is H (rows × rows), what a layer loses is E‖xM − xAB‖² = tr((M − AB)ᵀ H (M − AB)). Its minimum is found
 * through the eigenvectors of the smaller of two matrices (activation-whitened SVD; SVD-LLM, Wang et al. 2024, arXiv 2403.07378):
 *
 * 1. columns < rows: V of Mᵀ H M, the covariance of the outputs; A = M V_r, B = V_rᵀ (Zhang et al. 2015, arXiv 1505.06798). Nothing is inverted.
 * 2. else, with H = S Sᵀ: U of Sᵀ M Mᵀ S; A = S⁻ᵀ U_r, B = U_rᵀ Sᵀ M.
 *
 * Either way the loss of rank r is the sum of the eigenvalues past r. Without inputs H = 1: the singular value decomposition (Eckart and Young 1936).
 * Rank by rank, the columns of A and the rows of B get the same length, so that neither is hard to quantize.
 */
import { multiply } from '../matrix-product';
import { factorOf, substituteBackward } from '../positive-definite';
import { symmetricEigen } from './symmetric-eigen';

export interface LowRank {
  /** The smaller side. */
  readonly size: number;
  /** lostShare[r] is what rank r loses, of everything: 1 at rank 0, 0 at `size`. */
  readonly lostShare: Float64Array;
  factors(rank: number): { readonly a: Float64Array; readonly b: Float64Array };
}

export interface Matrix {
  readonly data: Float64Array;
  readonly rows: number;
  readonly columns: number;
}

/** Share of the mean diagonal that is added to H: directions that the examples never show keep a little weight, and H can be factored. */
const DAMPING = 1e-4;

export function lowRank(matrix: Matrix, inputs: Float64Array | null): LowRank {
  const { rows, columns, data } = matrix;
  const damped = inputs && damp(inputs, rows);
  if (columns < rows) {
    const weighted = damped ? multiply(damped, data, rows, rows, columns) : data;
    const eigen = symmetricEigen(multiplyTransposed(data, weighted, rows, columns, columns), columns);
    return {
      size: columns,
      lostShare: lostShares(eigen.values),
      factors: (rank) => {
        const b = eigen.vectors.slice(0, rank * columns);
        return balance(multiply(data, transpose(b, rank, columns), rows, columns, rank), b, rank);
      },
    };
  }
  const root = damped && factorOf(damped, rows);
  const whitened = root ? multiplyTransposed(root, data, rows, rows, columns) : data;
  const eigen = symmetricEigen(multiply(whitened, transpose(whitened, rows, columns), rows, columns, rows), rows);
  return {
    size: rows,
    lostShare: lostShares(eigen.values),
    factors: (rank) => {
      const u = eigen.vectors.slice(0, rank * rows);
      const b = multiply(u, whitened, rank, rows, columns);
      const a = transpose(u, rank, rows);
      if (root) substituteBackward(root, a, rows, rank);
      return balance(a, b, rank);
    },
  };
}

function lostShares(values: Float64Array): Float64Array {
  const lost = new Float64Array(values.length + 1);
  // Rounding leaves eigenvalues a hair below zero.
  for (let r = values.length - 1; r >= 0; r--) lost[r] = lost[r + 1]! + Math.max(values[r]!, 0);
  const total = lost[0]!;
  return total > 0 ? lost.map((value) => value / total) : lost;
}

function balance(a: Float64Array, b: Float64Array, rank: number): { a: Float64Array; b: Float64Array } {
  const rows = a.length / rank;
  const columns = b.length / rank;
  for (let r = 0; r < rank; r++) {
    let [ofA, ofB] = [0, 0];
    for (let i = 0; i < rows; i++) ofA += a[i * rank + r]! ** 2;
    for (let j = 0; j < columns; j++) ofB += b[r * columns + j]! ** 2;
    const factor = ofA > 0 && ofB > 0 ? (ofB / ofA) ** 0.25 : 1;
    for (let i = 0; i < rows; i++) a[i * rank + r]! *= factor;
    for (let j = 0; j < columns; j++) b[r * columns + j]! /= factor;
  }
  return { a, b };
}

function damp(inputs: Float64Array, size: number): Float64Array {
  const damped = Float64Array.from(inputs);
  let trace = 0;
  for (let i = 0; i < size; i++) trace += damped[i * size + i]!;
  // Inputs that are all zero say nothing: then every direction counts alike.
  const added = trace > 0 ? (DAMPING * trace) / size : 1;
  for (let i = 0; i < size; i++) damped[i * size + i]! += added;
  return damped;
}

/** aᵀ · b of a [k, n] and b [k, m]. */
function multiplyTransposed(a: Float64Array, b: Float64Array, k: number, n: number, m: number): Float64Array {
  return multiply(transpose(a, k, n), b, n, k, m);
}

export function transpose(a: Float64Array, rows: number, columns: number): Float64Array {
  const result = new Float64Array(a.length);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) result[j * rows + i] = a[i * columns + j]!;
  return result;
}
