/**
 * Eigenvalues and eigenvectors of a symmetric matrix in float64: Householder's reduction to a tridiagonal matrix, then QL with
 * implicit shifts (tred2 and tql2 of EISPACK; Bowdler, Martin, Reinsch and Wilkinson 1968). The matrix is kept transposed, so that
 * every inner loop runs along a row: 1024 × 1024 takes about a second and a half.
 */
import { WhittleError } from '../../lib/errors';

export interface Eigen {
  /** Falling. */
  readonly values: Float64Array;
  /** [size, size]: row i is the unit vector of values[i]. */
  readonly vectors: Float64Array;
}

/** QL needs two or three steps an eigenvalue; so many mean that the numbers are broken. */
const MOST_QL_STEPS = 64;

/** Reads `matrix` [size, size] and leaves it as it is. Throws a DataError when it holds something that is no finite number. */
export function symmetricEigen(matrix: Float64Array, size: number): Eigen {
  if (!matrix.every(Number.isFinite)) throw new WhittleError('DataError', 'The layer’s weights or inputs hold numbers that are not finite.');
  if (size === 0) return { values: new Float64Array(0), vectors: new Float64Array(0) };
  const rows = Float64Array.from(matrix);
  const diagonal = new Float64Array(size);
  const beside = new Float64Array(size);
  reduceToTridiagonal(rows, diagonal, beside, size);
  diagonalize(rows, diagonal, beside, size);
  return inFallingOrder(rows, diagonal, size);
}

/** `v[j * n + k]` is element (k, j) of the matrix, then of the product of reflections. */
function reduceToTridiagonal(v: Float64Array, d: Float64Array, e: Float64Array, n: number): void {
  for (let j = 0; j < n; j++) d[j] = v[j * n + n - 1]!;
  for (let i = n - 1; i > 0; i--) {
    let scale = 0;
    for (let k = 0; k < i; k++) scale += Math.abs(d[k]!);
    let h = 0;
    if (scale === 0) {
      e[i] = d[i - 1]!;
      for (let j = 0; j < i; j++) {
        d[j] = v[j * n + i - 1]!;
        v[j * n + i] = 0;
        v[i * n + j] = 0;
      }
    } else {
      for (let k = 0; k < i; k++) {
        d[k]! /= scale;
        h += d[k]! * d[k]!;
      }
      const last = d[i - 1]!;
      const root = last > 0 ? -Math.sqrt(h) : Math.sqrt(h);
      e[i] = scale * root;
      h -= last * root;
      d[i - 1] = last - root;
      reflect(v, d, e, i, h, n);
    }
    d[i] = h;
  }
  accumulateReflections(v, d, n);
  e[0] = 0;
}

function reflect(v: Float64Array, d: Float64Array, e: Float64Array, i: number, h: number, n: number): void {
  e.fill(0, 0, i);
  for (let j = 0; j < i; j++) {
    const f = d[j]!;
    const row = j * n;
    v[i * n + j] = f;
    let g = e[j]! + v[row + j]! * f;
    for (let k = j + 1; k < i; k++) {
      const value = v[row + k]!;
      g += value * d[k]!;
      e[k]! += value * f;
    }
    e[j] = g;
  }
  let sum = 0;
  for (let j = 0; j < i; j++) {
    e[j]! /= h;
    sum += e[j]! * d[j]!;
  }
  const half = sum / (h + h);
  for (let j = 0; j < i; j++) e[j]! -= half * d[j]!;
  for (let j = 0; j < i; j++) {
    const f = d[j]!;
    const g = e[j]!;
    const row = j * n;
    for (let k = j; k < i; k++) v[row + k]! -= f * e[k]! + g * d[k]!;
    d[j] = v[row + i - 1]!;
    v[row + i] = 0;
  }
}

