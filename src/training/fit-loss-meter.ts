/**
 * The mean loss since somebody last looked. In memory every step's loss is read at once, so that one that is no number is caught where it
 * arises; on a device the sum stays there, because each look waits for all work under way.
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import { add } from '@tensorflow/tfjs-core';

export class LossMeter {
  readonly #readsAtOnce: boolean;
  #sum: number;
  #count: number;
  #pending: Tensor | null = null;

  constructor(readsAtOnce: boolean, sum: number, count: number) {
    this.#readsAtOnce = readsAtOnce;
    this.#sum = sum;
    this.#count = count;
  }

  /** Takes the loss of a step over. */
  async add(loss: Tensor): Promise<void> {
    const before = this.#pending;
    this.#pending = before ? add(before, loss) : loss;
    if (before) {
      before.dispose();
      loss.dispose();
    }
    this.#count++;
    if (this.#readsAtOnce) await this.read();
  }

  /** Sum and count since `reset`. */
  async read(): Promise<{ readonly sum: number; readonly count: number }> {
    if (this.#pending) {
      const pending = this.#pending;
      this.#pending = null;
      this.#sum += (await pending.data())[0]!;
      pending.dispose();
    }
    return { sum: this.#sum, count: this.#count };
  }

  reset(): void {
    this.#sum = 0;
    this.#count = 0;
  }

  dispose(): void {
    this.#pending?.dispose();
    this.#pending = null;
  }
}
