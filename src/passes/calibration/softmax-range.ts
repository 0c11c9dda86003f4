/**
 * The range of what a softmax reads. Squared error says little here: a logit far below the largest counts for nothing, and two large ones
 * that share a step make a tie. So every cut of a coarse grid is tried on examples, numbers really rounded, and the one kept whose
 * probabilities differ least (squared) from those of the exact logits.
 */
import type { RealRange } from './estimates';

/** Cuts tried at each end: more change no decision of the fashion models. */
const CUTS = 32;

/** Examples' logits, one after the other. */
export interface LogitRows {
  readonly classes: number;
  readonly data: Float32Array;
}

export function softmaxRange({ classes, data }: LogitRows, whole: RealRange, levelCount: number): RealRange {
  const exact = new Float64Array(data.length);
  for (let start = 0; start < data.length; start += classes) softmaxInto(exact, data, start, classes);
  let best = whole;
  let least = Infinity;
  const levels = new Int32Array(classes);
  const powers = new Float64Array(levelCount + 1);
  for (let high = CUTS; high > 0; high--) {
    for (let low = CUTS; low >= 0; low--) {
      const range = { minimum: (whole.minimum * low) / CUTS, maximum: (whole.maximum * high) / CUTS };
      const error = errorOf(range);
      if (error < least) [least, best] = [error, range];
      if (whole.minimum === 0) break;
    }
  }
  return best;

  /** Of all rows, or of so many that it is no longer the least. */
  function errorOf({ minimum, maximum }: RealRange): number {
    const step = (maximum - minimum) / (levelCount - 1);
    if (!(step > 0)) return Infinity;
    const inverse = 1 / step;
    // Rounded logits differ by whole steps: their exponentials stand in a table.
    for (let steps = 0; steps <= levelCount; steps++) powers[steps] = Math.exp(-steps * step);
    let error = 0;
    for (let start = 0; start < data.length && error < least; start += classes) {
      let largest = -Infinity;
      for (let i = 0; i < classes; i++) {
        const logit = data[start + i]!;
        const level = Math.floor((logit < minimum ? minimum : logit > maximum ? maximum : logit) * inverse + 0.5);
        levels[i] = level;
        if (level > largest) largest = level;
      }
      let sum = 0;
      for (let i = 0; i < classes; i++) sum += powers[largest - levels[i]!]!;
      for (let i = 0; i < classes; i++) error += (powers[largest - levels[i]!]! / sum - exact[start + i]!) ** 2;
    }
    return error;
  }
}

/** Into the same places of `target`. */
function softmaxInto(target: Float64Array, logits: Float32Array, start: number, classes: number): void {
  let largest = -Infinity;
  for (let i = start; i < start + classes; i++) largest = Math.max(largest, logits[i]!);
  let sum = 0;
  for (let i = start; i < start + classes; i++) sum += target[i] = Math.exp(logits[i]! - largest);
  for (let i = start; i < start + classes; i++) target[i]! /= sum;
}
