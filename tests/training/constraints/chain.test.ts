import { describe, expect, it } from 'vitest';
import { decodeFloats, float32Tensor, type Tensor } from '../../../src/ir/tensor';
import { createRandom } from '../../../src/lib/random';
import { halfToFloat, floatToHalf } from '../../../src/lib/half';
import { Chain, maskGroups } from '../../../src/training/constraints/chain';
import { isMaskDue, isMaskSettled, sparsityAt } from '../../../src/training/constraints/mask';
import { chooseMasks } from '../../../src/training/constraints/mask-choice';
import type { AffineConstraint, Constraint, MaskConstraint, PaletteConstraint } from '../../../src/training/training';

const mask: MaskConstraint = { kind: 'mask', pattern: { kind: 'unstructured' }, initialSparsity: 0, finalSparsity: 0.75, from: 0, to: 1, everySteps: 10, group: null, ranking: 'magnitude' };
const palette: PaletteConstraint = { kind: 'palette', bits: 2, axis: null, codebook: Float32Array.of(-1, 0.25, 1), codebookStorage: 'float32', keepZeros: true };
const affine: AffineConstraint = { kind: 'affine', bits: 4, symmetric: true, axis: null, blockSize: null, range: 'last-value', scale: null, zeroPoint: null };

function weights(shape: number[], zeros = 0, seed = 5): Tensor {
  const random = createRandom(seed);
  const size = shape.reduce((a, b) => a * b, 1);
  return float32Tensor(shape, Array.from({ length: size }, () => (random.uniform() < zeros ? 0 : random.normal() * 0.3)));
}

function chainOf(tensor: Tensor, ...constraints: Constraint[]): Chain {
  const chain = new Chain('kernel', tensor, constraints);
  for (const { constraint, members } of maskGroups([chain])) chooseMasks(members, constraint.finalSparsity);
  chain.forward(true);
  return chain;
}

/** By bits: −0 is not 0. */
function bits(values: Float32Array): number[] {
  return [...new Uint32Array(values.buffer, values.byteOffset, values.length)];
}

const compositions: readonly (readonly Constraint[])[] = [
  [],
  [{ kind: 'keep-zeros' }],
  [mask],
  [palette],
  [{ ...palette, codebookStorage: 'float16' }],
  [{ ...palette, axis: 3, codebook: Float32Array.from({ length: 16 }, (_, i) => (i % 4) / 4 - 0.3) }],
  [affine],
  [{ ...affine, axis: 3, bits: 8 }],
  [{ ...affine, axis: 2, blockSize: 3, range: 'learned', scale: new Float32Array(72).fill(0.05) }],
  [{ ...affine, bits: 8, symmetric: false }],
  [{ ...affine, bits: 8, symmetric: false, range: 'fixed', scale: Float32Array.of(0.01), zeroPoint: Float64Array.of(120) }],
  [{ ...affine, bits: 16, axis: 3 }],
  [{ kind: 'keep-zeros' }, mask, palette, affine],
  [mask, { ...affine, range: 'fixed', scale: Float32Array.of(0.07) }],
];

describe('the chain from latent to effective numbers', () => {
  it.each(compositions.map((constraints) => ({ name: constraints.map(({ kind }) => kind).join(' → ') || 'nothing', constraints })))(
    '$name: what is stored decodes to the effective numbers, bit for bit',
    ({ constraints }) => {
      const chain = chainOf(weights([3, 3, 6, 4], 0.3), ...constraints);
      expect(bits(decodeFloats(chain.encode()))).toEqual(bits(chain.effective));
    },
  );

  it('a channel of zeros stands on the finest grid of the others: an integer bias has its step from there', () => {
    const tensor = float32Tensor([2, 3], [0.5, 0, 0.1, -0.2, 0, 0.05]);
    const { encoding } = chainOf(tensor, { ...affine, bits: 8, axis: 1 }).encode();
    expect(encoding).toMatchObject({ kind: 'affine', scale: Float32Array.of(0.5 / 127, 0.1 / 127, 0.1 / 127) });
  });

  it.each(compositions.filter((constraints) => constraints.some(({ kind }) => kind === 'keep-zeros' || kind === 'mask')).map((constraints) => ({ name: constraints.map(({ kind }) => kind).join(' → '), constraints })))(
    '$name: zeros stay exactly zero while everything else moves',
    ({ constraints }) => {
      const chain = chainOf(weights([3, 3, 6, 4], 0.3), ...constraints);
      const zero = bits(chain.effective).map((one) => one === 0);
      for (let step = 0; step < 20; step++) {
        const gradient = new Float32Array(chain.latent.length).fill(0.01);
        chain.backward(gradient);
        for (let i = 0; i < gradient.length; i++) chain.latent[i]! -= gradient[i]!;
        chain.forward(true);
      }
      expect(zero.filter(Boolean).length).toBeGreaterThan(50);
      expect(bits(chain.effective).filter((one, i) => zero[i] && one !== 0)).toEqual([]);
    },
  );

  it('leaves half floats half floats', () => {
    const halves: Tensor = { dtype: 'float32', shape: [3], encoding: { kind: 'dense', storage: 'float16', data: Uint16Array.of(floatToHalf(0.1), floatToHalf(-2), 0) } };
    const chain = chainOf(halves);
    chain.latent[0] = 0.3;
    chain.forward(true);
    expect(chain.encode().encoding).toMatchObject({ storage: 'float16' });
    expect(chain.effective[0]).toBe(halfToFloat(floatToHalf(0.3)));
  });

  it('refuses an order that would undo a constraint, and one twice', () => {
    expect(() => chainOf(weights([4]), affine, palette)).toThrow(/affine, then palette/);
    expect(() => chainOf(weights([4]), mask, mask)).toThrow(/mask, then mask/);
  });
});

