/**
 * How much a file's constants may take once they are spread out: several may share one buffer, and sparse ones name sizes of which they
 * store little, so that a small file could ask for any amount of memory.
 */
import { WhittleError } from '../../lib/errors';
import { checkedSize } from '../checked-size';
import type { FlatTensor } from './flat-model';

/** Numbers that any file may hold (64 MB of floats). */
const ALWAYS_ALLOWED = 2 ** 24;
/** Beyond that, for each byte stored: two bits a number are 4; 16 leave room for sparse models and shared buffers. */
const MOST_PER_BYTE = 16;

/** Counts a constant that is about to be decoded. Throws a FormatError when all of them together are too many. */
export function sizeLimit(tensors: readonly FlatTensor[]): (tensor: FlatTensor, name: string) => void {
  let limit: number | null = null;
  let spent = 0;
  return (tensor, name) => {
    spent += checkedSize(tensor.shape ?? [], `"${name}"`);
    if (spent <= ALWAYS_ALLOWED) return;
    limit ??= ALWAYS_ALLOWED + MOST_PER_BYTE * storedNbytes(tensors);
    if (spent > limit) throw new WhittleError('FormatError', `The constants up to "${name}" hold ${spent} numbers, far more than the file stores. The file is damaged.`);
  };
}

/** Buffers that several tensors share count once. */
function storedNbytes(tensors: readonly FlatTensor[]): number {
  const sizes = new Map(tensors.flatMap(({ data }) => (data ? [[data.byteOffset, data.length] as const] : [])));
  return [...sizes.values()].reduce((sum, size) => sum + size, 0);
}
