/** Where a training stands: what its checkpoints hold beside weights, and which epoch is the best so far. */
import type { Checkpoint } from './checkpoint';
import type { HeldOutScore } from './fit-evaluate';
import type { Arrays } from './fit-learner';
import type { TrainingPoint } from './training';
import { WhittleError } from '../lib/errors';

export interface Best {
  readonly epoch: number;
  readonly score: HeldOutScore;
  /** The learner's numbers. */
  readonly learner: Arrays;
  readonly network: ReadonlyMap<string, Float32Array>;
}

/** Plain data. */
export interface Standing {
  readonly step: number;
  readonly elapsedMs: number;
  /** Of the loss since the last point. */
  readonly lossSum: number;
  readonly lossCount: number;
  readonly epochsWithoutGain: number;
  readonly history: readonly TrainingPoint[];
  /** Of the model before training; null: nothing is held out, or masks change it. */
  readonly start: HeldOutScore | null;
}

export interface Kept {
  readonly standing: Standing;
  readonly best: Best | null;
  readonly learner: Arrays;
  readonly network: ReadonlyMap<string, Float32Array>;
}

/** Accuracy first; loss where that is equal or there are no labels. */
export function isBetter(score: HeldOutScore, best: HeldOutScore): boolean {
  if (score.accuracy !== best.accuracy && score.accuracy !== null && best.accuracy !== null) return score.accuracy > best.accuracy;
  return score.loss < best.loss;
}

export function checkpointOf({ standing, best, learner, network }: Kept): Checkpoint {
  const arrays = new Map([
    ...named(learner, 'learner/'),
    ...named(network, 'network/'),
    ...(best ? [...named(best.learner, 'best-learner/'), ...named(best.network, 'best-network/')] : []),
  ]);
  return { header: { standing, best: best ? { epoch: best.epoch, score: best.score } : null }, arrays };
}

/** What `checkpointOf` put together; its key says that it is of this very training. */
export function standingOf({ header, arrays }: Checkpoint): Kept {
  const { standing, best } = header as { readonly standing: Standing; readonly best: Pick<Best, 'epoch' | 'score'> | null };
  if (!Number.isSafeInteger(standing?.step) || standing.step < 0 || !Array.isArray(standing.history) || !standing.history.every(isPoint) || (standing.start && !isScore(standing.start)) || (best && !isBest(best))) throw new WhittleError('FormatError', 'The checkpoint does not say where the training stood. Start it again.');
  return {
    standing,
    best: best ? { ...best, learner: within(arrays, 'best-learner/'), network: floats(within(arrays, 'best-network/')) } : null,
    learner: within(arrays, 'learner/'),
    network: floats(within(arrays, 'network/')),
  };
}

function isPoint(point: Partial<TrainingPoint> | null): boolean {
  const { step, steps, epoch, loss, learningRate, elapsedMs, msLeft, heldOutAccuracy, heldOutLoss } = point ?? {};
  return [step, steps, epoch, loss, learningRate, elapsedMs, msLeft].every(Number.isFinite) && [heldOutAccuracy, heldOutLoss].every((value) => value === null || Number.isFinite(value));
}

function isBest({ epoch, score }: Partial<Pick<Best, 'epoch' | 'score'>>): boolean {
  return Number.isSafeInteger(epoch) && score !== undefined && isScore(score);
}

function isScore({ accuracy, loss }: Partial<HeldOutScore>): boolean {
  return (accuracy === null || Number.isFinite(accuracy)) && Number.isFinite(loss);
}

function named(arrays: Arrays, prefix: string): [string, Float32Array | Uint8Array][] {
  return [...arrays].map(([name, array]) => [prefix + name, array]);
}

function within(arrays: Arrays, prefix: string): Map<string, Float32Array | Uint8Array> {
  return new Map([...arrays].filter(([name]) => name.startsWith(prefix)).map(([name, array]) => [name.slice(prefix.length), array]));
}

function floats(arrays: Arrays): Map<string, Float32Array> {
  for (const [name, array] of arrays) if (!(array instanceof Float32Array)) throw new WhittleError('FormatError', `The checkpoint's ${name} holds no real numbers. Start the training again.`);
  return arrays as Map<string, Float32Array>;
}
