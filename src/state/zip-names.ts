/** Names of the entries of a zip, from its directory at the end of the file, without unpacking anything. */
import { readBytes, type SourceFile } from '../lib/source-file';

const END_SIGNATURE = 0x06054b50;
const ENTRY_SIGNATURE = 0x02014b50;
/** The end record is 22 bytes and a comment of at most 65,535. */
const LONGEST_TAIL = 22 + 65_535;
/** Enough names to tell what a zip holds; a folder of a million images says no more. */
const LARGEST_NAME_COUNT = 2000;
const LARGEST_DIRECTORY_NBYTES = 4_000_000;

/** At most the first 2,000 names; empty when the file is no zip or its directory is broken. */
export async function zipNames(file: SourceFile): Promise<readonly string[]> {
  const tailStart = Math.max(0, file.blob.size - LONGEST_TAIL);
  const tail = viewOf(await readBytes(file, tailStart));
  const end = findEnd(tail);
  if (end === null) return [];
  const nbytes = Math.min(tail.getUint32(end + 12, true), LARGEST_DIRECTORY_NBYTES);
  const start = tail.getUint32(end + 16, true);
  return readNames(viewOf(await readBytes(file, start, start + nbytes)));
}

function findEnd(tail: DataView): number | null {
  for (let at = tail.byteLength - 22; at >= 0; at--) if (tail.getUint32(at, true) === END_SIGNATURE) return at;
  return null;
}

function readNames(directory: DataView): string[] {
  const names: string[] = [];
  const decoder = new TextDecoder();
  let at = 0;
  while (at + 46 <= directory.byteLength && names.length < LARGEST_NAME_COUNT) {
    if (directory.getUint32(at, true) !== ENTRY_SIGNATURE) break;
    const nameNbytes = directory.getUint16(at + 28, true);
    const skipNbytes = directory.getUint16(at + 30, true) + directory.getUint16(at + 32, true);
    if (at + 46 + nameNbytes > directory.byteLength) break;
    names.push(decoder.decode(new Uint8Array(directory.buffer, directory.byteOffset + at + 46, nameNbytes)));
    at += 46 + nameNbytes + skipNbytes;
  }
  return names;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
