/**
 * A training put into bytes, to be taken up again: after a reload, on the next backend when a device is lost. Layout, little-endian:
 *
 *   4 bytes "WTRN" · uint32 version · uint32 length of the header · header (JSON, UTF-8) · arrays, each at a multiple of 4 bytes
 *
 * The header names the arrays with their kinds and lengths, and carries whatever else the loop wants back. Checkpoints are read back
 * from a disk, so that every length is checked before it is used.
 */
import type { Arrays } from './fit-learner';
import { WhittleError } from '../lib/errors';

export interface Checkpoint {
  /** Plain data: counters, history, the best epoch's numbers. */
  readonly header: Readonly<Record<string, unknown>>;
  readonly arrays: Arrays;
}

interface ArrayEntry {
  readonly name: string;
  readonly kind: 'float32' | 'uint8';
  readonly length: number;
}

const MAGIC = 0x4e525457; // "WTRN"
const VERSION = 1;
const PREFIX_BYTES = 12;

export function writeCheckpoint({ header, arrays }: Checkpoint): Uint8Array {
  const entries = [...arrays].map(([name, array]): ArrayEntry => ({ name, kind: array instanceof Float32Array ? 'float32' : 'uint8', length: array.length }));
  const json = new TextEncoder().encode(JSON.stringify({ header, arrays: entries }));
  const start = aligned(PREFIX_BYTES + json.length);
  const bytes = new Uint8Array([...arrays.values()].reduce((sum, array) => sum + aligned(array.byteLength), start));
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint32(4, VERSION, true);
  view.setUint32(8, json.length, true);
  bytes.set(json, PREFIX_BYTES);
  let offset = start;
  for (const array of arrays.values()) {
    bytes.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), offset);
    offset += aligned(array.byteLength);
  }
  return bytes;
}

/** Throws a FormatError when the bytes are no checkpoint of this version, or are cut short. */
export function readCheckpoint(bytes: Uint8Array): Checkpoint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < PREFIX_BYTES || view.getUint32(0, true) !== MAGIC) throw broken('it does not begin as one');
  if (view.getUint32(4, true) !== VERSION) throw broken(`it has the version ${view.getUint32(4, true)}, this program writes ${VERSION}`);
  const length = view.getUint32(8, true);
  if (PREFIX_BYTES + length > bytes.length) throw broken('its header is cut short');
  const { header, arrays: entries } = parseHeader(bytes.subarray(PREFIX_BYTES, PREFIX_BYTES + length));
  const arrays = new Map<string, Float32Array | Uint8Array>();
  let offset = aligned(PREFIX_BYTES + length);
  for (const { name, kind, length: count } of entries) {
    const nbytes = kind === 'float32' ? count * 4 : count;
    if (offset + nbytes > bytes.length) throw broken(`its array ${name} is cut short`);
    const own = bytes.slice(offset, offset + nbytes);
    arrays.set(name, kind === 'float32' ? new Float32Array(own.buffer) : own);
    offset += aligned(nbytes);
  }
  return { header, arrays };
}

function parseHeader(json: Uint8Array): { header: Record<string, unknown>; arrays: ArrayEntry[] } {
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(json));
  } catch {
    throw broken('its header is no JSON');
  }
  const { header, arrays } = (parsed ?? {}) as { header?: unknown; arrays?: unknown };
  if (typeof header !== 'object' || header === null || !Array.isArray(arrays) || !arrays.every(isEntry)) throw broken('its header lacks what it should hold');
  return { header: header as Record<string, unknown>, arrays };
}

function isEntry(entry: unknown): entry is ArrayEntry {
  const { name, kind, length } = (entry ?? {}) as Partial<ArrayEntry>;
  return typeof name === 'string' && (kind === 'float32' || kind === 'uint8') && Number.isSafeInteger(length) && length! >= 0;
}

function aligned(nbytes: number): number {
  return Math.ceil(nbytes / 4) * 4;
}

function broken(why: string): WhittleError {
  return new WhittleError('FormatError', `The checkpoint cannot be read: ${why}. Start the training again.`);
}
