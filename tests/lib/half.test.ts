import { describe, expect, it } from 'vitest';
import { floatToHalf, floatsToHalves, halfToFloat, halvesToFloats } from '../../src/lib/half';

/** From IEEE 754-2008 binary16 (NumPy's float16 gives the same bits). */
const known: readonly (readonly [number, number])[] = [
  [0, 0x0000],
  [1, 0x3c00],
  [-2, 0xc000],
  [65504, 0x7bff],
  [65519.99, 0x7bff],
  [65520, 0x7c00],
  [2 ** -14, 0x0400],
  [2 ** -24, 0x0001],
  [2 ** -25, 0x0000],
  [2 ** -25 * 1.0001, 0x0001],
  [1 / 3, 0x3555],
  [1 + 2 ** -11, 0x3c00],
  [1 + 3 * 2 ** -11, 0x3c02],
  [Number.POSITIVE_INFINITY, 0x7c00],
];

describe('half floats', () => {
  it.each(known)('%d has the bits %d', (value, bits) => {
    expect(floatToHalf(value)).toBe(bits);
  });

  it('keeps the sign of zero', () => {
    expect(floatToHalf(-0)).toBe(0x8000);
    expect(Object.is(halfToFloat(0x8000), -0)).toBe(true);
  });

  it('gives back every finite half exactly', () => {
    for (let half = 0; half < 0x7c00; half++) expect(floatToHalf(halfToFloat(half))).toBe(half);
  });

  it('keeps NaN a NaN', () => {
    expect(halfToFloat(floatToHalf(Number.NaN))).toBeNaN();
  });

  it('rounds arrays to within half a unit in the last place', () => {
    const values = Float32Array.from({ length: 1000 }, (_, i) => Math.sin(i) * 2 ** ((i % 20) - 10));
    const rounded = halvesToFloats(floatsToHalves(values));
    for (let i = 0; i < values.length; i++) expect(Math.abs(rounded[i]! - values[i]!)).toBeLessThanOrEqual(Math.abs(values[i]!) * 2 ** -11);
  });
});
