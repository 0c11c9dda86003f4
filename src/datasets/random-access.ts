/**
 * Reads examples in any order, as training does: 128 of 60,000 at a time, again and again. Neighbours are read together once and
 * kept as small as they lie in the file (bytes stay bytes); what does not fit is read again each time.
 */
import { WhittleError } from '../lib/errors';
import type { Batch } from '../runtime/backend';
import type { Dataset } from './dataset';

/** Examples of these indices, stacked in this order, raw as `Dataset.read` gives them. */
export type ReadAt = (indices: Uint32Array) => Promise<Batch>;

/** Of one data set: 60,000 small pictures are 47 MB; a phone has memory for this much. */
const HELD_NBYTES = 512e6;
/** Read together: large enough that reading is quick, small enough that the first batch comes soon. */
const BLOCK_NBYTES = 1e6;
/** Pictures are decoded, which takes milliseconds each. */
const BLOCK_PICTURES = 16;

interface Rows {
  readonly shape: readonly number[];
  readonly dtype: Batch['dtype'];
  readonly data: Batch['data'];
}

export function randomAccess(dataset: Dataset, size: readonly [number, number] | null, heldNbytes = HELD_NBYTES): ReadAt {
  const { count, exampleShape, kind, storage } = dataset;
  const isAsStored = size === null || (size[0] === exampleShape[0] && size[1] === exampleShape[1]);
  const isBytes = storage === 'uint8' && isAsStored;
  const stored = exampleShape.reduce((product, length) => product * length, isBytes ? 1 : 4);
  const blockRows = kind === 'images' ? BLOCK_PICTURES : Math.max(1, Math.floor(BLOCK_NBYTES / Math.max(1, stored)));
  const blocks = new Map<number, Promise<Rows>>();
  let held = 0;

  const read = async (start: number, end: number): Promise<Rows> => {
    const { shape, dtype, data } = await dataset.read(start, end, size);
    return { shape: shape.slice(1), dtype, data: isBytes ? Uint8Array.from(data) : data };
  };
  /** The rows that hold an example, and where they begin. */
  const rowsOf = async (index: number): Promise<{ readonly rows: Rows; readonly start: number }> => {
    const start = Math.floor(index / blockRows) * blockRows;
    const known = blocks.get(start);
    if (known) return { rows: await known, start };
    if (held >= heldNbytes) return { rows: await read(index, index + 1), start: index };
    const fresh = read(start, Math.min(start + blockRows, count));
    blocks.set(start, fresh);
    // What failed once may work when it is asked for again.
    fresh.then(
      ({ data }) => (held += data.byteLength),
      () => blocks.delete(start),
    );
    return { rows: await fresh, start };
  };

  return async (indices) => {
    const first = await rowsOf(indices[0] ?? 0);
    const { shape, dtype } = first.rows;
    const rowSize = shape.reduce((product, length) => product * length, 1);
    const data = dtype === 'int32' ? new Int32Array(indices.length * rowSize) : new Float32Array(indices.length * rowSize);
    for (let i = 0; i < indices.length; i++) {
      const { rows, start } = i === 0 ? first : await rowsOf(indices[i]!);
      if (rows.shape.join() !== shape.join()) {
        throw new WhittleError('DataError', `Examples differ in size ([${shape.join(', ')}] and [${rows.shape.join(', ')}]). Set a size in the preprocessing.`);
      }
      const at = (indices[i]! - start) * rowSize;
      data.set(rows.data.subarray(at, at + rowSize), i * rowSize);
    }
    return { shape: [indices.length, ...shape], dtype, data } as Batch;
  };
}
