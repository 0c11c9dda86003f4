/**
 * Random access to the members of a zip archive. The directory is read first and believed only as far as it fits the
 * archive: a member that claims to expand too far is refused before a byte is inflated. Stored members are slices of
 * the archive, not copies.
 */
import { Inflate } from 'fflate';
import { WhittleError } from './errors';
import { baseName, readBytes, type SourceFile } from './source-file';

/** Keras refuses what expands more than this; honest archives stay far below. */
const LARGEST_EXPANSION = 100;
/** Below this no bomb is worth refusing: a short text of one letter compresses 1000 to 1. */
const ALWAYS_ALLOWED_NBYTES = 1024 * 1024;
/** More than any image folder that fits in a browser; bounds the directory. */
const LARGEST_MEMBER_COUNT = 500_000;
/** Stored members are checked in pieces of this size. */
const CHECK_STEP_NBYTES = 4 * 1024 * 1024;
/** The checksum of nothing. */
const NO_BYTES_CRC = 0;
/** Compressed bytes are fed to the decoder in pieces of this size. */
const INFLATE_STEP_NBYTES = 1024 * 1024;

const END_SIGNATURE = 0x06054b50;
const END_NBYTES = 22;
const LARGEST_COMMENT = 0xffff;
const DIRECTORY_SIGNATURE = 0x02014b50;
const DIRECTORY_ENTRY_NBYTES = 46;
const LOCAL_SIGNATURE = 0x04034b50;
const LOCAL_HEADER_NBYTES = 30;

export interface ZipMember {
  /** Path with forward slashes, relative, without `..`. */
  readonly name: string;
  /** Unpacked. */
  readonly nbytes: number;
  readonly compressedNbytes: number;
}

export interface Zip {
  /** Files only, in the order of the directory. */
  readonly members: readonly ZipMember[];
  has(name: string): boolean;
  /** A stored member is a slice of the archive; a deflated one is unpacked into memory. FormatError: absent, damaged. */
  open(name: string): Promise<SourceFile>;
}

/** True for the first bytes of a zip archive (an empty archive begins with its end). */
export function isZip(head: Uint8Array): boolean {
  return head[0] === 0x50 && head[1] === 0x4b && ((head[2] === 3 && head[3] === 4) || (head[2] === 5 && head[3] === 6));
}

/** Reads the directory. FormatError: truncated, no zip, unsafe paths, a bomb. UnsupportedError: encrypted, over 4 GB. */
export async function openZip(file: SourceFile): Promise<Zip> {
  const entries = await readDirectory(file);
  const byName = new Map(entries.map((entry) => [entry.name, entry]));
  if (byName.size !== entries.length) throw damaged(file, 'it lists one name twice');
  return {
    members: entries,
    has: (name) => byName.has(name),
    open: async (name) => {
      const entry = byName.get(name);
      if (!entry) throw new WhittleError('FormatError', `${baseName(file.name)} holds no ${name}.`);
      return openMember(file, entry);
    },
  };
}

interface Entry extends ZipMember {
  readonly method: number;
  readonly crc: number;
  readonly headerOffset: number;
}

async function readDirectory(file: SourceFile): Promise<Entry[]> {
  const { size } = file.blob;
  const tail = await readBytes(file, Math.max(0, size - END_NBYTES - LARGEST_COMMENT));
  const view = viewOf(tail);
  let end = tail.length - END_NBYTES;
  while (end >= 0 && view.getUint32(end, true) !== END_SIGNATURE) end--;
  if (end < 0) throw damaged(file, 'the directory at its end is missing, so it was cut off');
  const count = view.getUint16(end + 10, true);
  const directoryNbytes = view.getUint32(end + 12, true);
  const directoryOffset = view.getUint32(end + 16, true);
  if (count === 0xffff || directoryNbytes === 0xffffffff || directoryOffset === 0xffffffff) throw tooLarge(file);
  if (count > LARGEST_MEMBER_COUNT) throw damaged(file, `it lists ${count} files`);
  if (directoryOffset + directoryNbytes > size) throw damaged(file, 'its directory lies past its end');
  const directory = await readBytes(file, directoryOffset, directoryOffset + directoryNbytes);
  const entries = parseEntries(file, directory, count);
  checkExpansion(file, entries);
  return entries.filter((entry) => !entry.name.endsWith('/'));
}

function parseEntries(file: SourceFile, directory: Uint8Array<ArrayBuffer>, count: number): Entry[] {
  const view = viewOf(directory);
  const decoder = new TextDecoder();
  const entries: Entry[] = [];
  let offset = 0;
  for (let i = 0; i < count; i++) {
    if (offset + DIRECTORY_ENTRY_NBYTES > directory.length || view.getUint32(offset, true) !== DIRECTORY_SIGNATURE) {
      throw damaged(file, `entry ${i + 1} of its directory is broken`);
    }
    const nameEnd = offset + DIRECTORY_ENTRY_NBYTES + view.getUint16(offset + 28, true);
    const next = nameEnd + view.getUint16(offset + 30, true) + view.getUint16(offset + 32, true);
    if (next > directory.length) throw damaged(file, `entry ${i + 1} of its directory is cut off`);
    const name = decoder.decode(directory.subarray(offset + DIRECTORY_ENTRY_NBYTES, nameEnd));
    const entry = {
      name,
      method: view.getUint16(offset + 10, true),
      crc: view.getUint32(offset + 16, true),
      compressedNbytes: view.getUint32(offset + 20, true),
      nbytes: view.getUint32(offset + 24, true),
      headerOffset: view.getUint32(offset + 42, true),
    };
    if (view.getUint16(offset + 8, true) & 1) {
      throw new WhittleError('UnsupportedError', `${name} in ${baseName(file.name)} is encrypted. Pack it without a password.`);
    }
    if (entry.compressedNbytes === 0xffffffff || entry.nbytes === 0xffffffff || entry.headerOffset === 0xffffffff) throw tooLarge(file);
    if (isUnsafe(name)) throw damaged(file, `the path "${name}" leaves the archive`);
    if (entry.headerOffset + entry.compressedNbytes > file.blob.size) throw damaged(file, `${name} lies past its end, so it was cut off`);
    entries.push(entry);
    offset = next;
  }
  return entries;
}

