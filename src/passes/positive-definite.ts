/** Positive definite matrices, row-major in float64: factors, solutions, inverses. */

/** The Cholesky factor L of a, in the lower triangle of a. */
export function factorize(a: Float64Array, size: number): void {
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = a[i * size + j]!;
      for (let k = 0; k < j; k++) sum -= a[i * size + k]! * a[j * size + k]!;
      // Rounding may leave a tiny negative number where the matrix is nearly singular.
      if (i === j) a[i * size + i] = Math.sqrt(Math.max(sum, Number.EPSILON ** 2));
      else a[i * size + j] = sum / a[j * size + j]!;
    }
  }
}

/** As `factorize`, in a matrix of its own with zeros above the diagonal. */
export function factorOf(a: Float64Array, size: number): Float64Array {
  const lower = Float64Array.from(a);
  factorize(lower, size);
  for (let i = 0; i < size; i++) lower.fill(0, i * size + i + 1, (i + 1) * size);
  return lower;
}

/** B ← L⁻¹ B for B [size, columns]. */
export function substituteForward(lower: Float64Array, b: Float64Array, size: number, columns: number): void {
  for (let i = 0; i < size; i++) {
    for (let k = 0; k < i; k++) {
      const factor = lower[i * size + k]!;
      if (factor === 0) continue;
      for (let c = 0; c < columns; c++) b[i * columns + c]! -= factor * b[k * columns + c]!;
    }
    const diagonal = lower[i * size + i]!;
    for (let c = 0; c < columns; c++) b[i * columns + c]! /= diagonal;
  }
}

/** B ← L⁻ᵀ B for B [size, columns]. */
export function substituteBackward(lower: Float64Array, b: Float64Array, size: number, columns: number): void {
  for (let i = size - 1; i >= 0; i--) {
    const diagonal = lower[i * size + i]!;
    for (let c = 0; c < columns; c++) b[i * columns + c]! /= diagonal;
    for (let k = 0; k < i; k++) {
      const factor = lower[i * size + k]!;
      if (factor === 0) continue;
      for (let c = 0; c < columns; c++) b[k * columns + c]! -= factor * b[i * columns + c]!;
    }
  }
}

/** X of H X = B for B [size, columns]; only the lower triangle of H is read. */
export function solve(h: Float64Array, b: Float64Array, size: number, columns: number): Float64Array {
  const lower = factorOf(h, size);
  const x = Float64Array.from(b);
  substituteForward(lower, x, size, columns);
  substituteBackward(lower, x, size, columns);
  return x;
}

/** The inverse, both triangles; only the lower triangle of a is read, and a is lost. */
export function inverseOf(a: Float64Array, size: number): Float64Array {
  factorize(a, size);
  // Rows of L⁻¹ in place of an identity, whose upper half stays zero.
  const inverseFactor = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    inverseFactor[i * size + i] = 1;
    for (let k = 0; k < i; k++) {
      const factor = a[i * size + k]!;
      if (factor === 0) continue;
      for (let c = 0; c <= k; c++) inverseFactor[i * size + c]! -= factor * inverseFactor[k * size + c]!;
    }
    const diagonal = a[i * size + i]!;
    for (let c = 0; c <= i; c++) inverseFactor[i * size + c]! /= diagonal;
  }
  const inverse = new Float64Array(size * size);
  for (let k = 0; k < size; k++) {
    for (let i = 0; i <= k; i++) {
      const factor = inverseFactor[k * size + i]!;
      if (factor === 0) continue;
      for (let j = 0; j <= i; j++) inverse[i * size + j]! += factor * inverseFactor[k * size + j]!;
    }
  }
  for (let i = 0; i < size; i++) for (let j = 0; j < i; j++) inverse[j * size + i] = inverse[i * size + j]!;
  return inverse;
}
