/** Symmetric positive definite matrices [n, n]: their triangular factor, and equations with them. */

/** X of H X = B, B [n, m]; H must be damped. */
export function solvePositive(h: Float64Array, b: Float64Array, n: number, m: number): Float64Array {
  const upper = choleskyTransposed(h, n);
  const x = Float64Array.from(b);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) {
      const factor = upper[k * n + i]!;
      if (factor === 0) continue;
      for (let j = 0; j < m; j++) x[i * m + j]! -= factor * x[k * m + j]!;
    }
    for (let j = 0; j < m; j++) x[i * m + j]! /= upper[i * n + i]!;
  }
  return solveUpper(upper, x, n, m);
}

/** Sᵀ of H = S Sᵀ, upper triangular. H is damped, so that no pivot is zero but by rounding. */
export function choleskyTransposed(h: Float64Array, n: number): Float64Array {
  const t = new Float64Array(n * n);
  const rest = Float64Array.from(h);
  for (let j = 0; j < n; j++) {
    const pivot = Math.sqrt(Math.max(rest[j * n + j]!, Number.MIN_VALUE));
    for (let k = j; k < n; k++) t[j * n + k] = rest[j * n + k]! / pivot;
    for (let i = j + 1; i < n; i++) {
      const factor = t[j * n + i]!;
      if (factor === 0) continue;
      for (let k = i; k < n; k++) rest[i * n + k]! -= factor * t[j * n + k]!;
    }
  }
  return t;
}

/** T⁻¹ a for T upper triangular [n, n] and a [n, m]. */
export function solveUpper(t: Float64Array, a: Float64Array, n: number, m: number): Float64Array {
  const x = Float64Array.from(a);
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) {
      const factor = t[i * n + k]!;
      if (factor === 0) continue;
      for (let j = 0; j < m; j++) x[i * m + j]! -= factor * x[k * m + j]!;
    }
    for (let j = 0; j < m; j++) x[i * m + j]! /= t[i * n + i]!;
  }
  return x;
}
