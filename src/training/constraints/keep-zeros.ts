/** What is zero at the start stays exactly zero: it takes no gradient, and nothing moves it. */
import type { Stage } from './stage';

export class KeepZeros implements Stage {
  readonly learned = null;
  readonly choices = [];
  readonly #isZero: Uint8Array;

  constructor(start: Float32Array) {
    this.#isZero = Uint8Array.from(start, (value) => (value === 0 ? 1 : 0));
  }

  /** 1 where numbers may move. */
  get kept(): Uint8Array {
    return this.#isZero.map((zero) => 1 - zero);
  }

  forward(from: Float32Array, to: Float32Array): void {
    const isZero = this.#isZero;
    for (let i = 0; i < to.length; i++) to[i] = isZero[i] ? 0 : from[i]!;
  }

  backward(_from: Float32Array, gradient: Float32Array): void {
    const isZero = this.#isZero;
    for (let i = 0; i < gradient.length; i++) if (isZero[i]) gradient[i] = 0;
  }
}
