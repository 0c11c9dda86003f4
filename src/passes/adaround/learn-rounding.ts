/**
 * AdaRound (Nagel et al. 2020, arXiv 2004.10568) for one matrix of weights W [K, O] with scales s: each weight becomes s · (⌊w / s⌋ + h), where
 *
 *   h(V) = clip(σ(V) · (ζ − γ) + γ, 0, 1),  ζ = 1.1, γ = −0.1,
 *
 * is learned from h = the fraction that rounding loses, and ends at 0 or 1. The loss is
 *
 *   c · E‖y − Ŵᵀx‖² + λ · Σ (1 − |2h − 1|^β),  λ = 0.01, β falling from 20 to 2 by a cosine after a first fifth of the steps without the second term.
 *
 * c is 1 in the paper, whose layers have outputs of about unit variance. Here it makes rounding to the nearest cost FIT_SHARE of what
 * λ weighs at most, whatever the size of the outputs: that is what it comes to in trained layers of unit variance (0.01 to 0.1 in
 * fashion_mobile), and from 0.01 to 0.1 the result hardly differs; at 1 and above the weights do not settle at 0 or 1.
 *
 * With R = Y − XW, what the float weights leave of the target, the gradient of the first term is 2 · (H(Ŵ − W) − XᵀR / n), H = XᵀX / n. It is
 * taken over all rows through H where K is small, else over BATCH_ROWS random rows a step. Adam, as AIMET has it. A weight whose h
 * is clipped has no gradient any more and has settled; so has one that is zero (it was pruned, and stays so) or outside the grid.
 */
import type { Random } from '../../lib/random';
import { outputError, roundNearest } from './row-products';

export interface RoundingProblem {
  /** [K, O] */
  readonly weights: Float32Array;
  /** One an output. */
  readonly scale: Float32Array;
  /** Levels are −highest … highest. */
  readonly highest: number;
  /** Inputs [n, K] that the layer has now. */
  readonly rows: Float32Array;
  /** What it should give less what the float weights give [n, O]. */
  readonly residual: Float32Array;
}

export interface LearningOptions {
  readonly iterations: number;
  readonly random: Random;
  /** Called now and then with the share done; may throw to stop. */
  readonly pause: (share: number) => Promise<void>;
}

const ZETA = 1.1;
const GAMMA = -0.1;
const REGULARIZER = 0.01;
const FIT_SHARE = 0.05;
const FIRST_BETA = 20;
const LAST_BETA = 2;
const WARM_SHARE = 0.2;
/** AIMET's learning rate, and Adam's usual decay rates. */
const LEARNING_RATE = 0.01;
const MEAN_DECAY = 0.9;
const SQUARE_DECAY = 0.999;
const ADAM_EPSILON = 1e-8;
/** Rows of a step where not all are taken; more of them smooth the gradient at a proportional cost. */
const BATCH_ROWS = 64;
/** Up to here H (K products a weight) costs no more than a batch forth and back (2 · BATCH_ROWS). */
const MOST_INPUTS_AT_ONCE = 2 * BATCH_ROWS;
/** Steps between pauses: tens of milliseconds for the largest layers. */
const STEPS_BETWEEN_PAUSES = 10;

