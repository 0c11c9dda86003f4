import { scaleCount, scaleIndexer, type Shape } from '../../ir/tensor';

/** For each element its scale or codebook, as a table that loops read quickly; null: all have the same one. */
export interface GroupIndex {
  readonly count: number;
  readonly of: Uint32Array | null;
}

export function groupIndex(shape: Shape, size: number, axis: number | null, blockSize: number | null): GroupIndex {
  const count = scaleCount(shape, axis, blockSize);
  if (count === 1) return { count, of: null };
  const indexOf = scaleIndexer(shape, axis, blockSize);
  return { count, of: Uint32Array.from({ length: size }, (_, i) => indexOf(i)) };
}
