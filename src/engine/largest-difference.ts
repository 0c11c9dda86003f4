/** How far two runs of one model are apart, when both must give the same outputs. */
import { WhittleError } from '../lib/errors';
import type { Batch } from '../runtime/backend';

/** Throws an ExportError when `actual` has other outputs, or numbers that are none; `who` gave them. */
export function largestDifference(expected: readonly Batch[], actual: readonly Batch[], who: string): number {
  if (expected.length !== actual.length) {
    throw new WhittleError('ExportError', `${who} gives ${actual.length} outputs instead of ${expected.length}; the export is not offered.`);
  }
  let largest = 0;
  for (const [i, { data }] of expected.entries()) {
    const other = actual[i]!.data;
    if (other.length !== data.length) {
      throw new WhittleError('ExportError', `${who} gives ${other.length} numbers instead of ${data.length}; the export is not offered.`);
    }
    for (let j = 0; j < data.length; j++) {
      const difference = Math.abs(data[j]! - other[j]!);
      // Written so that a NaN is caught too.
      if (!(difference <= largest)) largest = difference;
    }
  }
  if (Number.isNaN(largest)) throw new WhittleError('ExportError', `${who} gives values that are no numbers; the export is not offered.`);
  return largest;
}
