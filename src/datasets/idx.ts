/**
 * IDX, the format of MNIST (Y. LeCun's description): two zero bytes, a type, a rank, big-endian sizes, the numbers. The
 * files usually lie gzipped.
 */
import { readBytes, type SourceFile } from '../lib/source-file';
import { dataError } from './data-error';
import { storedArray, type NumberType, type StoredArray } from './stored-array';

const TYPES: Readonly<Record<number, NumberType>> = { 0x08: 'u1', 0x09: 'i1', 0x0b: 'i2', 0x0c: 'i4', 0x0d: 'f4', 0x0e: 'f8' };
/** Images of 3-D volumes with channels have five axes. */
const LARGEST_RANK = 6;

export function isIdx(head: Uint8Array): boolean {
  return head[0] === 0 && head[1] === 0 && TYPES[head[2] ?? 0] !== undefined && head[3]! >= 1 && head[3]! <= LARGEST_RANK;
}

/** Reads the header; numbers are read on demand. */
export async function openIdx(file: SourceFile): Promise<StoredArray> {
  const head = await readBytes(file, 0, 4 + 4 * LARGEST_RANK);
  if (!isIdx(head)) throw dataError(file.name, 'it is no IDX file. Get it again.');
  const rank = head[3]!;
  if (head.length < 4 + 4 * rank) throw dataError(file.name, 'its IDX header is cut off. Get the file again.');
  const view = new DataView(head.buffer);
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
  return storedArray({ file, offset: 4 + 4 * rank, shape, type: TYPES[head[2]!]!, isLittleEndian: false, isFortranOrder: false });
}
