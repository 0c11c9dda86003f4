/** The name of a checkpoint: a hash of everything that a training hangs on but the backend, where it may go on elsewhere. */
import type { TrainingRequest } from './training';
import { canonicalJson, hashText } from '../lib/hash';

export function checkpointKey(request: TrainingRequest, dataKey: string): string {
  return hashText(canonicalJson([plain(request), dataKey]));
}

/** The same with every array of numbers replaced by its hash: as JSON a model would be many times its size. */
function plain(value: unknown): unknown {
  if (ArrayBuffer.isView(value)) return [value.constructor.name, hashBytes(new Uint8Array(value.buffer, value.byteOffset, value.byteLength))];
  if (Array.isArray(value)) return value.map(plain);
  if (value !== null && typeof value === 'object') return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, plain(entry)]));
  return value;
}

/** Two 32-bit FNV-1a hashes with different starts, side by side; a training is told from a few others, nothing is kept secret. */
function hashBytes(bytes: Uint8Array): string {
  let a = 0x811c9dc5;
  let b = 0x9e3779b9;
  for (let i = 0; i < bytes.length; i++) {
    a = Math.imul(a ^ bytes[i]!, 0x01000193);
    b = Math.imul(b ^ bytes[i]!, 0x01000193) ^ (b >>> 15);
  }
  return `${bytes.length}-${(a >>> 0).toString(36)}-${(b >>> 0).toString(36)}`;
}