function accumulateReflections(v: Float64Array, d: Float64Array, n: number): void {
  for (let i = 0; i < n - 1; i++) {
    const next = (i + 1) * n;
    v[i * n + n - 1] = v[i * n + i]!;
    v[i * n + i] = 1;
    const h = d[i + 1]!;
    if (h !== 0) {
      for (let k = 0; k <= i; k++) d[k] = v[next + k]! / h;
      for (let j = 0; j <= i; j++) {
        const row = j * n;
        let g = 0;
        for (let k = 0; k <= i; k++) g += v[next + k]! * v[row + k]!;
        for (let k = 0; k <= i; k++) v[row + k]! -= g * d[k]!;
      }
    }
    v.fill(0, next, next + i + 1);
  }
  for (let j = 0; j < n; j++) {
    d[j] = v[j * n + n - 1]!;
    v[j * n + n - 1] = 0;
  }
  v[n * n - 1] = 1;
}

function diagonalize(v: Float64Array, d: Float64Array, e: Float64Array, n: number): void {
  e.copyWithin(0, 1);
  e[n - 1] = 0;
  let shift = 0;
  let largest = 0;
  for (let l = 0; l < n; l++) {
    largest = Math.max(largest, Math.abs(d[l]!) + Math.abs(e[l]!));
    const negligible = Number.EPSILON * largest;
    let m = l;
    while (Math.abs(e[m]!) > negligible) m++;
    let isDone = m === l;
    for (let step = 0; !isDone; step++) {
      if (step === MOST_QL_STEPS) throw new WhittleError('DataError', 'The layer’s eigenvalues could not be found: its numbers are too far apart.');
      shift += shiftedStep(v, d, e, l, m, n);
      isDone = Math.abs(e[l]!) <= negligible;
    }
    d[l]! += shift;
    e[l] = 0;
  }
}

/** One step of QL on rows l … m; gives by how much the diagonal was shifted. */
function shiftedStep(v: Float64Array, d: Float64Array, e: Float64Array, l: number, m: number, n: number): number {
  const first = d[l]!;
  let p = (d[l + 1]! - first) / (2 * e[l]!);
  const root = p < 0 ? -Math.hypot(p, 1) : Math.hypot(p, 1);
  d[l] = e[l]! / (p + root);
  d[l + 1] = e[l]! * (p + root);
  const second = d[l + 1]!;
  const shift = first - d[l]!;
  for (let i = l + 2; i < n; i++) d[i]! -= shift;
  p = d[m]!;
  const besideSecond = e[l + 1]!;
  let [c, c2, c3, s, s2] = [1, 1, 1, 0, 0];
  for (let i = m - 1; i >= l; i--) {
    [c3, c2, s2] = [c2, c, s];
    const g = c * e[i]!;
    const h = c * p;
    const r = Math.hypot(p, e[i]!);
    e[i + 1] = s * r;
    s = e[i]! / r;
    c = p / r;
    p = c * d[i]! - s * g;
    d[i + 1] = h + s * (c * g + s * d[i]!);
    rotateRows(v, i * n, n, c, s);
  }
  p = (-s * s2 * c3 * besideSecond * e[l]!) / second;
  e[l] = s * p;
  d[l] = c * p;
  return shift;
}

function rotateRows(v: Float64Array, row: number, n: number, c: number, s: number): void {
  const next = row + n;
  for (let k = 0; k < n; k++) {
    const a = v[row + k]!;
    const b = v[next + k]!;
    v[next + k] = s * a + c * b;
    v[row + k] = c * a - s * b;
  }
}

function inFallingOrder(rows: Float64Array, diagonal: Float64Array, n: number): Eigen {
  const order = Array.from(diagonal.keys()).sort((a, b) => diagonal[b]! - diagonal[a]! || a - b);
  const vectors = new Float64Array(n * n);
  for (const [to, from] of order.entries()) vectors.set(rows.subarray(from * n, (from + 1) * n), to * n);
  return { values: Float64Array.from(order, (index) => diagonal[index]!), vectors };
}
