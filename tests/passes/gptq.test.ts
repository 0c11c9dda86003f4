import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../src/lib/random';
import { accumulateHessian, createHessian, gptqRound, MOST_GPTQ_INPUTS } from '../../src/passes/gptq';

const record = JSON.parse(readFileSync(new URL('../fixtures/gptq/gptq.json', import.meta.url), 'utf8')) as {
  inputs: number; outputs: number; highest: number; damping: number;
  x: number[]; heldOut: number[]; kernel: number[]; scale: number[]; activationOrder: number[]; naturalOrder: number[];
};
const kernel = Float32Array.from(record.kernel);
const grid = { scale: Float32Array.from(record.scale), highest: record.highest };

function hessianOf(rows: readonly number[], size: number) {
  const hessian = createHessian(size);
  // In two parts, of which the first is no whole block.
  const split = Math.floor(rows.length / size / 3) * size;
  accumulateHessian(hessian, Float32Array.from(rows.slice(0, split)));
  accumulateHessian(hessian, Float32Array.from(rows.slice(split)));
  return hessian;
}

/** ‖X(W − Ŵ)‖². */
function outputError(rows: ArrayLike<number>, weights: Float32Array, values: Int8Array, scale: Float32Array): number {
  const outputs = scale.length;
  const inputs = weights.length / outputs;
  let error = 0;
  for (let row = 0; row < rows.length / inputs; row++) {
    for (let o = 0; o < outputs; o++) {
      let sum = 0;
      for (let i = 0; i < inputs; i++) sum += rows[row * inputs + i]! * (weights[i * outputs + o]! - values[i * outputs + o]! * scale[o]!);
      error += sum * sum;
    }
  }
  return error;
}

const nearest = (weights: Float32Array, { scale, highest }: typeof grid): Int8Array =>
  Int8Array.from(weights, (weight, i) => Math.max(-highest, Math.min(highest, Math.round(weight / scale[i % scale.length]!))));

describe('GPTQ', () => {
  it.each([['activation', record.activationOrder], ['natural', record.naturalOrder]] as const)('gives the integers of its authors’ algorithm in %s order', (order, expected) => {
    const { values, reason } = gptqRound(kernel, hessianOf(record.x, record.inputs), grid, { damping: record.damping, order });
    expect(reason).toBeNull();
    expect(Array.from(values)).toEqual(expected);
  });

  it('lowers the error of the layer’s output on rows that it has not seen', () => {
    const { values } = gptqRound(kernel, hessianOf(record.x, record.inputs), grid);
    const before = outputError(record.heldOut, kernel, nearest(kernel, grid), grid.scale);
    expect(outputError(record.heldOut, kernel, values, grid.scale)).toBeLessThan(before * 0.7);
  });

  it('does the same in matrices of several blocks', () => {
    const random = createRandom(3);
    const [inputs, outputs, rows] = [150, 5, 400];
    const hidden = Float32Array.from({ length: rows * 30 }, () => random.normal());
    const mixing = Float32Array.from({ length: 30 * inputs }, () => random.normal());
    const x = Float32Array.from({ length: rows * inputs }, (_, k) => {
      let sum = 0.3 * random.normal();
      for (let h = 0; h < 30; h++) sum += hidden[Math.floor(k / inputs) * 30 + h]! * mixing[h * inputs + (k % inputs)]!;
      return Math.max(0, sum);
    });
    const weights = Float32Array.from({ length: inputs * outputs }, () => random.normal());
    const own = { scale: new Float32Array(outputs).fill(0.5), highest: 7 };
    const hessian = createHessian(inputs);
    accumulateHessian(hessian, x.subarray(0, 300 * inputs));
    const heldOut = x.subarray(300 * inputs);
    const { values } = gptqRound(weights, hessian, own);
    expect(outputError(heldOut, weights, values, own.scale)).toBeLessThan(outputError(heldOut, weights, nearest(weights, own), own.scale) * 0.5);
  });

  it('keeps zeros, and stays on the grid', () => {
    const pruned = kernel.map((weight, i) => (i % 3 === 0 ? 0 : 3 * weight));
    const { values } = gptqRound(pruned, hessianOf(record.x, record.inputs), grid);
    expect(values.filter((_, i) => i % 3 === 0).every((value) => value === 0)).toBe(true);
    expect(Math.max(...values.map(Math.abs))).toBe(record.highest);
  });

  it('stands inputs that are always zero', () => {
    const x = record.x.map((value, i) => (i % record.inputs === 4 ? 0 : value));
    const { values, reason } = gptqRound(kernel, hessianOf(x, record.inputs), grid);
    expect(reason).toBeNull();
    expect(Array.from(values.subarray(4 * record.outputs, 5 * record.outputs))).toEqual(Array.from(nearest(kernel, grid).subarray(4 * record.outputs, 5 * record.outputs)));
  });

  it('rounds to the nearest with too few rows, and says so', () => {
    const { values, reason } = gptqRound(kernel, hessianOf(record.x.slice(0, 23 * record.inputs), record.inputs), grid);
    expect(reason).toContain('24, and was given 23');
    expect(Array.from(values)).toEqual(Array.from(nearest(kernel, grid)));
  });

  it('refuses matrices that are too large', () => {
    const size = MOST_GPTQ_INPUTS + 1;
    const hessian = { size, products: new Float64Array(0), rowCount: size };
    expect(gptqRound(new Float32Array(size), hessian, { scale: Float32Array.of(1), highest: 7 }).reason).toContain(`at most ${MOST_GPTQ_INPUTS}`);
  });
});
