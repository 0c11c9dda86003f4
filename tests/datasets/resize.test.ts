import { describe, it, expect } from 'vitest';
import { resizeBilinear } from '../../src/datasets/resize';
import { jsonOf } from './fixtures';

interface Case {
  shape: [number, number, number];
  size: [number, number];
  pixels: number[];
  resized: number[];
}

/** The fixture has four decimals; float32 arithmetic in another order moves the sixth digit. */
const TOLERANCE = 2e-4;

describe('resizing gives what tf.image.resize gives', () => {
  it.each(jsonOf<Case[]>('arrays/resize.json'))('$shape to $size', ({ shape, size, pixels, resized }) => {
    const found = resizeBilinear(pixels, shape, size);
    expect(found.length).toBe(resized.length);
    expect(Math.max(...resized.map((value, i) => Math.abs(value - found[i]!)))).toBeLessThan(TOLERANCE);
  });
});
