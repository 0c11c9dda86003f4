// Factors by which sums are rescaled: two ways of rounding, written down from their sources, give the same integers.
import { describe, expect, it } from 'vitest';
import { agreeingRescale } from '../../../src/passes/quantize-integer/agreeing-rescale';

/** `xnn_qs8_requantize_fp32`: one product of float32, halves to even. */
function xnnpack(sum: number, factor: number): number {
  const product = Math.fround(sum * Math.fround(factor));
  const floor = Math.floor(product);
  const rest = product - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 !== 0) ? floor + 1 : floor;
}

/** `QuantizeMultiplier` and `MultiplyByQuantizedMultiplier` of TensorFlow Lite: gemmlowp's two roundings. */
function reference(sum: number, factor: number): number {
  const exponent = Math.floor(Math.log2(factor)) + 1;
  const multiplier = BigInt(Math.round((factor / 2 ** exponent) * 2 ** 31));
  const product = BigInt(sum) * multiplier;
  const nudge = product >= 0n ? 1n << 30n : 1n - (1n << 30n);
  const high = Number((product + nudge) / (1n << 31n)); // of BigInts: towards zero, as in C++
  const places = 2 ** -exponent;
  return Math.sign(high) * Math.floor(Math.abs(high) / places + 0.5);
}

/** Share of all sums that give 8 bits which the two round to other integers. */
function differing(factor: number): number {
  const largest = Math.floor(127 / factor);
  let count = 0;
  for (let sum = -largest; sum <= largest; sum++) if (xnnpack(sum, factor) !== reference(sum, factor)) count++;
  return count / (2 * largest + 1);
}

describe.each([1 / 20.3, 1 / 37.7, 1 / 85.21, 0.01, 1 / 300.9, 1 / 801.4])('a factor of %d', (factor) => {
  it.each(['nearest', 'not-smaller'] as const)('%s has one that both round alike', (choice) => {
    const agreeing = agreeingRescale(factor, choice);
    expect(differing(factor)).toBeGreaterThan(factor / 8);
    expect(differing(agreeing)).toBe(0);
    expect(agreeing).not.toBe(factor);
    expect(Math.abs(agreeing / factor - 1)).toBeLessThan(1 / 7);
    expect(agreeing).toBeGreaterThanOrEqual(choice === 'not-smaller' ? factor : 0);
  });
});

it('passes powers of two by', () => {
  for (const choice of ['nearest', 'not-smaller'] as const) expect(Math.round(1 / agreeingRescale(1 / 64.2, choice)) % 64).not.toBe(0);
});

it('leaves few that differ just below a power of two', () => {
  const factor = 1 / 1000.4;
  expect(differing(agreeingRescale(factor, 'nearest'))).toBeLessThan(differing(factor) / 2);
});

it('leaves factors alone that would move far, or differ rarely', () => {
  for (const factor of [0.5, 0.2, 1 / 5000, 0, Infinity]) expect(agreeingRescale(factor, 'nearest')).toBe(factor);
  expect(agreeingRescale(1 / 9.3, 'not-smaller')).toBe(1 / 9.3);
});
