/**
 * One link of the chain latent → … → effective of a tensor, on numbers in memory. Gradients go straight through what has none
 * (Bengio et al. 2013, arXiv 1308.3432).
 */
export interface Stage {
  /** `to` gets what comes of `from`. */
  forward(from: Float32Array, to: Float32Array): void;
  /** The gradient by what `forward` gave becomes, in place, the gradient by what it was given; the gradient by the stage's own numbers is set. */
  backward(from: Float32Array, gradient: Float32Array): void;
  /** Numbers of the stage that learn; null: none. */
  readonly learned: Learned | null;
  /** What else must be kept to go on later; `restore` takes it back. The arrays are the stage's own. */
  readonly choices: readonly (Uint8Array | Float32Array)[];
}

/** Numbers that learn beside the latent ones. Scales move by factors. */
export interface Learned {
  readonly numbers: Float32Array;
  readonly gradient: Float32Array;
  readonly isScale: boolean;
}
