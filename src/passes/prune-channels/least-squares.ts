/**
 * Ridge regression by the normal equations, summed batch by batch: W and b that minimise ‖Y − XW − b‖² + λ‖W − W₀‖², X and Y
 * taken about their means. λ is a share of the mean diagonal of XᵀX, so that directions which the data say nothing of
 * keep the weights they had.
 */
import { factorize, substituteBackward, substituteForward } from '../positive-definite';

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

/** XᵀX about the mean plus the ridge, lower triangle; null: the inputs never vary. */
export function ridgedProducts({ inputs, rowCount, inputSums, products }: Regression, ridgeShare: number): { products: Float64Array; ridge: number } | null {
  const centred = new Float64Array(products);
  let trace = 0;
  for (let i = 0; i < inputs; i++) {
    for (let j = 0; j <= i; j++) centred[i * inputs + j]! -= (inputSums[i]! * inputSums[j]!) / rowCount;
    trace += centred[i * inputs + i]!;
  }
  const ridge = (ridgeShare * trace) / inputs;
  if (!(ridge > 0)) return null;
  for (let i = 0; i < inputs; i++) centred[i * inputs + i]! += ridge;
  return { products: centred, ridge };
}

/** `initial`: [inputs, outputs]. Gives the weights in the same layout, and the offsets; null: the inputs never vary, and say nothing. */
export function solveRegression(regression: Regression, initial: Float32Array, ridgeShare: number): { weights: Float32Array; offsets: Float64Array } | null {
  const { inputs, outputs, rowCount, inputSums, outputSums } = regression;
  const normal = ridgedProducts(regression, ridgeShare);
  if (!normal) return null;
  const { products: centred, ridge } = normal;
  const solution = new Float64Array(inputs * outputs);
  for (let i = 0; i < inputs; i++) {
    for (let o = 0; o < outputs; o++) {
      const at = i * outputs + o;
      solution[at] = regression.targets[at]! - (inputSums[i]! * outputSums[o]!) / rowCount + ridge * initial[at]!;
    }
  }
  factorize(centred, inputs);
  substituteForward(centred, solution, inputs, outputs);
  substituteBackward(centred, solution, inputs, outputs);
  const offsets = outputSums.map((sum) => sum / rowCount);
  for (let i = 0; i < inputs; i++) {
    const mean = inputSums[i]! / rowCount;
    for (let o = 0; o < outputs; o++) offsets[o]! -= mean * solution[i * outputs + o]!;
  }
  return { weights: Float32Array.from(solution), offsets };
}
