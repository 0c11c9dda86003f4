/**
 * What passes train with: the session's training data, and trainings that are already done. A training is kept under the hash
 * of everything that led to it: the last few in memory, so that recipes compared with each other train once, and where there is a store
 * in it, so that neither an ended worker nor a reload costs them. Where training must be asked for, nothing else starts one.
 */
import { WhittleError } from '../lib/errors';
import { hashBytes } from '../lib/hash-bytes';
import { pack, unpack } from '../lib/pack';
import type { ReportProgress } from '../lib/progress';
import { recipeTrains } from '../passes/untrained';
import type { Recipe } from '../passes/pass';
import { TRAINING_VERSION } from '../training/checkpoint-key';
import type { CheckpointStore, Trainer, TrainingData, TrainingPoint, TrainingRequest, TrainingResult } from '../training/training';
import type { EnginePlatform } from './platform';
import { requireSession, type EngineState } from './session';
import { trainHere } from './train-here';
import { trainingDataOf } from './training-data';
import { trainingSetOf } from './training-set';

/** null: the recipe trains nothing, or there is nothing to learn from. */
export async function trainerOf(state: EngineState, platform: EnginePlatform, recipe: Recipe, isAsked: boolean, report: ReportProgress): Promise<Trainer | null> {
  if (!recipeTrains(recipe)) return null;
  const set = await trainingSetOf(state);
  if (!set) return null;
  const data = trainingDataOf(set, recipe, state);
  const { count, labelled } = data;
  return { count, labelled, train: (request) => train(request, data, state, platform, isAsked || !platform.trainsOnlyWhenAsked, report) };
}

async function train(request: TrainingRequest, data: TrainingData, state: EngineState, platform: EnginePlatform, mayStart: boolean, report: ReportProgress): Promise<TrainingResult> {
  const { checkpoints } = platform;
  const { trained } = requireSession(state);
  const key = resultKey(request, data);
  const done = trained.get(key);
  // Also one that was ended by hand: who ended it here wants what it gave.
  if (done) return done;
  const known = checkpoints && (await kept(checkpoints, key));
  // Whoever comes back to a training that was ended by hand wants it to go on.
  if (known && !(mayStart && known.endedBy === 'person')) return known;
  if (!mayStart) throw new WhittleError('UntrainedError', 'This recipe trains, which takes a while: it starts when it is asked for.');
  const result = await (platform.train ?? trainHere(platform))(request, data, (point) => report(progressOf(point)));
  trained.set(key, result);
  // A result that cannot be kept is still a result.
  await checkpoints?.save(key, pack(result)).catch(() => undefined);
  return result;
}

/** What was kept under a key; null: nothing, or nothing that can be read. */
async function kept(store: CheckpointStore, key: string): Promise<TrainingResult | null> {
  const bytes = await store.load(key).catch(() => null);
  if (!bytes) return null;
  try {
    return unpack(bytes) as TrainingResult;
  } catch {
    await store.remove(key).catch(() => undefined);
    return null;
  }
}

function resultKey(request: TrainingRequest, data: TrainingData): string {
  return `result-${hashBytes(pack([TRAINING_VERSION, data.key, request])).toString(36)}`;
}

function progressOf(point: TrainingPoint): { stage: string; fraction: number; training: TrainingPoint } {
  return { stage: 'train', fraction: point.steps === 0 ? 1 : point.step / point.steps, training: point };
}
