import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/lib/random';
import { learnRounding, type RoundingProblem } from '../../../src/passes/adaround/learn-rounding';
import { outputError, roundNearest } from '../../../src/passes/adaround/row-products';

const layoutOf = (inputs: number, outputs: number) => ({ groups: 1, rowLength: inputs, outputs, outputsPerGroup: outputs });
const noPause = async (): Promise<void> => {};

/** Rows whose inputs depend on each other and are mostly positive, as after a ReLU. */
function problemOf(inputs: number, outputs: number, count: number): { problem: RoundingProblem; heldOut: { rows: Float32Array; residual: Float32Array } } {
  const random = createRandom(11);
  const hidden = Math.max(2, Math.floor(inputs / 4));
  const mixing = Float32Array.from({ length: hidden * inputs }, () => random.normal());
  const rowsOf = (rowCount: number): Float32Array => {
    const rows = new Float32Array(rowCount * inputs);
    for (let n = 0; n < rowCount; n++) {
      const z = Array.from({ length: hidden }, () => random.normal());
      for (let i = 0; i < inputs; i++) rows[n * inputs + i] = Math.max(0, z.reduce((sum, value, h) => sum + value * mixing[h * inputs + i]!, 0.1 * random.normal()));
    }
    return rows;
  };
  const weights = Float32Array.from({ length: inputs * outputs }, () => random.normal());
  const problem = { weights, scale: new Float32Array(outputs).fill(0.4), highest: 7, rows: rowsOf(count), residual: new Float32Array(count * outputs) };
  return { problem, heldOut: { rows: rowsOf(200), residual: new Float32Array(200 * outputs) } };
}

describe('learned rounding', () => {
  it.each([['all rows at once', 24, 6], ['random rows a step', 150, 4]])('leaves less error on rows that it has not seen: %s', async (_what, inputs, outputs) => {
    const { problem, heldOut } = problemOf(inputs, outputs, 600);
    const learned = await learnRounding(problem, { iterations: 600, random: createRandom(1), pause: noPause });
    const layout = layoutOf(inputs, outputs);
    const nearest = outputError(roundNearest(problem), problem, heldOut, layout);
    expect(outputError(learned, problem, heldOut, layout)).toBeLessThan(nearest * 0.6);
  });

  it('chooses between the levels below and above, and keeps zeros and what is outside the grid', async () => {
    const { problem } = problemOf(24, 6, 300);
    const weights = problem.weights.map((weight, i) => (i % 5 === 0 ? 0 : i % 7 === 1 ? 9 * Math.sign(weight) : weight));
    const learned = await learnRounding({ ...problem, weights }, { iterations: 200, random: createRandom(1), pause: noPause });
    const distance = Array.from(learned, (value, i) => {
      const level = weights[i]! / problem.scale[0]!;
      return weights[i] === 0 || Math.abs(level) > 7 ? Math.abs(value - 7 * Math.sign(level)) : Math.max(0, Math.abs(value - level) - 1);
    });
    expect(Math.max(...distance)).toBe(0);
  });

  it('finds the best rounding where all can be tried', async () => {
    const { problem } = problemOf(8, 1, 400);
    const layout = layoutOf(8, 1);
    const errorOf = (values: Int8Array): number => outputError(values, problem, problem, layout);
    let best = Number.POSITIVE_INFINITY;
    for (let choice = 0; choice < 256; choice++) {
      best = Math.min(best, errorOf(Int8Array.from(problem.weights, (weight, i) => Math.max(-7, Math.min(7, Math.floor(weight / 0.4) + ((choice >> i) & 1))))));
    }
    const learned = errorOf(await learnRounding(problem, { iterations: 1500, random: createRandom(1), pause: noPause }));
    expect(learned).toBeLessThanOrEqual(best * 1.5);
    expect(learned).toBeLessThan(errorOf(roundNearest(problem)));
  });

  it('makes up for a target that its float weights miss', async () => {
    const { problem } = problemOf(24, 2, 300);
    const residual = Float32Array.from({ length: 300 * 2 }, () => 0.8);
    const shifted = { ...problem, residual };
    const layout = layoutOf(24, 2);
    const learned = await learnRounding(shifted, { iterations: 600, random: createRandom(1), pause: noPause });
    const plain = await learnRounding(problem, { iterations: 600, random: createRandom(1), pause: noPause });
    expect(outputError(learned, problem, shifted, layout)).toBeLessThan(outputError(plain, problem, shifted, layout));
  });

  it('is the same every time and stops when the pause throws', async () => {
    const { problem } = problemOf(150, 4, 200);
    const options = { iterations: 50, pause: noPause };
    expect(await learnRounding(problem, { ...options, random: createRandom(5) })).toEqual(await learnRounding(problem, { ...options, random: createRandom(5) }));
    const stop = async (share: number): Promise<void> => {
      if (share > 0.5) throw new Error('stopped');
    };
    await expect(learnRounding(problem, { iterations: 100, random: createRandom(1), pause: stop })).rejects.toThrow('stopped');
  });
});
