/** The name of a checkpoint: a hash of everything that a training hangs on but the backend, where it may go on elsewhere. */
import type { TrainingRequest } from './training';
import { canonicalJson, hashText } from '../lib/hash';
import { hashBytes } from '../lib/hash-bytes';

/** Of what training computes: one more with every change of its numbers, so that nothing kept by an earlier release is taken for what this one would give. */
export const TRAINING_VERSION = 3;

export function checkpointKey(request: TrainingRequest, dataKey: string): string {
  return hashText(canonicalJson([TRAINING_VERSION, plain(request), dataKey]));
}

/** The same with every array of numbers replaced by its hash: as JSON a model would be many times its size. */
function plain(value: unknown): unknown {
  if (ArrayBuffer.isView(value)) return [value.constructor.name, value.byteLength, hashBytes(value)];
  if (Array.isArray(value)) return value.map(plain);
  if (value !== null && typeof value === 'object') return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, plain(entry)]));
  return value;
}
