/** Keeps a running training: in memory against a lost device, and in the store against a reload. */
import type { CheckpointStore } from './training';
import { readCheckpoint, writeCheckpoint, type Checkpoint } from './checkpoint';
import { isErrorOf } from '../lib/errors';

export class Keeper {
  readonly #store: CheckpointStore | null;
  readonly #key: string;
  readonly #everyMs: number;
  #last: Uint8Array | null = null;
  #savedAt = performance.now();

  constructor(store: CheckpointStore | null, key: string, everyMs: number) {
    this.#store = store;
    this.#key = key;
    this.#everyMs = everyMs;
  }

  get isDue(): boolean {
    return performance.now() - this.#savedAt >= this.#everyMs;
  }

  async save(checkpoint: Checkpoint): Promise<void> {
    this.#last = writeCheckpoint(checkpoint);
    await this.#store?.save(this.#key, this.#last);
    this.#savedAt = performance.now();
  }

  /** The last one; null when there is none, or it is of another version or cut short: then there is nothing to go on from. */
  async load(): Promise<Checkpoint | null> {
    const bytes = this.#last ?? (await this.#store?.load(this.#key)) ?? null;
    if (!bytes) return null;
    try {
      return readCheckpoint(bytes);
    } catch (error) {
      if (!isErrorOf(error, 'FormatError')) throw error;
      await this.remove();
      return null;
    }
  }

  async remove(): Promise<void> {
    this.#last = null;
    await this.#store?.remove(this.#key);
  }
}
