/**
 * Steps of optimizers on numbers in memory, in place, as Keras 3 computes them:
 *
 * 1. adam (Kingma and Ba 2015, arXiv 1412.6980): w ← w − rate · √(1 − β₂ᵗ) / (1 − β₁ᵗ) · m / (√v + ε).
 * 2. sgd with momentum: u ← μ · u − rate · g; w ← w + u.
 *
 * Weight decay is decoupled (AdamW, Loshchilov and Hutter 2019, arXiv 1711.05101): w ← w − rate · decay · w before the step.
 *
 * One loop over a Float32Array takes a tenth of the time of the same formula in TensorFlow.js kernels on WASM, so this is how
 * the host backends learn; `optimizers-device.ts` is the same on tensors.
 */
export const ADAM_FIRST_DECAY = 0.9;
export const ADAM_SECOND_DECAY = 0.999;
/** TensorFlow.js's own default depends on the backend (1e-4 on some graphics adapters); Keras's is 1e-7. */
export const ADAM_EPSILON = 1e-7;
export const SGD_MOMENTUM = 0.9;

export type OptimizerKind = 'adam' | 'sgd';

/** What an optimizer remembers of some numbers. */
export interface Moments {
  /** Adam's m, or sgd's velocity. */
  readonly first: Float32Array;
  /** Adam's v; empty with sgd. */
  readonly second: Float32Array;
}

export function newMoments(kind: OptimizerKind, size: number): Moments {
  return { first: new Float32Array(size), second: new Float32Array(kind === 'adam' ? size : 0) };
}

/** The factor of m / (√v + ε) at Adam's step `count`, counted from 1. */
export function adamRate(rate: number, count: number): number {
  return (rate * Math.sqrt(1 - ADAM_SECOND_DECAY ** count)) / (1 - ADAM_FIRST_DECAY ** count);
}

/** Moves `numbers`; `count` is the number of this step, from 1. */
export function optimize(kind: OptimizerKind, numbers: Float32Array, gradient: Float32Array, moments: Moments, rate: number, count: number, decay: number): void {
  const keep = 1 - rate * decay;
  const { first, second } = moments;
  if (kind === 'sgd') {
    for (let i = 0; i < numbers.length; i++) {
      const velocity = SGD_MOMENTUM * first[i]! - rate * gradient[i]!;
      first[i] = velocity;
      numbers[i] = numbers[i]! * keep + velocity;
    }
    return;
  }
  const factor = adamRate(rate, count);
  for (let i = 0; i < numbers.length; i++) {
    const g = gradient[i]!;
    const m = ADAM_FIRST_DECAY * first[i]! + (1 - ADAM_FIRST_DECAY) * g;
    const v = ADAM_SECOND_DECAY * second[i]! + (1 - ADAM_SECOND_DECAY) * g * g;
    first[i] = m;
    second[i] = v;
    numbers[i] = numbers[i]! * keep - (factor * m) / (Math.sqrt(v) + ADAM_EPSILON);
  }
}

/**
 * Moves positive scales by Adam on their logarithms, so that a step is relative: weights of a layer may be a thousandth of another's.
 * `gradient` is that by the logarithm. (Adam is blind to a constant factor of gradients, so that LSQ's 1/√(n · Q) has no place here.)
 */
export function optimizeScales(scales: Float32Array, gradient: Float32Array, moments: Moments, rate: number, count: number): void {
  const steps = new Float32Array(scales.length);
  optimize('adam', steps, gradient, moments, rate, count, 0);
  for (let i = 0; i < scales.length; i++) scales[i] = scales[i]! * Math.exp(steps[i]!);
}