describe('a palette', () => {
  it('keeps zeros with an entry of its own, and lets no other number use it', () => {
    const chain = chainOf(float32Tensor([6], [0, 0.01, -0.9, 0, 0.3, 2]), { kind: 'keep-zeros' }, palette);
    expect([...chain.effective]).toEqual([0, 0.25, -1, 0, 0.25, 1]);
    expect(chain.encode().encoding).toMatchObject({ kind: 'palette', bits: 2, codebook: Float32Array.of(-1, 0.25, 1, 0) });
  });

  it('sums the gradient over the members of an entry, gives it to the members as well, and holds the zero still', () => {
    const chain = chainOf(float32Tensor([5], [0, 0.2, -0.9, 0.3, 2]), { kind: 'keep-zeros' }, palette);
    const gradient = Float32Array.of(8, 1, 2, 3, 4);
    chain.backward(gradient);
    expect([...chain.stages[1]!.learned!.gradient]).toEqual([2, 4, 4, 0]);
    expect([...gradient]).toEqual([0, 1, 2, 3, 4]);
  });

  it('does without a zero entry where nothing is zero', () => {
    const chain = chainOf(float32Tensor([3], [0.01, -0.9, 2]), palette);
    expect([...chain.effective]).toEqual([0.25, -1, 1]);
  });

  it('says when a codebook does not fit', () => {
    expect(() => chainOf(weights([4]), { ...palette, codebook: new Float32Array(5) })).toThrow(/codebook of 5 numbers for 1 groups does not fit 2 bits/);
  });
});

describe('fake quantization', () => {
  it('rounds halves to even on levels about zero, and follows the largest number', () => {
    const chain = chainOf(float32Tensor([6], [7, -7, 0.5, 1.5, -2.5, 3.2]), affine);
    expect([...chain.effective]).toEqual([7, -7, 0, 2, -2, 3]);
    chain.latent[0] = 14;
    chain.forward(true);
    expect([...chain.effective]).toEqual([14, -8, 0, 2, -2, 4]);
  });

  it('passes gradients straight through, but not where it clamps', () => {
    const chain = chainOf(float32Tensor([3], [1, 0.04, -3]), { ...affine, range: 'fixed', scale: Float32Array.of(0.1) });
    const gradient = Float32Array.of(1, 2, 3);
    chain.backward(gradient);
    expect([...gradient]).toEqual([0, 2, 0]);
    expect([...chain.effective]).toEqual([Math.fround(7 * Math.fround(0.1)), 0, Math.fround(-7 * Math.fround(0.1))]);
  });

  it('gives scales the gradient of LSQ', () => {
    // Esser et al. 2020, equation 3, by log s: times s.
    const s = Math.fround(0.1);
    const chain = chainOf(float32Tensor([3], [1, 0.04, 0.26]), { ...affine, range: 'learned', scale: Float32Array.of(s) });
    chain.backward(Float32Array.of(1, 2, 3));
    const [b, c] = [Math.fround(0.04) / s, Math.fround(0.26) / s];
    expect(chain.stages[0]!.learned!.gradient[0]).toBeCloseTo(s * (7 + 2 * (0 - b) + 3 * (3 - c)), 6);
  });

  it('holds zero exactly on grids with a zero point', () => {
    const chain = chainOf(float32Tensor([4], [0, -0.3, 1, 0.5]), { ...affine, bits: 8, symmetric: false });
    expect(chain.effective[0]).toBe(0);
    expect(chain.encode().encoding).toMatchObject({ signed: false, zeroPoint: Float64Array.of(59) });
  });

  it('says when scales are missing', () => {
    expect(() => chainOf(weights([4]), { ...affine, range: 'learned' })).toThrow(/needs 1 scales above zero; there are none/);
    expect(() => chainOf(weights([4]), { ...affine, range: 'fixed', scale: Float32Array.of(0) })).toThrow(/not above zero/);
  });
});

