/**
 * What passes train with: the session's training data, and trainings that are already done. A finished training is kept under the hash
 * of everything that led to it, so that neither an ended worker nor a reload costs it; where training must be asked for, nothing
 * else starts one.
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
import type { EngineState } from './session';
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
  return { count, labelled, train: (request) => train(request, data, platform, isAsked || !platform.trainsOnlyWhenAsked, report) };
}

async function train(request: TrainingRequest, data: TrainingData, platform: EnginePlatform, mayStart: boolean, report: ReportProgress): Promise<TrainingResult> {
  const { checkpoints } = platform;
  const key = resultKey(request, data);
  const known = checkpoints && (await kept(checkpoints, key));
  // Whoever asks for a training that was ended by hand wants it to go on.
  if (known && !(mayStart && known.endedBy === 'person')) return known;
  if (!mayStart) throw new WhittleError('UntrainedError', 'This recipe trains, which takes a while: it starts when it is asked for.');
  const result = await (platform.train ?? trainHere(platform))(request, data, (point) => report(progressOf(point)));
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
