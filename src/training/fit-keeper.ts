/**
 * Keeps a running training: in memory against a lost device, and in the store against a reload. A store that took one checkpoint and
 * then fails (a full disk in the third hour) ends nothing: training goes on, and its result says so.
 */
import type { CheckpointStore } from './training';
import { readCheckpoint, writeCheckpoint, type Checkpoint } from './checkpoint';
import { isErrorOf, messageOf } from '../lib/errors';

export class Keeper {
  readonly #store: CheckpointStore | null;
  readonly #key: string;
  readonly #everyMs: number;
  #last: Uint8Array | null = null;
  #savedAt = performance.now();
  #hasSaved = false;
  #problem: string | null = null;

  constructor(store: CheckpointStore | null, key: string, everyMs: number) {
    this.#store = store;
    this.#key = key;
    this.#everyMs = everyMs;
  }

  get isDue(): boolean {
    return performance.now() - this.#savedAt >= this.#everyMs;
  }

  /** Why the store holds less than the last checkpoint; null: it holds it, or never was to. */
  get problem(): string | null {
    return this.#problem;
  }

  /** Throws only when the very first checkpoint cannot be written: the place is wrong, and little is lost yet. */
  async save(checkpoint: Checkpoint): Promise<void> {
    this.#last = writeCheckpoint(checkpoint);
    this.#savedAt = performance.now();
    try {
      await this.#store?.save(this.#key, this.#last);
      this.#hasSaved = true;
      this.#problem = null;
    } catch (error) {
      if (!this.#hasSaved) throw error;
      this.#problem = messageOf(error);
    }
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

  /** Never throws: what was trained outweighs a file that stays behind, and the next start reads or replaces it. */
  async remove(): Promise<void> {
    this.#last = null;
    await this.#store?.remove(this.#key).catch(() => undefined);
  }
}
