/**
 * Plain data with typed arrays (a graph, say) as bytes, for keeping: one JSON text in which each array stands as its type and place,
 * then the arrays. Read back only by the Whittle that wrote it, and bounded all the same.
 */
import { WhittleError } from './errors';

const VERSION = 1;
/** Typed arrays start where any of them may. */
const ALIGNMENT = 8;

const arrayTypes = { Int8Array, Uint8Array, Int16Array, Uint16Array, Int32Array, Uint32Array, Float32Array, Float64Array, BigInt64Array } as const;
type ArrayType = keyof typeof arrayTypes;

/** What JSON has no word for. */
const special: Readonly<Record<string, number>> = { NaN: Number.NaN, Infinity, '-Infinity': -Infinity, '-0': -0 };

/** Key that marks an array or a special number in the JSON text. */
const MARK = '\u0000';

export function pack(value: unknown): Uint8Array<ArrayBuffer> {
  const arrays: ArrayBufferView[] = [];
  let nbytes = 0;
  const text = JSON.stringify(value, (_key, entry: unknown) => {
    if (typeof entry === 'number' && (!Number.isFinite(entry) || Object.is(entry, -0))) return { [MARK]: Object.is(entry, -0) ? '-0' : String(entry) };
    if (!ArrayBuffer.isView(entry)) return entry;
    const at = nbytes;
    arrays.push(entry);
    nbytes = aligned(nbytes + entry.byteLength);
    return { [MARK]: [entry.constructor.name, at, entry.byteLength] };
  });
  const head = new TextEncoder().encode(text);
  const start = aligned(8 + head.length);
  const bytes = new Uint8Array(start + nbytes);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, VERSION, true);
  view.setUint32(4, head.length, true);
  bytes.set(head, 8);
  let at = start;
  for (const { buffer, byteOffset, byteLength } of arrays) {
    bytes.set(new Uint8Array(buffer, byteOffset, byteLength), at);
    at = aligned(at + byteLength);
  }
  return bytes;
}

/** Throws a FormatError when the bytes are cut off or of another version. */
export function unpack(packed: Uint8Array): unknown {
  // Node's Buffer is one too, and its slice is none.
  const bytes = new Uint8Array(packed.buffer, packed.byteOffset, packed.byteLength);
  const broken = (why: string): WhittleError => new WhittleError('FormatError', `What was kept cannot be read back: ${why}. It is made anew.`);
  if (bytes.length < 8) throw broken('it is cut off');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0, true) !== VERSION) throw broken('another version wrote it');
  const headLength = view.getUint32(4, true);
  const start = aligned(8 + headLength);
  if (start > bytes.length) throw broken('it is cut off');
  // Arrays that are named again and again would take more memory than the file.
  let left = bytes.length - start;
  const revive = (_key: string, entry: unknown): unknown => {
    if (entry === null || typeof entry !== 'object' || !(MARK in entry)) return entry;
    const mark = (entry as Record<string, unknown>)[MARK];
    if (typeof mark === 'string') return special[mark];
    const [type, at, length] = mark as [ArrayType, number, number];
    const isWhole = Object.hasOwn(arrayTypes, type) && Number.isSafeInteger(at) && at >= 0 && Number.isSafeInteger(length) && length >= 0 && start + at + length <= bytes.length;
    if (!isWhole || (left -= length) < 0) throw broken('an array in it is cut off');
    return new arrayTypes[type](bytes.slice(start + at, start + at + length).buffer);
  };
  return JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + headLength)), revive) as unknown;
}

function aligned(nbytes: number): number {
  return Math.ceil(nbytes / ALIGNMENT) * ALIGNMENT;
}
