/** A part of a data set, as a data set of its own: what is measured on when a share was set aside for training. */
import { checkRange } from './array-dataset';
import type { Dataset } from './dataset';
import { randomAccess, type ReadAt } from './random-access';

/** `indices` sorted, so that neighbours are read together. */
export function subsetOf(dataset: Dataset, indices: Uint32Array): Dataset {
  const readers = new Map<string, ReadAt>();
  const readerOf = (size: readonly [number, number] | null): ReadAt => {
    const known = readers.get(String(size));
    if (known) return known;
    const fresh = randomAccess(dataset, size);
    readers.set(String(size), fresh);
    return fresh;
  };
  return {
    ...dataset,
    count: indices.length,
    labels: dataset.labels && Int32Array.from(indices, (index) => dataset.labels![index]!),
    training: null,
    async read(start, end, size) {
      checkRange(dataset.name, start, end, indices.length);
      return readerOf(size)(indices.subarray(start, end));
    },
  };
}
