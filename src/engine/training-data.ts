/** The training set as the model wants it: read in any order, preprocessed as the measured data are. */
import { summarizeDataset } from '../datasets/dataset';
import { onlyInput, readSize } from '../datasets/examples';
import { suggestPreprocessing, toInputs } from '../datasets/preprocess';
import { randomAccess } from '../datasets/random-access';
import { WhittleError } from '../lib/errors';
import { hashOf } from '../lib/hash';
import type { Preprocessing, Recipe } from '../passes/pass';
import type { TrainingData } from '../training/training';
import { requireSession, type EngineState } from './session';
import type { TrainingSet } from './training-set';

export function trainingDataOf(set: TrainingSet, recipe: Recipe, state: EngineState): TrainingData {
  const { graph } = requireSession(state);
  const { dataset, indices } = set;
  const input = onlyInput(graph);
  const preprocessing = feedingOf(set, recipe, state);
  const readAt = randomAccess(dataset, readSize(dataset, input, preprocessing));
  return {
    count: indices.length,
    classCount: summarizeDataset(dataset).classCount,
    labelled: dataset.labels !== null,
    key: trainingKeyOf(set, recipe, state),
    async read(places) {
      const chosen = Uint32Array.from(places, (place) => indices[place]!);
      const raw = await readAt(chosen);
      return {
        inputs: [toInputs(raw, preprocessing, input.shape ?? raw.shape.map(() => -1), input.dtype)],
        labels: dataset.labels && Int32Array.from(chosen, (index) => dataset.labels![index]!),
      };
    },
  };
}

/** Names the examples and how they are fed: the same after a reload. */
export function trainingKeyOf(set: TrainingSet, recipe: Recipe, state: EngineState): string {
  return hashOf([set.fingerprint, feedingOf(set, recipe, state)]);
}

/** The recipe's own, or what the model and these data suggest: bytes are scaled, fractions taken as they are, as with the measured ones. */
export function feedingOf({ dataset }: TrainingSet, recipe: Recipe, state: EngineState): Preprocessing {
  const suggested = suggestPreprocessing(requireSession(state).graph, summarizeDataset(dataset));
  if (!recipe.preprocessing) return suggested;
  const measured = state.dataset;
  if (measured && measured.storage !== dataset.storage) {
    throw new WhittleError(
      'DataError',
      `The training data hold ${dataset.storage} numbers and the measured data ${measured.storage}: one preprocessing cannot feed both. Store them alike, or go back to the suggested preprocessing.`,
    );
  }
  return recipe.preprocessing;
}
