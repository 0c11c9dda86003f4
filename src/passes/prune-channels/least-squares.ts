/**
 * Ridge regression by the normal equations, summed batch by batch: W and b that minimise ‖Y − XW − b‖² + λ‖W − W₀‖², X and Y
 * taken about their means. λ is a share of the mean diagonal of XᵀX, so that directions which the data say nothing of
 * keep the weights they had.
 */
export interface Regression {
  readonly inputs: number;
  readonly outputs: number;
  rowCount: number;
  readonly inputSums: Float64Array;
  readonly outputSums: Float64Array;
  /** XᵀX, lower triangle. */
  readonly products: Float64Array;
  /** XᵀY. */
  readonly targets: Float64Array;
}

export function createRegression(inputs: number, outputs: number): Regression {
  return {
    inputs,
    outputs,
    rowCount: 0,
    inputSums: new Float64Array(inputs),
    outputSums: new Float64Array(outputs),
    products: new Float64Array(inputs * inputs),
    targets: new Float64Array(inputs * outputs),
  };
}

/** Adds rows x [n, inputs] and y [n, outputs]. */
export function addRows(regression: Regression, x: Float32Array, y: Float32Array): void {
  const { inputs, outputs, inputSums, outputSums, products, targets } = regression;
  const count = x.length / inputs;
  regression.rowCount += count;
  for (let r = 0; r < count; r++) {
    const [xRow, yRow] = [r * inputs, r * outputs];
    for (let o = 0; o < outputs; o++) outputSums[o]! += y[yRow + o]!;
    for (let i = 0; i < inputs; i++) {
      const value = x[xRow + i]!;
      // Behind a ReLU, half of it is zeros.
      if (value === 0) continue;
      inputSums[i]! += value;
      const row = i * inputs;
      for (let j = 0; j <= i; j++) products[row + j]! += value * x[xRow + j]!;
      const target = i * outputs;
      for (let o = 0; o < outputs; o++) targets[target + o]! += value * y[yRow + o]!;
    }
  }
}

/** `initial`: [inputs, outputs]. Gives the weights in the same layout, and the offsets; null: the inputs never vary, and say nothing. */
export function solveRegression(regression: Regression, initial: Float32Array, ridgeShare: number): { weights: Float32Array; offsets: Float64Array } | null {
  const { inputs, outputs, rowCount, inputSums, outputSums } = regression;
  const centred = new Float64Array(regression.products);
  let trace = 0;
  for (let i = 0; i < inputs; i++) {
    for (let j = 0; j <= i; j++) centred[i * inputs + j]! -= (inputSums[i]! * inputSums[j]!) / rowCount;
    trace += centred[i * inputs + i]!;
  }
  const ridge = (ridgeShare * trace) / inputs;
  if (!(ridge > 0)) return null;
  const solution = new Float64Array(inputs * outputs);
  for (let i = 0; i < inputs; i++) {
    centred[i * inputs + i]! += ridge;
    for (let o = 0; o < outputs; o++) {
      const at = i * outputs + o;
      solution[at] = regression.targets[at]! - (inputSums[i]! * outputSums[o]!) / rowCount + ridge * initial[at]!;
    }
  }
  factorize(centred, inputs);
  substitute(centred, solution, inputs, outputs);
  const offsets = outputSums.map((sum) => sum / rowCount);
  for (let i = 0; i < inputs; i++) {
    const mean = inputSums[i]! / rowCount;
    for (let o = 0; o < outputs; o++) offsets[o]! -= mean * solution[i * outputs + o]!;
  }
  return { weights: Float32Array.from(solution), offsets };
}

/** The Cholesky factor L of a positive definite matrix, in its lower triangle. */
function factorize(a: Float64Array, size: number): void {
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = a[i * size + j]!;
      for (let k = 0; k < j; k++) sum -= a[i * size + k]! * a[j * size + k]!;
      if (i === j) a[i * size + i] = Math.sqrt(Math.max(sum, Number.MIN_VALUE));
      else a[i * size + j] = sum / a[j * size + j]!;
    }
  }
}

/** Solves L Lᵀ W = B in place of B [size, columns]. */
function substitute(lower: Float64Array, b: Float64Array, size: number, columns: number): void {
  for (let i = 0; i < size; i++) {
    for (let k = 0; k < i; k++) {
      const factor = lower[i * size + k]!;
      for (let o = 0; o < columns; o++) b[i * columns + o]! -= factor * b[k * columns + o]!;
    }
    for (let o = 0; o < columns; o++) b[i * columns + o]! /= lower[i * size + i]!;
  }
  for (let i = size - 1; i >= 0; i--) {
    for (let k = i + 1; k < size; k++) {
      const factor = lower[k * size + i]!;
      for (let o = 0; o < columns; o++) b[i * columns + o]! -= factor * b[k * columns + o]!;
    }
    for (let o = 0; o < columns; o++) b[i * columns + o]! /= lower[i * size + i]!;
  }
}
