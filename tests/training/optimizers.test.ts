import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { newMoments, optimize, optimizeScales } from '../../src/training/optimizers';

interface Case {
  readonly name: string;
  readonly start: readonly number[];
  readonly gradients: readonly (readonly number[])[];
  readonly rates: readonly number[];
  readonly decay: number;
  readonly after: readonly (readonly number[])[];
}
const { optimizers } = JSON.parse(readFileSync(new URL('../fixtures/training/keras.json', import.meta.url), 'utf8')) as { optimizers: Case[] };

describe('optimizers', () => {
  it.each(optimizers)('$name moves numbers as Keras does', ({ name, start, gradients, rates, decay, after }) => {
    const kind = name.startsWith('adam') ? 'adam' : 'sgd';
    const numbers = Float32Array.from(start);
    const moments = newMoments(kind, numbers.length);
    gradients.forEach((gradient, step) => {
      optimize(kind, numbers, Float32Array.from(gradient), moments, rates[step]!, step + 1, decay);
      numbers.forEach((value, i) => expect(Math.abs(value - after[step]![i]!)).toBeLessThan(1e-6));
    });
  });

  it('moves scales by factors: equal gradients by the logarithm move unequal scales alike', () => {
    const scales = Float32Array.of(1, 1e-4);
    optimizeScales(scales, Float32Array.of(2, 2), newMoments('adam', 2), 0.01, 1);
    expect(scales[0]).toBeCloseTo(Math.exp(-0.01), 6);
    expect(scales[1]! / 1e-4).toBeCloseTo(Math.exp(-0.01), 5);
  });
});