describe('a mask', () => {
  const zeros = (chain: Chain): number => chain.effective.filter((value) => value === 0).length;

  it('removes exactly the share asked for, the smallest first, the earlier of equals', () => {
    const chain = chainOf(float32Tensor([8], [0.5, -0.1, 0.1, 2, -0.1, 1, 0.7, 0.1]), { ...mask, finalSparsity: 0.375 });
    expect([...chain.effective].map((value) => value !== 0)).toEqual([true, false, false, true, false, true, true, true]);
  });

  it('leaves at least one weight', () => {
    expect(zeros(chainOf(weights([5]), { ...mask, finalSparsity: 0.99 }))).toBe(4);
  });

  it('keeps the n largest of every m neighbours', () => {
    const chain = chainOf(weights([8, 6]), { ...mask, pattern: { kind: 'n-m', n: 2, m: 4, axis: 0 } });
    for (let column = 0; column < 6; column++) {
      for (const start of [0, 4]) {
        const group = [0, 1, 2, 3].map((i) => (start + i) * 6 + column);
        const kept = group.filter((i) => chain.effective[i] !== 0);
        expect(kept).toHaveLength(2);
        const largest = [...group].sort((a, b) => Math.abs(chain.latent[b]!) - Math.abs(chain.latent[a]!)).slice(0, 2);
        expect(kept).toEqual(largest.sort((a, b) => a - b));
      }
    }
  });

  it('removes whole tiles', () => {
    const chain = chainOf(weights([8, 6]), { ...mask, finalSparsity: 0.5, pattern: { kind: 'block', rows: 4, columns: 2, inputAxis: 0, outputAxis: 1 } });
    const tiles = [0, 1].flatMap((row) => [0, 1, 2].map((column) => Array.from({ length: 8 }, (_, i) => chain.effective[(row * 4 + (i >> 1)) * 6 + column * 2 + (i & 1)]!)));
    expect(tiles.filter((tile) => tile.every((value) => value === 0))).toHaveLength(3);
    expect(tiles.filter((tile) => tile.every((value) => value !== 0))).toHaveLength(3);
  });

  it('ranks a group together: small tensors of small weights lose more', () => {
    const grouped = { ...mask, finalSparsity: 0.5, group: 'all' };
    const [large, small] = [new Chain('a', float32Tensor([4], [5, 6, 7, 8]), [grouped]), new Chain('b', float32Tensor([4], [1, 2, 3, 4]), [grouped])];
    const groups = maskGroups([large, small]);
    expect(groups).toHaveLength(1);
    chooseMasks(groups[0]!.members, 0.5);
    for (const chain of [large, small]) chain.forward(true);
    expect([zeros(large), zeros(small)]).toEqual([0, 3]);
    // LAMP compares a weight with those of its own tensor only.
    const lamp = [new Chain('a', float32Tensor([4], [5, 6, 7, 8]), [{ ...grouped, ranking: 'lamp' }]), new Chain('b', float32Tensor([4], [1, 2, 3, 4]), [{ ...grouped, ranking: 'lamp' }])] as const;
    chooseMasks(maskGroups(lamp)[0]!.members, 0.5);
    for (const chain of lamp) chain.forward(true);
    expect([zeros(lamp[0]), zeros(lamp[1])]).toEqual([2, 2]);
  });

  it('grows along the cubic schedule and then stands still', () => {
    const grown = { ...mask, initialSparsity: 0.2, finalSparsity: 0.8, from: 0.1, to: 0.6 };
    expect([0, 100, 350, 600, 999].map((step) => sparsityAt(grown, step, 1000))).toEqual([0.2, 0.2, 0.8 - 0.6 * 0.5 ** 3, 0.8, 0.8]);
    expect([0, 50, 100, 110, 115, 590, 600, 610].map((step) => isMaskDue(grown, step, 1000))).toEqual([true, false, false, true, false, true, true, false]);
    expect([0, 599, 600].map((step) => isMaskSettled(grown, step, 1000))).toEqual([false, false, true]);
  });
});
