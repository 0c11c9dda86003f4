/** a [n, k] · b [k, m], row by row, summed in float64. Zeros of `a` cost nothing. */
export function multiply(a: Float32Array | Float64Array, b: Float32Array | Float64Array, n: number, k: number, m: number): Float64Array {
  const product = new Float64Array(n * m);
  for (let i = 0; i < n; i++) {
    const row = product.subarray(i * m, (i + 1) * m);
    for (let l = 0; l < k; l++) {
      const factor = a[i * k + l]!;
      if (factor === 0) continue;
      const from = l * m;
      for (let j = 0; j < m; j++) row[j]! += factor * b[from + j]!;
    }
  }
  return product;
}
