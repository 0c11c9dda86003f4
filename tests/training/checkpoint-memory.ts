import type { CheckpointStore } from '../../src/training/training';

/** Checkpoints in memory: no reload survives them, a lost device does. */
export function memoryCheckpoints(): CheckpointStore {
  const kept = new Map<string, Uint8Array>();
  return {
    load: async (key) => kept.get(key) ?? null,
    save: async (key, bytes) => void kept.set(key, bytes),
    remove: async (key) => void kept.delete(key),
  };
}