/** Integers [K, O]. */
export async function learnRounding(problem: RoundingProblem, { iterations, random, pause }: LearningOptions): Promise<Int8Array> {
  const { weights, scale, highest } = problem;
  const outputs = scale.length;
  const size = weights.length;
  const nearest = roundNearest(problem);
  const nearestError = outputError(nearest, problem, problem, { rowLength: size / outputs, outputsPerGroup: outputs });
  // Rows that are all zero teach nothing.
  if (!(nearestError > 0)) return nearest;
  const fitWeight = (FIT_SHARE * REGULARIZER * size) / (nearestError / (problem.rows.length / (size / outputs)));
  const floors = new Int8Array(size);
  const v = new Float32Array(size);
  const errors = new Float32Array(size);
  const isLearned = new Uint8Array(size);
  for (let i = 0; i < size; i++) {
    const s = scale[i % outputs]!;
    const level = weights[i]! / s;
    const floor = Math.floor(level);
    isLearned[i] = weights[i] !== 0 && floor >= -highest && floor + 1 <= highest ? 1 : 0;
    floors[i] = isLearned[i] ? floor : Math.min(highest, Math.max(-highest, Math.round(level)));
    if (isLearned[i]) v[i] = -Math.log((ZETA - GAMMA) / (level - floor - GAMMA) - 1);
    else errors[i] = floors[i]! * s - weights[i]!;
  }
  const gradientOf = weights.length / outputs <= MOST_INPUTS_AT_ONCE ? wholeGradient(problem) : batchGradient(problem, random);
  const mean = new Float32Array(size);
  const square = new Float32Array(size);
  let active = Uint32Array.from(weights.keys()).filter((i) => isLearned[i] === 1);
  for (let step = 0; step < iterations && active.length > 0; step++) {
    if (step % STEPS_BETWEEN_PAUSES === 0) await pause(step / iterations);
    const gradient = gradientOf(errors);
    const progress = (step / iterations - WARM_SHARE) / (1 - WARM_SHARE);
    const beta = progress < 0 ? 0 : LAST_BETA + ((FIRST_BETA - LAST_BETA) * (1 + Math.cos(Math.PI * progress))) / 2;
    const rate = (LEARNING_RATE * Math.sqrt(1 - SQUARE_DECAY ** (step + 1))) / (1 - MEAN_DECAY ** (step + 1));
    let kept = 0;
    for (let a = 0; a < active.length; a++) {
      const i = active[a]!;
      const s = scale[i % outputs]!;
      const sigma = 1 / (1 + Math.exp(-v[i]!));
      const h = sigma * (ZETA - GAMMA) + GAMMA;
      const slope = sigma * (1 - sigma) * (ZETA - GAMMA);
      const distance = 2 * h - 1;
      const pull = beta === 0 ? 0 : -REGULARIZER * beta * 2 * Math.sign(distance) * Math.abs(distance) ** (beta - 1);
      const g = (fitWeight * gradient[i]! * s + pull) * slope;
      mean[i] = MEAN_DECAY * mean[i]! + (1 - MEAN_DECAY) * g;
      square[i] = SQUARE_DECAY * square[i]! + (1 - SQUARE_DECAY) * g * g;
      v[i]! -= (rate * mean[i]!) / (Math.sqrt(square[i]!) + ADAM_EPSILON);
      const next = (ZETA - GAMMA) / (1 + Math.exp(-v[i]!)) + GAMMA;
      const clipped = Math.min(1, Math.max(0, next));
      errors[i] = (floors[i]! + clipped) * s - weights[i]!;
      if (clipped === next) active[kept++] = i;
    }
    active = active.subarray(0, kept);
  }
  return floors.map((floor, i) => (isLearned[i] && v[i]! >= 0 ? floor + 1 : floor));
}

/** Of E‖(Ŵ − W)ᵀx − r‖² by the elements of Ŵ, as a function of Ŵ − W. */
type Gradient = (errors: Float32Array) => Float32Array;

function wholeGradient({ rows, residual, scale, weights }: RoundingProblem): Gradient {
  const outputs = scale.length;
  const inputs = weights.length / outputs;
  const count = rows.length / inputs;
  const hessian = new Float64Array(inputs * inputs);
  const pull = new Float64Array(inputs * outputs);
  for (let n = 0; n < count; n++) {
    for (let i = 0; i < inputs; i++) {
      const x = (2 * rows[n * inputs + i]!) / count;
      if (x === 0) continue;
      for (let j = 0; j < inputs; j++) hessian[i * inputs + j]! += x * rows[n * inputs + j]!;
      for (let o = 0; o < outputs; o++) pull[i * outputs + o]! += x * residual[n * outputs + o]!;
    }
  }
  const gradient = new Float32Array(inputs * outputs);
  return (errors) => {
    for (let i = 0; i < inputs; i++) {
      const row = gradient.subarray(i * outputs, (i + 1) * outputs);
      for (let o = 0; o < outputs; o++) row[o] = -pull[i * outputs + o]!;
      for (let j = 0; j < inputs; j++) addScaled(row, errors, j * outputs, hessian[i * inputs + j]!);
    }
    return gradient;
  };
}

function batchGradient({ rows, residual, scale, weights }: RoundingProblem, random: Random): Gradient {
  const outputs = scale.length;
  const inputs = weights.length / outputs;
  const count = rows.length / inputs;
  const gradient = new Float32Array(inputs * outputs);
  const left = new Float32Array(outputs);
  return (errors) => {
    gradient.fill(0);
    for (let b = 0; b < BATCH_ROWS; b++) {
      const n = random.integer(count);
      for (let o = 0; o < outputs; o++) left[o] = -residual[n * outputs + o]!;
      for (let k = 0; k < inputs; k++) addScaled(left, errors, k * outputs, rows[n * inputs + k]!);
      for (let k = 0; k < inputs; k++) {
        const x = (2 * rows[n * inputs + k]!) / BATCH_ROWS;
        if (x === 0) continue;
        const from = k * outputs;
        for (let o = 0; o < outputs; o++) gradient[from + o]! += x * left[o]!;
      }
    }
    return gradient;
  };
}

function addScaled(target: Float32Array, source: Float32Array, offset: number, factor: number): void {
  if (factor === 0) return;
  for (let o = 0; o < target.length; o++) target[o]! += factor * source[offset + o]!;
}
