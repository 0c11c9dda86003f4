/** Of many candidates those that no other beats in bytes, loss and multiplications at once, by falling bytes. */
import type { Candidate, Measured } from './types';

export function frontOf<T extends Candidate>(candidates: readonly T[]): T[] {
  const isBeaten = (one: T, place: number): boolean =>
    candidates.some((other, i) => i !== place && isNoWorse(other.measured, one.measured) && (!isNoWorse(one.measured, other.measured) || i < place));
  return candidates.filter((one, place) => !isBeaten(one, place)).sort((a, b) => b.measured.bytes - a.measured.bytes);
}

function isNoWorse(a: Measured, b: Measured): boolean {
  return a.bytes <= b.bytes && a.accuracyDrop <= b.accuracyDrop && a.macs <= b.macs;
}