function isUnsafe(name: string): boolean {
  return name === '' || name.includes('\\') || name.includes('\0') || /^(\/|[A-Za-z]:)/.test(name) || name.split('/').includes('..');
}

function checkExpansion(file: SourceFile, entries: readonly Entry[]): void {
  const bomb = (what: string, nbytes: number): WhittleError =>
    damaged(file, `${what} claims to unpack to ${nbytes} bytes, over ${LARGEST_EXPANSION} times its size`);
  let total = 0;
  for (const { name, nbytes, compressedNbytes } of entries) {
    if (nbytes > Math.max(ALWAYS_ALLOWED_NBYTES, compressedNbytes * LARGEST_EXPANSION)) throw bomb(name, nbytes);
    total += nbytes;
  }
  // Members may overlap, so the sum is bounded too.
  if (total > Math.max(ALWAYS_ALLOWED_NBYTES, file.blob.size * LARGEST_EXPANSION)) throw bomb('it', total);
}

async function openMember(file: SourceFile, entry: Entry): Promise<SourceFile> {
  const header = await readBytes(file, entry.headerOffset, entry.headerOffset + LOCAL_HEADER_NBYTES);
  const view = viewOf(header);
  if (header.length < LOCAL_HEADER_NBYTES || view.getUint32(0, true) !== LOCAL_SIGNATURE) throw damaged(file, `${entry.name} has no header`);
  const start = entry.headerOffset + LOCAL_HEADER_NBYTES + view.getUint16(26, true) + view.getUint16(28, true);
  const end = start + entry.compressedNbytes;
  if (end > file.blob.size) throw damaged(file, `${entry.name} lies past its end, so it was cut off`);
  if (entry.method === 0) {
    if (entry.nbytes !== entry.compressedNbytes) throw damaged(file, `${entry.name} is stored in two sizes`);
    const stored = { name: entry.name, blob: file.blob.slice(start, end) };
    // Read piece by piece and not kept: what comes after, HDF5 above all, does not bear damage.
    let crc = NO_BYTES_CRC;
    for (let position = 0; position < entry.nbytes; position += CHECK_STEP_NBYTES) {
      crc = crc32(await readBytes(stored, position, Math.min(position + CHECK_STEP_NBYTES, entry.nbytes)), crc);
    }
    if (crc !== entry.crc) throw damaged(file, `the checksum of ${entry.name} is wrong`);
    return stored;
  }
  if (entry.method !== 8) {
    throw new WhittleError(
      'UnsupportedError',
      `${entry.name} in ${baseName(file.name)} is packed by method ${entry.method}; Whittle unpacks stored and deflated files. Pack it again.`,
    );
  }
  const bytes = await inflate(file, entry, start, end);
  if (crc32(bytes) !== entry.crc) throw damaged(file, `the checksum of ${entry.name} is wrong`);
  return { name: entry.name, blob: new Blob([bytes]) };
}

async function inflate(file: SourceFile, entry: Entry, start: number, end: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(entry.nbytes);
  let filled = 0;
  const decoder = new Inflate((chunk) => {
    if (filled + chunk.length > bytes.length) throw damaged(file, `${entry.name} unpacks to more than it claims`);
    bytes.set(chunk, filled);
    filled += chunk.length;
  });
  try {
    for (let offset = start; offset < end; offset += INFLATE_STEP_NBYTES) {
      const next = Math.min(end, offset + INFLATE_STEP_NBYTES);
      decoder.push(await readBytes(file, offset, next), next === end);
    }
  } catch (error) {
    if (error instanceof WhittleError) throw error;
    throw damaged(file, `${entry.name} cannot be unpacked`, error);
  }
  if (filled !== bytes.length) throw damaged(file, `${entry.name} unpacks to ${filled} bytes and claims ${bytes.length}`);
  return bytes;
}

let crcTable: Uint32Array | undefined;

/** The checksum of zip and PNG (ISO 3309), going on from `before`, the checksum of the bytes that came before. */
function crc32(bytes: Uint8Array, before = NO_BYTES_CRC): number {
  crcTable ??= Uint32Array.from({ length: 256 }, (_, n) => {
    let c = n;
    for (let bit = 0; bit < 8; bit++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
    return c;
  });
  let crc = before ^ 0xffffffff;
  for (const byte of bytes) crc = crcTable[(crc ^ byte) & 0xff]! ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

function viewOf(bytes: Uint8Array<ArrayBuffer>): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function damaged(file: SourceFile, why: string, cause?: unknown): WhittleError {
  return new WhittleError('FormatError', `${baseName(file.name)} is no complete zip archive: ${why}. Get the file again.`, { cause });
}

function tooLarge(file: SourceFile): WhittleError {
  return new WhittleError('UnsupportedError', `${baseName(file.name)} is a zip64 archive (over 4 GB or 65,534 files), which Whittle does not read.`);
}
